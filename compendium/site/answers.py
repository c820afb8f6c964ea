"""The three answers on the pages: a card for each claim, a box below the title of its notebook, all by claim."""

from collections.abc import Collection, Sequence
from pathlib import Path

from compendium.figures.answer_words import mechanism_tone, model_tone, papers_tone
from compendium.figures.answer_words import papers_word as papers_word_and_side
from compendium.figures.neuro_bone_table import WORDS, papers_word
from compendium.site.certainty import certainty_html, certainty_words
from compendium.site.claim_cards import card_figure, small_card
from compendium.site.html import cited, escaped
from niche.answering.records import NOT_YET, ClaimAnswer, MechanismAnswer, PropositionAnswer
from niche.answering.words import counted, listed, worth_word

# Of a word: the class that colours it, and a sign for those who see no colours.
_SIGNS = {"holds": "✓", "partly": "◐", "fails": "✗", "untested": "–"}
_OF_TONE = {"for": "holds", "leans": "partly", "open": "partly", "against": "fails", "untold": "untested"}
KEY = (
    "Three answers to each statement, in this order: what the <b>papers</b> say, whether the <b>mechanism</b> helps to "
    "predict papers that were left out, and whether the <b>model</b> fits the measurements. In grey: what the papers "
    "say, and how sure they make it."
)
_PENDING = " What mechanism and model say is not yet computed, for any claim."


def cards(claims: Sequence[ClaimAnswer], notebooks: Collection[str]) -> str:
    """The claims, one card each, and above them what the signs mean (HTML).

    Parameters
    ----------
    notebooks
        files that are there
    """
    made = "\n".join(_card(claim, notebooks) for claim in claims)
    words = {word for claim in claims for one in claim.propositions for word in (one.mechanism.word, one.model.word)}
    pending = NOT_YET in words and not words - {NOT_YET, "untested"}
    return f'{legend(pending)}\n<div class="field answers">\n{made}\n</div>\n'


def legend(pending: bool = False) -> str:
    """What the three words and their signs mean.

    Parameters
    ----------
    pending
        whether nothing is said yet but what the papers say
    """
    about = {"holds": "speaks for it", "partly": "open", "fails": "speaks against it", "untested": "not told"}
    keys = "".join(f'<span class="key {c}"><i aria-hidden="true">{_SIGNS[c]}</i> {w}</span>' for c, w in about.items())
    return f'<p class="legend">{KEY}{_PENDING if pending else ""}</p><p class="legend">{keys}</p>'


def totals(claims: Sequence[ClaimAnswer]) -> str:
    """How many statements have which word of the mechanism, in a sentence."""
    pieces = [one for claim in claims for one in claim.propositions]
    words = [one.mechanism.word for one in pieces]
    parts = [_counted(words.count(word), word) for word in WORDS if word in words]
    agreed = sum(one.evidence.word == "consistent" and one.evidence.side == "for" for one in pieces)
    asserting = sum(bool(claim.propositions) for claim in claims)
    beside = len(claims) - asserting
    others = f" Besides, {counted(beside)} notebooks check the model and its fit, or calculate." if beside else ""
    already = _already([one.mechanism for one in pieces])
    return (
        f"{asserting} claims of the literature, which assert {len(pieces)} statements.{others} The papers that were "
        f"read agree with {agreed} statements. Of the mechanisms behind them {listed(parts)}.{already}"
    )


def _already(mechanisms: Sequence[MechanismAnswer]) -> str:
    """What the fit shows of statements whose mechanism has no word yet."""
    later = [one.can_be for one in mechanisms if one.word == NOT_YET]
    clear, all_ = (sum(word in some for some in later) for word in ("supported", "weakly supported"))
    if not all_:
        return ""
    weak = f", {all_ - clear} of them perhaps weakly" if clear < all_ else ""
    return (
        f" Of those that are not yet computed the fitted model already shows {all_} effects as stated{weak}; what is "
        "missing is whether the mechanism helps to predict."
    )


