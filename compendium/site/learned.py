"""The page "What we learned": what notebook 26 found, the answer first, then the number, and what would refute it."""

import base64
import json
import re
from collections.abc import Collection, Sequence
from pathlib import Path

from compendium.claims.finding_words import percent
from compendium.claims.findings import WORDS, Finding
from compendium.claims.stored_findings import CLAIM, FindingsFile, read_findings
from compendium.site.html import escaped
from niche.answering.words import listed
from niche.errors import NicheError

PAGE = "what-we-learned"
_STYLES = {  # class that colours a word, and a sign for those who see no colours
    "stands": ("holds", "✓"),
    "likely": ("partly", "◐"),
    "open": ("partly", "◐"),
    "unlikely": ("partly", "◐"),
    "does not stand": ("fails", "✗"),
    "built in": ("untested", "–"),
    "measured otherwise": ("fails", "✗"),
    "not computed well enough": ("untested", "–"),
}
_TO_REFUTE = ("stands", "likely", "open")  # of the others there is nothing to refute
_MEANS = {
    "stands": "true in at least 97.5 % of the draws of the fit, and open before any paper had spoken",
    "likely": "true in at least 90 %",
    "open": "neither true nor false in so many",
    "unlikely": "true in at most 10 %",
    "does not stand": "true in at most 2.5 %: the contrary stands",
    "built in": "true, or false, in at least 95 % even before any paper had spoken: it tells how the model is made, "
    "and nothing of bone",
    "measured otherwise": "a trial that is no part of the fit published the number, and the model is wrong there",
    "not computed well enough": "the fit, or too many draws, missed the bars that were set beforehand",
}
_NOT_YET = (
    "# What we learned\n\nNothing yet: what follows from the fit of all papers has not been "
    "computed. The questions, and the rule by which each answer gets its word, were written before the fit ended: "
    "where sympathetic drive uncouples formation from resorption; whether the paradox of denervation is a map of where "
    "bone comes from; whether mice and trials rank zoledronate and a block of RANKL oppositely; whether the papers on "
    "CGRP can all be right; and how large a trial of a beta-blocker would have to be.\n"
)


def page(figures: Path, notebook: str = "") -> str:
    """The page, in Markdown.

    Parameters
    ----------
    figures
        the repository's folder of figures
    notebook
        name of the notebook's page, where it is there

    Raises
    ------
    NicheError
        for findings that cannot be read
    """
    told = read_findings(figures)
    if told is None:
        return _NOT_YET
    topics = list(dict.fromkeys(one.topic for one in told.findings))
    parts = ["# What we learned", summary(told.findings), _about(told, notebook)]
    pictures = _pictures(figures / CLAIM)
    for topic in topics:
        parts += [f"## {topic}", _raw(_topic([one for one in told.findings if one.topic == topic]))]
        parts += [_raw(_picture(figures / CLAIM, *one)) for one in pictures if one[1].get("topic") == topic]
    parts.append(_raw(_legend()))
    return "\n\n".join(parts) + "\n"


def notebook_of(files: Collection[str]) -> str:
    """The page of notebook 26 among the files of notebooks; "" without one."""
    return next((Path(one).stem for one in sorted(files) if Path(one).stem.endswith(CLAIM)), "")


def summary(found: Sequence[Finding]) -> str:
    """The answer first: how many findings have which word, and those that stand, in a sentence each."""
    words = [one.word for one in found]
    counts = listed([f"{words.count(word)} {_said(word, words.count(word))}" for word in WORDS if word in words])
    firm = [one for one in found if one.word in ("stands", "does not stand")]
    lines = [f"- {one.statement if one.word == 'stands' else denied(one.statement)}{_beside(one)}" for one in firm]
    head = f"Of {len(found)} statements that follow from the fit, {counts}."
    return "\n".join([head, "", *(lines or ["None of them is settled, one way or the other."])])


def _beside(one: Finding) -> str:
    """What papers say without a model, in brackets: where they differ from the fit, a reader has to see it at once."""
    return f" (Without a model: {one.papers}.)" if one.papers else ""


def denied(statement: str) -> str:
    """A statement that does not stand, as a sentence that says so."""
    return f"*Not so:* {statement}"


