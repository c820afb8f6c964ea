"""How effects are spelled: what a number in "% of control" or "log2 fold" is in per cent or as a fold."""

import math
import re
import unicodedata
from typing import NamedTuple

from niche.errors import NicheError, unknown

CANONICAL = {"percent_change": "%", "fold_change": "fold", "hazard_ratio": "HR"}
_PERCENT: tuple[str, ...] = (
    "%",
    "percent",
    "per cent",
    "pct",
    "% change",
    "percent change",
    "% increase",
    "% difference",
)
_PERCENT += ("% vs control", "% against control", "% from baseline", "% from day 0", "% change from baseline")
_FOLD = ("fold", "ratio", "x", "times", "fold change", "fold increase", "treated/control", "ratio to control")
_EVENTS = ("RR", "OR", "rate ratio", "risk ratio", "odds ratio", "relative risk")
_HAZARD = ("HR", "hazard ratio", "subHR", "SHR", "csHR", "aHR", "ratio", "cause-specific HR", "subdistribution HR")
_LESS = ("% decrease", "% reduction", "% lower", "% less", "% fall", "% inhibition", "% loss")
INVERSE = ("fold lower than control", "fold lower", "fold decrease", "fold reduction", "fold down", "control/treated")
_OTHERS = ("control", "controls", "vehicle", "sham", "untreated", "placebo", "intact", "wild type", "normal")
_STARTS = ("day 0", "d0", "start", "baseline", "initial", "pre-treatment")
_OF = re.compile(r"(%|percent|per cent|fraction|share|fold) of (?:the )?(.+)")
_LOG = re.compile(
    r"(log|log2|log_2|lb|log10|log_10|ln|loge|log_e)\s*-?\(?\s*"
    r"(fold|fc|fold change|ratio|hr|hazard ratio|rr|or|response ratio)?( change)?\)?"
)
_BASES = {"log2": 2.0, "log_2": 2.0, "lb": 2.0, "log10": 10.0, "log_10": 10.0}
_REMARK = re.compile(r"\s*\(([^()]*)\)\s*$")
_HIDDEN = re.compile(r"\b(log\w*|ln|fold|fraction|control|lower|decrease\w*|reduction)\b|%")
_BOUNDS = (
    (re.compile(r"up to|upper bound|at most|or below|<|≤"), "at most"),
    (re.compile(r"more than|lower bound|at least|or above|>|≥"), "at least"),
)


class Spelling(NamedTuple):
    """What a number v in a unit means in the canonical unit of its effect: base**v, or offset + factor * v.

    Attributes
    ----------
    unit
        "%", "fold", "HR", or of an amount its own
    base
        0 where the number is no logarithm
    events
        whether it is a ratio of rates or odds of events, which only a trial or a cohort has
    amount
        whether it is no effect but an amount, whatever its unit
    """

    unit: str
    factor: float = 1.0
    offset: float = 0.0
    base: float = 0.0
    events: bool = False
    amount: bool = False

    def of(self, value: float) -> float:
        """The number in the canonical unit."""
        return self.base**value if self.base else self.offset + self.factor * value

    def back(self, fold: float) -> float:
        """A fold as a number in this unit."""
        meant = 100 * (fold - 1) if self.unit == "%" and not self.amount else fold
        return math.log(meant, self.base) if self.base else (meant - self.offset) / self.factor

    @property
    def null(self) -> float | None:
        """The number that means no effect, as it is spelled; None of an amount."""
        still = None if self.amount else {"%": 0.0, "fold": 1.0, "HR": 1.0}.get(self.unit)
        return None if still is None else 0.0 if self.base else (still - self.offset) / self.factor

    @property
    def same(self) -> bool:
        """Whether nothing is converted."""
        return (self.factor, self.offset, self.base) == (1.0, 0.0, 0.0)


def bare_unit(unit: str) -> str:
    """A unit in lower case without the remark in brackets behind it, like "% (up to)"."""
    text = " ".join(unicodedata.normalize("NFKC", unit).lower().split())
    found = _REMARK.search(text)
    if found and not _HIDDEN.search(found[1]):
        text = text[: found.start()]
    return text.lstrip("-") if text.startswith("-fold") else text


def bound_of(unit: str) -> str:
    """ "at least" or "at most" where the remark behind a unit says that its number is a bound, else ""."""
    found = _REMARK.search(unit.lower())
    return next((word for form, word in _BOUNDS if found and form.search(found[1])), "")


def spelling(effect_type: str, unit: str, value: float) -> Spelling:
    """What a row's number means.

    Parameters
    ----------
    effect_type, unit
        as in the table
    value
        the number, for what is said where they disagree

    Raises
    ------
    NicheError
        where they disagree, where the unit is not one of such an effect, or the number is impossible
    """
    if effect_type not in CANONICAL:
        return Spelling(unit, amount=True)
    found = _spelled(effect_type, bare_unit(unit), unit, value)
    meant = _possible(found, value)
    if found.unit == "%" and meant < -100:
        raise NicheError(
            f"value: {value:g} {unit} is a fall of more than 100 %, and what is measured here cannot be below 0; a "
            "fall to a half is -50, a fall to a third -66.7"
        )
    if found.unit != "%" and meant < 0:
        fall = f"; a fall to 1/{-value:g} is {-1 / value:.4g}" if found.factor == 1 and value < -1 else ""
        raise NicheError(f"value: {value:g} {unit}: a ratio of two amounts is not below 0{fall}")
    return found