def _counted(many: int, word: str) -> str:
    """How many have that word, as it is said: 3 are supported, 1 has no relevant effect."""
    one, several = ("has", "have") if word.startswith("no ") else ("is", "are")
    return f"{many} {one if many == 1 else several} {word}"


def box(claim: ClaimAnswer) -> str:
    """What is said of a claim, its card, and what is said of each statement: a box of Markdown below the title of its
    notebook."""
    rest = f"<p>{escaped(claim.summary)}</p>" if claim.summary else ""
    inside = f'<p class="answer">{escaped(claim.sentence)}</p>{card_figure(claim, "../_static")}{rest}{pieces(claim)}'
    title = '<p class="admonition-title">The answers</p>'
    return '```{raw} html\n<div class="admonition note answers">' + title + inside + "</div>\n```\n"


def section(claim: ClaimAnswer, statement: str, source: str, page: str = "") -> str:
    """A claim on the page of claims (HTML).

    Parameters
    ----------
    page
        address of its notebook, "" without one
    """
    link = f'<p><a href="{escaped(page)}">the notebook</a></p>' if page else ""
    small = small_card(claim, page)
    return (
        f'<div class="answers">{small}<p><b>{escaped(claim.sentence)}</b></p><p>{escaped(statement)}</p>{pieces(claim)}'
        f"<p>Source: {cited(source)}</p>{link}</div>"
    )


def pieces(claim: ClaimAnswer) -> str:
    """The propositions of a claim with their words and sentences (HTML); "" where there are none."""
    if not claim.propositions:
        return ""
    rows = "".join(
        f"<li>{chips(one)}<span>{escaped(one.sentence)}</span>{certainty_html(one.evidence.certainty)}</li>"
        for one in claim.propositions
    )
    return f'<ul class="pieces">{rows}</ul>'


def _card(claim: ClaimAnswer, notebooks: Collection[str]) -> str:
    file = f"{claim.number:02d}_{claim.id}.ipynb"
    href = f' href="notebooks/{escaped(Path(file).stem)}.html"' if file in notebooks else ""
    rows = "".join(
        f'<span class="piece">{chips(one, short=True)}<span>{escaped(one.statement.rstrip("."))}: '
        f'<span class="told">{escaped(_in_short(one))}</span></span></span>'
        for one in claim.propositions
    )
    told = f'<span class="said">{escaped(claim.sentence)}</span>{rows}'
    return (
        f'<a class="card untested"{href}><span class="name"><b>{claim.number:02d}</b> {escaped(claim.title)}</span>'
        f"{told}</a>"
    )


def _in_short(one: PropositionAnswer) -> str:
    """What the papers say and how sure they make it: "papers disagree, very low certainty"."""
    return ", ".join(filter(None, (papers_word(one), certainty_words(one.evidence.certainty))))


def chips(one: PropositionAnswer, short: bool = False) -> str:
    """The three words, each with its sign and colour.

    Parameters
    ----------
    short
        whether signs stand alone, the words where one points at them
    """
    papers, mechanism, model = one.evidence, one.mechanism.word, one.model.word
    tones = (
        ("papers", papers_word_and_side(papers.word, papers.side), papers_tone(papers.word, papers.side)),
        ("mechanism", worth_word(mechanism, one.asserts), mechanism_tone(mechanism, one.asserts)),
        ("model", model, model_tone(model)),
    )
    said = [(name, word, _OF_TONE[tone]) for name, word, tone in tones]
    chips = "".join(
        f'<span class="chip {style}" title="{escaped(f"{name}: {word}")}"><i aria-hidden="true">{_SIGNS[style]}</i>'
        f"<span{' class=unseen' if short else ''}>{escaped(f'{name}: {word} ')}</span></span>"
        for name, word, style in said
    )
    return f'<span class="chips">{chips}</span>'
