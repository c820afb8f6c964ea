"""The error of an effect from what a paper prints: SE, interval, SD with n, counts, or P; with the sum in plain text.

Source: Cochrane Handbook for Systematic Reviews of Interventions, chapter 6 (6.5.2: errors from intervals and P, by
Student's t below 60 in a group); delta method for ratios. "P <" gives an upper bound only.
"""

import math
import re
from collections.abc import Iterator

from niche.errors import NicheError
from niche.evidence.errors_of_arms import error_of_arms
from niche.evidence.printed_effect import Effect, EffectError, derived
from niche.evidence.printed_numbers import half_unit
from niche.evidence.printed_uncertainty import per_arms, probability, quantile, uncertainty

_EVENTS = re.compile(r"(\d{1,9}) of (\d{1,9})")
_QUARTILES = 1.349 / math.sqrt(math.pi / 2)  # from quartiles to the error of a median, which is above that of a mean


def error_of_effect(effect: Effect) -> EffectError | None:
    """The error of an effect, from the first that exists: SE or sd, arms, interval, SD with n, counts, P; else None.

    Raises
    ------
    NicheError
        where two of them contradict each other beyond rounding, or one cannot be read
    """
    found = list(every_error(effect))
    for other in found[1:]:
        if told := contradiction(found[0], other):
            raise NicheError(told)
    return found[0] if found else None


def contradiction(one: EffectError, other: EffectError) -> str:
    """What is said of two errors of one effect that rounding does not explain; "" if it does."""
    slack = max(one.slack, other.slack)
    if one.least <= other.most * slack and (other.bound or other.least <= one.most * slack):
        return ""
    most = "at most " if other.bound else ""
    return (
        f"the error {one.basis} is {one.error:.3g} ({one.sum}), but {other.basis} it is {most}{other.error:.3g} "
        f"({other.sum}); both cannot be right"
    )


def every_error(effect: Effect) -> Iterator[EffectError]:
    """All errors that what is printed gives, the surest first."""
    try:
        kind, level = uncertainty(effect.cells.get("uncertainty_type", "") or effect.beside.kind)
    except NicheError as error:
        raise NicheError(f"uncertainty_type: {error}") from None
    ends = _ends(effect)
    yield from _given(effect, kind)
    yield from error_of_arms(effect, kind)
    if ends is not None:
        yield from _interval(effect, kind, level or effect.beside.level, ends)
    yield from _spread(effect, kind, ends)
    yield from _counts(effect)
    yield from _p(effect)


def _given(effect: Effect, kind: str) -> Iterator[EffectError]:
    sd, spread = effect.read("sd"), effect.beside.spread
    if sd is not None and kind != "SD":
        half = half_unit(effect.cells["sd"])
        yield EffectError(sd, f"{sd:g} as given", "in sd", max(sd - half, 0.0), sd + half)
    if spread is not None and kind == "SE":
        error, how = effect.on_scale(spread)
        yield derived(error, f"SE {spread:g}{how}", "from the SE", 0.05)
    elif spread is not None and kind != "SD" and sd != spread:
        factor, how = per_arms(effect.sizes) if effect.sizes else (0.0, "")
        as_sd = f"as SD, {spread:g}{how} = {spread * factor:.3g}" if effect.sizes else "as SD, it needs n"
        raise NicheError(
            f"value: {effect.cells['value']!r} does not say what {spread:g} is: write SE or SD into uncertainty_type "
            f"(as SE, the error is {spread:g}; {as_sd})"
        )


def _ends(effect: Effect) -> tuple[float, float, float] | None:
    """Both ends of what stands in low and high, or beside the value, and half a unit of their last digit."""
    low, high = effect.read("low"), effect.read("high")
    texts = [effect.cells.get("low", ""), effect.cells.get("high", "")]
    if low is None and high is None and effect.beside.low is not None:
        low, high = effect.beside.low, effect.beside.high
        texts = [f"{low:g}", f"{high:g}"]
    if low is None or high is None:
        return None
    if not low < high:
        raise NicheError(f"low {low:g} is not below high {high:g}")
    if not low <= effect.value <= high:
        raise NicheError(f"interval [{low:g}, {high:g}] excludes the value {effect.value:g}")
    return low, high, max(map(half_unit, texts))