def _possible(found: Spelling, value: float) -> float:
    try:
        return found.of(value)
    except OverflowError:
        raise NicheError(f"value: {value:g} as a logarithm to base {found.base:.3g} is beyond all numbers") from None


def _spelled(effect: str, text: str, unit: str, value: float) -> Spelling:
    canonical, plain = CANONICAL[effect], {"percent_change": _PERCENT, "fold_change": _FOLD, "hazard_ratio": _HAZARD}
    if text in map(str.lower, plain[effect]):
        return Spelling(canonical, events=effect == "hazard_ratio")
    if effect == "fold_change" and text in map(str.lower, _EVENTS):
        return Spelling("fold", events=True)
    if effect == "fold_change" and text in INVERSE:
        return Spelling("fold")  # control over treated: its plan divides that way, too
    if effect == "percent_change" and text in _LESS:
        if value < 0:
            raise NicheError(f"unit: {value:g} {unit!r} says twice that it is less; write {value:g} and unit '%'")
        return Spelling("%", factor=-1.0)
    if effect == "percent_change" and text in ("fraction", "share", "proportion"):
        return Spelling("%", factor=100.0)
    if (log := _LOG.fullmatch(text)) and effect != "percent_change":
        return _logarithm(effect, log, unit)
    found = _OF.fullmatch(text)
    if found and effect != "hazard_ratio" and found[2] in (*_OTHERS, *_STARTS):
        share = 0.01 if found[1][0] in "%p" else 1.0  # as a fold
        return Spelling("fold", share) if effect == "fold_change" else Spelling("%", 100 * share, -100.0)
    disagreement = _disagree(effect, text, unit, value)
    if disagreement:
        raise NicheError(disagreement)
    logs = ("log2 fold", "log10 fold", "ln fold") if effect == "fold_change" else ("ln HR",)
    shares = ("fraction", "% of control", "% decrease") if effect == "percent_change" else ("% of control",)
    allowed = (*plain[effect], *(_EVENTS if effect == "fold_change" else ()))
    allowed += shares * (effect != "hazard_ratio") + logs * (effect != "percent_change")
    raise NicheError(f"{unknown(f'unit of effect type {effect!r}', unit, allowed)}")


def _logarithm(effect: str, log: re.Match, unit: str) -> Spelling:
    of_hazard = effect == "hazard_ratio"
    if log[1] == "log" and not of_hazard:  # of hazard ratios it is always the natural one
        raise NicheError(f"unit: {unit!r} does not say which logarithm; write 'log2 fold', 'ln fold' or 'log10 fold'")
    base = _BASES.get(log[1], math.e)
    return Spelling(CANONICAL[effect], base=base, events=of_hazard or log[2] in ("hr", "hazard ratio", "rr", "or"))


def _disagree(effect: str, text: str, unit: str, value: float) -> str:
    """What is said of a unit that belongs to another effect: both numbers that it might be."""
    head = f"effect_type {effect!r} and unit {unit!r} do not agree"
    rather = "write effect_type {0!r}, value {1:.4g}, unit {2!r}, and compare: {3} in the plan"
    log, inverse = _LOG.fullmatch(text), text in INVERSE
    if text in map(str.lower, (*_PERCENT, "fraction", "share")) and effect != "percent_change":
        points = value * (100 if text in ("fraction", "share") else 1)
        one = rather.format("percent_change", points, "%", "percent")
        other = rather.format("fold_change", points, "% of control", "fold")
        return (
            f"{head}. If {value:g} {unit} is a change ({1 + points / 100:.4g}-fold), {one}; "
            f"if it is a share of the control ({points / 100:.4g}-fold), {other}"
        )
    if effect == "percent_change" and (text in map(str.lower, (*_FOLD, *_EVENTS, *_HAZARD)) or log or inverse):
        kind = "hazard_ratio" if text in map(str.lower, _HAZARD) and text != "ratio" else "fold_change"
        base = 0.0 if log is None or log[1] == "log" else _BASES.get(log[1], math.e)
        fold = min(base**value, 1e300) if base and value < 300 else 1 / value if inverse and value else value
        named = {"fold_change": unit if base else "fold", "hazard_ratio": "HR"}[kind]
        told = rather.format(kind, fold if inverse else value, named, "fold")
        return f"{head}: {value:g} {unit} is {100 * (fold - 1):+.4g} %; {told}"
    if effect == "fold_change" and text in ("hr", "hazard ratio", "subhr", "shr", "ahr", "cshr"):
        return f"{head}; {rather.format('hazard_ratio', value, 'HR', 'fold')}, of a trial"
    if effect == "hazard_ratio" and text in map(str.lower, (*_FOLD, *_EVENTS)):
        return f"{head}; {rather.format('fold_change', value, unit, 'fold')}"
    return ""
