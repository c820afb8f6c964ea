"""The numbers behind the three words, line by line, in words that need no key."""

import math
import textwrap
from collections.abc import Sequence

from niche.answering.evidence_record import EvidenceAnswer, PoolAnswer
from niche.answering.records import NOT_YET, Influence, MechanismAnswer, ModelAnswer, Prediction, Spread
from niche.answering.words import listed
from niche.text import aligned, number

_WIDE = 96
_ANYTHING = 1000  # times: a prediction interval that says nothing
_MOST = 12  # atoms inside their interval that are shown; those outside always are


def paper_lines(one: EvidenceAnswer, asserts: str = "") -> list[str]:
    """What the papers say, and a line for each.

    Parameters
    ----------
    asserts
        what the head does if the statement is true
    """
    if not one.votes:
        return paper_sentences(one, asserts)
    head = ["", "would move", "paper", "laboratory", "species"]
    rows = [[v.stand, v.arrow, " + ".join(v.papers), short(v.laboratory), v.species] for v in one.votes]
    return [*_wrapped(paper_sentences(one, asserts)), "", *_table([head, *rows])]


def paper_sentences(one: EvidenceAnswer, asserts: str = "") -> list[str]:
    """What the papers say: counts, sign test, pools, certainty with its reasons."""
    if not one.votes:
        return vote_sentences(one, asserts)
    graded = one.certainty
    first = f"certainty {graded.level}, from {graded.start} ({graded.because})"
    return [*vote_sentences(one, asserts), first, *(f"  {s.domain}: {-s.cost or 0} ({s.reason})" for s in graded.steps)]


def vote_sentences(one: EvidenceAnswer, asserts: str = "") -> list[str]:
    """What the papers say: counts, sign test, pools."""
    if not one.votes:
        return ["no paper that was read speaks to it"]
    stands = one.stands
    # where no effect is asserted, a paper that saw none is for it
    none = "" if asserts.startswith("none") else f", {stands.no_effect} saw no effect"
    lines = [
        f"{_of(one.papers, one.labs)} ({', '.join(one.species)}): {stands.pro} for, "
        f"{stands.against} against{none}, {stands.mixed} saw both"
    ]
    if one.sign_test is not None:
        lines.append(f"sign test of papers for against papers against: P = {number(one.sign_test, 2)}")
    return lines + [pooled(pool) for pool in (one.pool, *one.other_pools) if pool is not None]


def pooled(one: PoolAnswer) -> str:
    """A pool in a line."""
    known = one.most < _ANYTHING * one.least
    to_come = f"would lie between {one.least:.3g} and {one.most:.3g}" if known else "may lie anywhere"
    what = f"{one.family}, ratios of risks" if one.ratio_of_risks else one.family
    return (
        f"{one.papers} papers together ({what}): ratio {one.ratio:.3g} (95 % interval {one.low:.3g} to {one.high:.3g})"
        f"; one paper more {to_come}; {100 * one.i2:.0f} % of the variance is not chance"
    )


def mechanism_lines(one: MechanismAnswer, asserts: str) -> list[str]:
    """What the mechanism is worth, and what each paper adds.

    Parameters
    ----------
    asserts
        what the head does if the statement is true
    """
    if one.papers is None or one.D is None:
        return _wrapped(mechanism_sentences(one, asserts) or [one.word])
    head = ["paper", "laboratory", "adds", "±", "left out by", "k", "draws' worth", "says alone"]
    table = _table([head, *map(_influence, one.influence)], right=(2, 3, 5, 6, 7))
    return [*_wrapped(mechanism_sentences(one, asserts)), "", *table]


def mechanism_sentences(one: MechanismAnswer, asserts: str) -> list[str]:
    """What the mechanism is worth; nothing where its word says all."""
    if one.papers is None or one.nu is None:
        return [one.because] if one.because else []
    lines = [
        f"{_of(one.papers, one.labs)} with a measurement that the mechanism moves",
        _probabilities(one, asserts),
    ]
    if one.D is not None or one.word == NOT_YET or one.can_be:
        lines.append(f"gain in predicting papers that were left out: {_gain(one)}")
    if one.savage_dickey is not None:
        log = one.savage_dickey
        lines.append(
            "how much likelier the fit makes a mechanism of no strength than it was before (Savage-Dickey), logarithm: "
            f"{log.full:+.2f}; with priors of half the width {log.half:+.2f}, of double {log.double:+.2f}"
        )
    if one.head_chance is not None:
        lines.append(
            f"the effect is that of virtual patients at {one.head_draws} draws: probabilities are off by "
            f"about {_off(one.pi, one.head_draws)}; {100 * one.head_chance:.0f} % of the spread between draws was the "
            "chance of few patients in each, and is taken off"
        )
    if one.word_without_labs and one.word_without_labs != one.word:
        lines.append(f"with whole laboratories left out: {one.word_without_labs}")
    if one.informed_indirectly:
        lines.append(f"informed indirectly, by {', '.join(one.informed_indirectly)}")
    if one.back_doors:
        lines.append(f"whether other papers inform it indirectly: {one.back_doors}")
    return [*lines, f"would tell most: {one.tells_most}"] if one.tells_most else lines