def _said(word: str, count: int) -> str:
    return {
        "stands": "stands" if count == 1 else "stand",
        "does not stand": "does not stand" if count == 1 else "do not stand",
        "likely": "is likely" if count == 1 else "are likely",
        "open": "is open" if count == 1 else "are open",
        "unlikely": "is unlikely" if count == 1 else "are unlikely",
        "built in": "is built in" if count == 1 else "are built in",
        "measured otherwise": "was measured otherwise" if count == 1 else "were measured otherwise",
    }.get(word, "could not be computed well enough")


def _about(told: FindingsFile, notebook: str) -> str:
    where = f"[The notebook](notebooks/{notebook}.ipynb) computes them" if notebook else "A notebook computes them"
    return (
        f"{where} from {told.draws:,} draws of the fit of all papers. Statements, sizes that matter and the rule of "
        "the words were fixed before any of these numbers was seen; what came later can only withhold a word. Each "
        "holds for the model, with what it leaves out; the last line of each says what would refute it.\n\n"
        ":::{admonition} Nothing here is for treating patients\nThis is a model of published measurements.\n:::"
    )


def _topic(some: Sequence[Finding]) -> str:
    return f'<ul class="pieces findings">{"".join(_item(one) for one in some)}</ul>'


def _item(one: Finding) -> str:
    style, sign = _STYLES[one.word]
    said = one.word
    if one.word == "built in" and one.probability is not None:  # which of the two a reader has to see at once
        said += ", as true" if one.probability > 0.5 else ", as false"
    chip = f'<span class="chip {style}"><i aria-hidden="true">{sign}</i><span>{escaped(said)}</span></span>'
    number = "" if one.median is None else f"{one.number}: {one.interval}. "
    sure = "" if one.probability is None else f"True in {percent(one.probability)} of the draws"
    before = "" if one.before is None or not sure else f", in {percent(one.before)} before any paper had spoken"
    facts = f"{_first_up(number)}{sure}{before}{'.' if sure else ''}"
    papers = f"<br>Without a model: {escaped(one.papers)}." if one.papers else ""
    rests = f"<br>It rests on: {escaped(one.rests_on)}." if one.rests_on else ""
    refuted = f"<br>What would refute it: {escaped(_first_down(one.refuted_by))}" if one.word in _TO_REFUTE else ""
    return (
        f'<li><span class="chips">{chip}</span><span><b>{escaped(one.statement)}</b><br>{escaped(facts)}'
        f"{refuted}{papers}{rests}</span></li>"
    )


def _first_up(text: str) -> str:
    return text[:1].upper() + text[1:]


def _first_down(text: str) -> str:
    """A phrase behind a colon; a name or an abbreviation keeps its capitals."""
    return text[:1].lower() + text[1:] if re.match(r"[A-Z][a-z ]", text) else text


def _pictures(folder: Path) -> list[tuple[str, dict[str, str]]]:
    """Names of the figures with what their manifest says, in the order of their names."""
    try:
        entries = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))["figures"]
    except FileNotFoundError:
        return []
    except (ValueError, KeyError) as error:
        raise NicheError(f"{CLAIM}/manifest.json is not readable ({error}); run notebook 26 again") from None
    return [
        (name, {"caption": one["caption"], "alt": one["alt"], "topic": one.get("inputs", {}).get("topic", "")})
        for name, one in sorted(entries.items())
    ]


def _picture(folder: Path, name: str, entry: dict[str, str]) -> str:
    """A figure with its caption, its picture in the page: files of figures/ are not part of the site."""
    data = base64.b64encode((folder / f"{name}.png").read_bytes()).decode()
    return (
        f'<figure class="plain"><img src="data:image/png;base64,{data}" alt="{escaped(entry["alt"])}" loading="lazy">'
        f"<figcaption>{escaped(entry['caption'])}</figcaption></figure>"
    )


def _legend() -> str:
    rows = "".join(f"<dt>{escaped(word)}</dt><dd>{escaped(_MEANS[word])}</dd>" for word in WORDS)
    return f"<h2>What the words mean</h2><dl>{rows}</dl>"


def _raw(html: str) -> str:
    return "```{raw} html\n" + html + "\n```"
