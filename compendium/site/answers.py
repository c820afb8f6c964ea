"""The three answers on the pages: a card for each claim, a box below the title of its notebook, all by claim."""

from collections.abc import Collection, Sequence
from pathlib import Path

from compendium.site.html import cited, escaped
from niche.answering.records import ClaimAnswer, PropositionAnswer
from niche.answering.words import counted, listed

# Of a word: the class that colours it, and a sign for those who see no colours.
_SIGNS = {"holds": "✓", "partly": "◐", "fails": "✗", "untested": "–"}
_OF_MECHANISM = {
    "supported": "holds",
    "weakly supported": "partly",
    "contested": "partly",
    "undetermined": "partly",
    "contradicted": "fails",
    "no relevant effect": "fails",
}
_OF_MODEL = {"adequate": "holds", "misfits": "fails"}
KEY = (
    "Three answers to each statement, in this order: what the <b>papers</b> say, whether the <b>mechanism</b> helps to "
    "predict papers that were left out, and whether the <b>model</b> fits the measurements. "
)


def cards(claims: Sequence[ClaimAnswer], notebooks: Collection[str]) -> str:
    """The claims, one card each, and above them what the signs mean (HTML). notebooks : files that are there."""
    made = "\n".join(_card(claim, notebooks) for claim in claims)
    return f'{legend()}\n<div class="field answers">\n{made}\n</div>\n'


def legend() -> str:
    """What the three words and their signs mean."""
    about = {"holds": "speaks for it", "partly": "open", "fails": "speaks against it", "untested": "not told"}
    keys = "".join(f'<span class="key {c}"><i aria-hidden="true">{_SIGNS[c]}</i> {w}</span>' for c, w in about.items())
    return f'<p class="legend">{KEY}</p><p class="legend">{keys}</p>'


def totals(claims: Sequence[ClaimAnswer]) -> str:
    """How many statements have which word of the mechanism, in a sentence."""
    pieces = [one for claim in claims for one in claim.propositions]
    words = [one.mechanism.word for one in pieces]
    parts = [_counted(words.count(word), word) for word in dict.fromkeys([*_OF_MECHANISM, *words]) if word in words]
    agreed = sum(one.evidence.word == "consistent" and one.evidence.side == "for" for one in pieces)
    return (
        f"{len(claims)} claims, which assert {len(pieces)} statements. The papers that were read agree with {agreed} "
        f"of them. Of the mechanisms behind them {listed(parts)}."
    )


def _counted(many: int, word: str) -> str:
    """How many have that word, as it is said: 3 are supported, 1 has no relevant effect."""
    one, several = ("has", "have") if word.startswith("no ") else ("is", "are")
    return f"{many} {one if many == 1 else several} {word}"


def box(claim: ClaimAnswer) -> str:
    """What is said of a claim, as a box of Markdown below the title of its notebook."""
    inside = f"<p>{escaped(claim.sentence)}</p>{pieces(claim)}"
    title = '<p class="admonition-title">The answers</p>'
    return '```{raw} html\n<div class="admonition note answers">' + title + inside + "</div>\n```\n"


def section(claim: ClaimAnswer, statement: str, source: str, page: str = "") -> str:
    """A claim on the page of claims (HTML). page : address of its notebook, "" without one."""
    link = f'<p><a href="{escaped(page)}">the notebook</a></p>' if page else ""
    return (
        f'<div class="answers"><p><b>{escaped(claim.sentence)}</b></p><p>{escaped(statement)}</p>{pieces(claim)}'
        f"<p>Source: {cited(source)}</p>{link}</div>"
    )


def pieces(claim: ClaimAnswer) -> str:
    """The propositions of a claim with their words and sentences (HTML); "" where there are none."""
    if not claim.propositions:
        return ""
    rows = "".join(
        f"<li>{chips(one)}<span>{escaped(one.sentence)}</span>{certainty(one)}</li>" for one in claim.propositions
    )
    return f'<ul class="pieces">{rows}</ul>'


def certainty(one: PropositionAnswer) -> str:
    """How sure what the papers say is, with the reasons (HTML); "" where no paper speaks."""
    said = one.evidence.certainty
    if not said.level:
        return ""
    steps = [f"{step.reason} (down {counted(step.cost)})" for step in said.steps if step.cost]
    why = "; ".join([f"it begins at {said.start}: {said.because}", *steps])
    return (
        f"<details><summary>How sure the papers make it: <b>{escaped(said.level)}</b></summary>"
        f"<small>By GRADE, {escaped(why)}.</small></details>"
    )


def _card(claim: ClaimAnswer, notebooks: Collection[str]) -> str:
    file = f"{claim.number:02d}_{claim.id}.ipynb"
    href = f' href="notebooks/{escaped(Path(file).stem)}.html"' if file in notebooks else ""
    rows = "".join(
        f'<span class="piece">{chips(one, short=True)}<span>{escaped(one.statement.rstrip("."))}</span></span>'
        for one in claim.propositions
    )
    told = f'<span class="said">{escaped(claim.sentence)}</span>{rows}'
    return (
        f'<a class="card untested"{href}><span class="name"><b>{claim.number:02d}</b> {escaped(claim.title)}</span>'
        f"{told}</a>"
    )


def chips(one: PropositionAnswer, short: bool = False) -> str:
    """The three words, each with its sign and colour; short : signs alone, the words where one points at them."""
    said = (
        ("papers", _papers_word(one), _papers_class(one)),
        ("mechanism", one.mechanism.word, _OF_MECHANISM.get(one.mechanism.word, "untested")),
        ("model", one.model.word, _OF_MODEL.get(one.model.word, "untested")),
    )
    chips = "".join(
        f'<span class="chip {style}" title="{escaped(f"{name}: {word}")}"><i aria-hidden="true">{_SIGNS[style]}</i>'
        f"<span{' class=unseen' if short else ''}>{escaped(f'{name}: {word} ')}</span></span>"
        for name, word, style in said
    )
    return f'<span class="chips">{chips}</span>'


def _papers_word(one: PropositionAnswer) -> str:
    said = one.evidence
    return f"{said.word}, {said.side}" if said.side and said.word in ("consistent", "single paper") else said.word


def _papers_class(one: PropositionAnswer) -> str:
    said = one.evidence
    if said.word == "none":
        return "untested"
    if said.word != "consistent":
        return "partly"
    return "holds" if said.side == "for" else "fails"