def _gain(one: MechanismAnswer) -> str:
    if one.D is None:
        if not one.can_be:
            return NOT_YET
        if one.word != NOT_YET:
            return f"{NOT_YET}, and none would change the word"
        return f"{NOT_YET}; the word will be {listed(one.can_be, 'or')}"
    spread = "" if one.se is None else f" ± {one.se:.2g} over papers"
    times = math.exp(min(abs(one.D), 700.0))
    better = f"{times:.2g} times {'likelier' if one.D > 0 else 'less likely'} with the mechanism than without"
    return f"D = {one.D:+.2f}{spread} (Monte Carlo error {one.error:.2g}): the papers were {better}"


def _off(share: float | None, draws: int | None) -> str:
    """Monte Carlo error of a share of draws, of one draw at least."""
    n = max(draws or 1, 1)
    return f"{max(1 / n, ((share or 0.0) * (1 - (share or 0.0)) / n) ** 0.5):.2g}"


def _probabilities(one: MechanismAnswer, asserts: str) -> str:
    size = f"the effect in the fitted model: {_times(one.effect)}; " if one.effect is not None else ""
    none = f"no relevant effect {_share(one.nu)}"
    if asserts == "none":
        return f"{size}probability of {none}"
    asserted = f"an effect on the asserted side {_share(one.pi)}, and of a relevant one {_share(one.rho)}"
    return f"{size}probability of {asserted}; of {none}"


def model_lines(one: ModelAnswer) -> list[str]:
    """Whether the model fits, and its measurements beside their predictions."""
    lines = model_sentences(one)
    if not lines:
        return [] if one.word == "untested" else [one.word]
    inside = [atom for atom in one.predictions if atom.inside]
    shown = [*(atom for atom in one.predictions if not atom.inside), *inside[:_MOST]]
    more = len(inside) - _MOST
    rows = _table([["", "measurement", "paper", "measured", "predicted, 90 %"], *map(_atom, shown)]) if shown else []
    return [*_wrapped(lines), *([""] if rows else []), *rows, *([f"and {more} more inside"] if more > 0 else [])]


def model_sentences(one: ModelAnswer) -> list[str]:
    """Whether the model fits; nothing where its word says all."""
    lines = []
    if one.atoms:
        lines.append(
            f"{one.outside} of {one.atoms} measurements lie outside their 90 % interval when their paper is left out, "
            f"{number(one.expected, 2)} expected; all together P = {number(one.p, 2)}"
        )
    lines += [f"suspected cause: {one.cause}"] if one.cause else []
    if one.control is not None:
        left = "" if one.control.left is None else f": {one.control.left:.0f} % of the effect is left"
        lines.append(
            f"the effect is {_times(one.control.whole)} in the whole model and {_times(one.control.without)} in the "
            f"model without the mechanism, fitted again{left}"
        )
    return lines


def short(laboratory: str, most: int = 24) -> str:
    """The name of a laboratory, cut where it is long."""
    return laboratory if len(laboratory) <= most else f"{laboratory[: most - 1]}…"


def effect(value: float | None, linear: bool = False) -> str:
    """A logarithm as the ratio that it is; what is linear as it is."""
    if value is None:
        return "–"
    return f"{value:.3g}/day" if linear else f"{math.exp(min(value, 700.0)):.3g}"


def _of(papers: int, labs: int | None) -> str:
    many = "laboratory" if labs == 1 else "laboratories"
    return f"{papers} {'paper' if papers == 1 else 'papers'} of {labs} {many}"


def _atom(one: Prediction) -> list[str]:
    where = "inside" if one.inside else "OUTSIDE"
    if one.seen:
        return [where, one.name, one.paper, one.seen, f"chance of that {_share(one.chance)}"]
    predicted = f"{effect(one.low, one.linear)} to {effect(one.high, one.linear)}"
    return [where, one.name, one.paper, effect(one.observed, one.linear), predicted]


def _influence(one: Influence) -> list[str]:
    k = "–" if one.k is None else f"{one.k:.2f}"
    side = "–" if one.side is None else f"{_share(one.side)}{' (trial)' * one.trial}"
    adds = f"{one.difference:+.2f}"
    return [one.paper, short(one.laboratory, 16), adds, f"{one.error:.2f}", one.way, k, f"{one.worth:.0f}", side]


def _share(value: float | None) -> str:
    """A probability that is never rounded to certainty."""
    if value is None:
        return "–"
    return "<0.001" if value < 0.001 else ">0.999" if value > 0.999 else f"{value:.3g}"


def _times(one: Spread) -> str:
    return f"{effect(one.median)} times ({effect(one.low)} to {effect(one.high)})"


def _table(lines: Sequence[Sequence[str]], right: Sequence[int] = ()) -> list[str]:
    return aligned(lines, right=right, rule=True).splitlines()


def _wrapped(lines: Sequence[str]) -> list[str]:
    return [part for line in lines for part in textwrap.wrap(line, _WIDE, subsequent_indent="  ")]