def _interval(
    effect: Effect, kind: str, level: float | None, ends: tuple[float, float, float]
) -> Iterator[EffectError]:
    (low, high, half), rounding = ends, 2 * ends[2] / (ends[1] - ends[0])
    if kind == "SE":
        error, how = effect.on_scale((high - low) / 2)
        yield derived(error, f"({high:g} - {low:g}) / 2{how}", "from the SE", rounding + 0.05)
    elif level is not None and kind in ("", "CI"):
        upper = (1 - level / 100) / 2
        score, remark = quantile(upper, () if effect.spelled.events else effect.sizes)
        if effect.logs and effect.fold(low) > 0:
            first, last = effect.fold(low), effect.fold(high)
            width, told = math.log(last / first), f"(ln {last:.4g} - ln {first:.4g})"
            rounding = half * effect.per_fold * (1 / first + 1 / last) / (width or 1.0)
        else:  # an interval that reaches 0 was not made on the log scale
            width, how = effect.on_scale(high - low)
            told = f"({high:g} - {low:g}){how}"
        found = derived(
            width / (2 * score), f"{told} / (2 x {score:.2f})", f"from the {level:g} % interval", rounding, remark
        )
        yield found._replace(most=found.most * score / quantile(upper)[0])  # it may have been made without Student's t


def _spread(effect: Effect, kind: str, ends: tuple[float, float, float] | None) -> Iterator[EffectError]:
    """An SD of animals, or the quartiles of them, is not the error of their mean: it is so only with n."""
    sd, beside, rounding = effect.read("sd"), effect.beside.spread, 0.05
    if kind == "SD" and sd is not None:
        error, told, rounding = sd, f"{sd:g}", half_unit(effect.cells["sd"]) / sd
    elif kind == "SD" and beside is not None:
        error, how = effect.on_scale(beside)
        told = f"{beside:g}{how}"
    elif kind in ("SD", "IQR") and ends is not None:
        share = 2 if kind == "SD" else _QUARTILES
        error, how = effect.on_scale((ends[1] - ends[0]) / share)
        told = f"({ends[1]:g} - {ends[0]:g}) / {share:.4g}{how}"
    else:
        return
    if not effect.sizes:
        raise NicheError(
            f"n: {effect.cells.get('n', '')!r} does not say how many are in an arm. The spread of animals ({kind}) is "
            "not the error of their mean: it needs n, like '8' or '8 vs 8'"
        )
    factor, how = per_arms(effect.sizes)
    alone = len(effect.sizes) == 1 and effect.spelled.null is not None
    remark = " (of one arm alone; for both write n like '8 vs 8')" if alone else ""
    yield derived(error * factor, told + how, f"from the {kind} and n", rounding, remark)


def _counts(effect: Effect) -> Iterator[EffectError]:
    """A share of patients, counted: binomial."""
    found, unit = _EVENTS.fullmatch(effect.cells.get("n", "").strip()), effect.spelled.unit.strip()
    if found is None or effect.spelled.null is not None or unit not in ("%", "fraction"):
        return
    some, total, times = int(found[1]), int(found[2]), 100 if unit == "%" else 1
    if 0 < some < total and abs(times * some / total - effect.value) <= 2 * half_unit(effect.cells["value"]):
        error = times * math.sqrt(some / total * (1 - some / total) / total)
        told = f"{times} x sqrt({some}/{total} x {total - some}/{total} / {total})"
        yield derived(error, told, "from the counts", 0.05)


def _p(effect: Effect) -> Iterator[EffectError]:
    """From P, by which the effect lies so many errors from none; of an absolute number P says nothing."""
    try:
        found = probability(effect.cells.get("p", ""), effect.decimal)
    except NicheError as error:
        raise NicheError(f"p: {error}") from None
    null = effect.spelled.null
    if found is None or null is None:
        return
    away, told = effect.value - null, f"|{effect.value:g}{f' - {null:g}' if null else ''}|"
    if effect.logs:
        away, told = math.log(effect.fold(effect.value)), f"|ln {effect.fold(effect.value):.4g}|"
    score, remark = quantile(found.p / 2, () if effect.spelled.events else effect.sizes)
    if away == 0 or score <= 0:
        return
    bound, rounding = found.sign == "<", min(half_unit(found.text) / found.p, 0.5)
    remark = f" for P {found.sign} {found.p:g}{remark}" + "; an upper bound" * bound
    # P may come from another test than the effect's own: it contradicts only by far
    yield derived(abs(away) / score, f"{told} / {score:.3g}", "from P", rounding, remark, bound, 1.5)
