"""Where a row and its plan meet: the measured number in the unit in which the plan reads the model, or a refusal."""

import math
import re
from typing import NamedTuple, NoReturn

from niche import units
from niche.errors import NicheError
from niche.evidence.effect_units import CANONICAL, Spelling, bare_unit, spelling
from niche.evidence.rows import Evidence

# What each way to compare takes: the canonical unit of an effect.
_TAKES = {
    "percent": "%",
    "percent from day": "%",
    "fold": "fold",
    "fold of start": "fold",
    "percent of start": "% of start",
}
_WRITE = {"%": ("percent_change", "%"), "fold": ("fold_change", "fold"), "% of start": ("absolute", "% of day 0")}
_OF_START = re.compile(r"(%|percent|per cent|fraction) of (?:the )?(day 0|d0|start|baseline|initial)")
_PER_HOST = re.compile(r"\s*(?:/|per )\s*(mouse|rat|animal|host|patient|person)$")
_RELATIVE = ("1", "fold", "ratio", "fraction", "relative to rest", "fold of rest", "relative to control")


class Converted(NamedTuple):
    """A measurement as it is judged: value, error and scale in `unit`; `done` says in words what was converted."""

    value: float | None
    error: float | None
    scale: str
    unit: str
    done: str


def converted(row: Evidence, compare: str, *, unit: str = "", events: bool = False) -> Converted:
    """The number of a row in the unit in which its plan compares.

    Parameters
    ----------
    compare
        how the plan reads: a key of `niche.evidence.comparisons.COMPARE`, like "percent" or "fold of start"
    unit
        of the observable, where its value is read; "" where any unit will do
    events
        whether the plan reads a statistic of events (of a trial): only there are hazard ratios and odds

    Raises
    ------
    NicheError
        naming effect type, unit and compare, and the number in the other unit, where they disagree
    """
    if row.value is None:
        return Converted(None, None, row.scale, row.unit, "")
    where = f"{row.file}, row {row.id!r}"
    try:
        spelled = spelling(row.effect_type, row.unit, row.value)
    except NicheError as error:
        raise NicheError(f"{where} (compare {compare!r} in its plan): {error}") from None
    if row.effect_type in CANONICAL:
        return _of_effect(row, spelled, compare, unit, events, where)
    return _of_amount(row, compare, unit, events, where)


def _of_effect(row: Evidence, spelled: Spelling, compare: str, unit: str, events: bool, where: str) -> Converted:
    assert row.value is not None
    takes = _TAKES.get(compare)
    relative = compare == "value" and spelled.unit == "fold" and (not unit or bare_unit(unit) == "1")
    ratio = takes == "fold" and spelled.unit in ("fold", "HR")
    if not (relative or ratio or takes == spelled.unit):
        _refuse(row, spelled.of(row.value), spelled.unit, compare, where)
    if spelled.events and not events:
        raise NicheError(
            f"{where}: effect_type {row.effect_type!r} with unit {row.unit!r} compares how often events happen; "
            f"compare: {compare} of an experiment reads amounts. Only rows of trials (params/trials) have events"
        )
    value, error, scale, done = spelled.of(row.value), row.sd, row.scale, []
    if not spelled.same:
        done.append(f"{row.value:g} {row.unit} is {value:.4g} {spelled.unit}")
    if error is not None and spelled.base and scale == "linear":
        error, scale = error * math.log(spelled.base), "log"
        done.append(f"its error {row.sd:g} is {error:.3g} on the log scale")
    elif error is not None and scale == "linear" and abs(spelled.factor) != 1:
        error = error * abs(spelled.factor)
        done.append(f"its error {row.sd:g} is {error:.3g} {spelled.unit}")
    if error is not None and spelled.unit == "%" and scale == "log":
        fold = 1 + value / 100
        error, scale = 100 * fold * error, "linear"
        done.append(f"its error {row.sd:g} on the log scale of {fold:.4g}-fold is {error:.3g} points of per cent")
    if error is not None and spelled.unit == "HR" and scale == "linear":
        error, scale = error / value, "log"
        done.append(f"its error is judged on the log scale: {row.sd:g} / {value:g} = {error:.3g}")
    return Converted(value, error, scale, spelled.unit if done else row.unit, "; ".join(done))


def _of_amount(row: Evidence, compare: str, unit: str, events: bool, where: str) -> Converted:
    """An absolute number: a value, a rate, or a per cent of the start."""
    assert row.value is not None
    text, same = bare_unit(row.unit), Converted(row.value, row.sd, row.scale, row.unit, "")
    start = _OF_START.fullmatch(text)
    if compare == "percent of start":
        if not start:
            _refuse(row, row.value, "", compare, where)
        return same if start[1] != "fraction" else _scaled(row, 100.0, "% of start")
    if compare in _TAKES or (start and not events):
        points = row.value * (100 if start and start[1] == "fraction" else 1)
        _refuse(row, points, "% of start" if start else "", compare, where)
    wanted = "1/day" if compare == "slope" else unit
    if events or not wanted:
        return same
    text = _PER_HOST.sub("", text)
    if compare == "slope":
        text = re.sub("^per ", "1/", text).replace(" per ", "/")
    if wanted == "1" and text in _RELATIVE:
        return same
    case = _PER_HOST.sub("", row.unit.split(" (")[0].strip())  # mM and MM are not the same: units keep their case
    try:
        factor = units.factor(text if compare == "slope" else case, wanted)
    except NicheError as error:
        raise NicheError(
            f"{where}: effect_type {row.effect_type!r} with unit {row.unit!r} does not agree with compare: {compare} "
            f"in its plan, which reads {wanted if wanted != '1' else 'a number relative to rest'} ({error})"
        ) from None
    return same if math.isclose(factor, 1.0) else _scaled(row, factor, wanted)


def _scaled(row: Evidence, factor: float, unit: str) -> Converted:
    assert row.value is not None
    value = row.value * factor
    error = row.sd if row.sd is None or row.scale == "log" else row.sd * factor
    told = f"{row.value:g} {row.unit} is {value:.4g} {unit}"
    return Converted(value, error, row.scale, unit, told)


def _refuse(row: Evidence, value: float, unit: str, compare: str, where: str) -> NoReturn:
    """Say what does not agree, the number in the unit that the plan reads, and both ways to mend it."""
    fold = {"%": 1 + value / 100, "fold": value, "HR": value, "% of start": value / 100}.get(unit)
    head = f"{where}: effect_type {row.effect_type!r}, unit {row.unit!r} and compare {compare!r} of its plan disagree"
    takes = _TAKES.get(compare)
    if fold is None or takes is None:
        raise NicheError(f"{head}, and nothing is sure enough to convert {row.value:g} {row.unit}")
    there = {"%": 100 * (fold - 1), "fold": fold, "% of start": 100 * fold}[takes]
    told, (kind, spelled) = f"{head}: {row.value:g} {row.unit} is {there:.4g} {takes}", _WRITE[takes]
    if unit == "HR":
        raise NicheError(
            f"{told}, of rates of events and of no read-out. Only rows of trials (params/trials) have events"
        )
    fits = next(name for name, taken in _TAKES.items() if taken == unit)
    rather = f"effect_type {kind}, value {there:.4g}, unit {spelled} in the row"
    raise NicheError(f"{told}. Write compare: {fits} in the plan, or {rather}")
