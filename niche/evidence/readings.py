"""What is read of an experiment: an observable, in which arm, against what, on which day, and what is asked of it."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any

import numpy as np

from niche import units
from niche.errors import NicheError, known, unknown
from niche.experiment.protocol import Protocol
from niche.model.observables import OBSERVABLES
from niche.model.state import State, describe

# How a reading compares, and the value that means no effect; None where there is none.
COMPARE: dict[str, float | None] = {
    "percent": 0.0,
    "fold": 1.0,
    "value": None,
    "slope": None,
    "percent of start": 100.0,
    "fold of start": 1.0,
    "percent from day": 0.0,
}
TWO_ARMS = ("percent", "fold")
SIGNS = ("increase", "decrease", "none")
NO_CHANGE = 0.10  # a direction "none": within 10 % of no effect (docs/verdicts.md)
KEYS = {"observable", "compare", "treated", "control", "day", "surround", "sign", "against", "within"}
_SAID = (
    "percent",
    "fold",
    "value",
    "slope",
    "percent of start",
    "fold of start",
    "fold of day N",
    "percent from day N",
)
_SINCE = re.compile(r"(fold of|percent from) day (\d+(?:\.\d+)?)")


@dataclass(frozen=True, repr=False)
class Reading:
    """What is read: `observable` in arm `treated` against arm `control`, on `day` (one, or the first and last).

    `sign` or `within` (bounds of the reading, either may be None) is what a direction row asks for; `against` names
    two arms whose ratio divides that of treated and control.
    """

    observable: str
    compare: str
    treated: str
    control: str | None
    day: tuple[float, ...]
    surround: Mapping[str, str]
    sign: str | None
    reference_day: float | None = None
    against: tuple[str, str] | None = None
    within: tuple[float | None, float | None] | None = None

    def __repr__(self) -> str:
        # The hash of a posterior's inputs is taken from this text: what most readings do not use stays out of it.
        shown = [f.name for f in fields(self) if f.name not in ("against", "within") or getattr(self, f.name)]
        return f"Reading({', '.join(f'{name}={getattr(self, name)!r}' for name in shown)})"

    def __str__(self) -> str:
        day = "-".join(f"{d:g}" for d in self.day)
        arms = self.treated + (f" against {self.control}" if self.control else "")
        arms += f", over {self.against[0]} against {self.against[1]}" if self.against else ""
        since = f" {self.reference_day:g}" if self.compare == "percent from day" else ""
        since = f" (from day {self.reference_day:g})" if self.reference_day and not since else since
        return f"{self.observable}, {self.compare}{since}: {arms}, day {day}"

    @property
    def arms(self) -> tuple[str, ...]:
        """Every arm that is simulated for it."""
        named = [self.treated, self.control, *(self.against or ())]
        named += [self.surround[arm] for arm in named if arm in self.surround]
        return tuple(dict.fromkeys(arm for arm in named if arm is not None))

    @property
    def asks(self) -> str:
        """What it asks for, in words; "" for a number."""
        if self.within is None:
            return self.sign or ""
        low, high = self.within
        return f"{'' if low is None else f'at least {low:g}'}{'' if None in self.within else ', '}" + (
            "" if high is None else f"at most {high:g}"
        )

    def observes(self, arm: str) -> set[str]:
        """The observables that it reads in an arm."""
        around = {"BV/TV"} if arm in {*self.surround, *self.surround.values()} else set()
        return around | ({self.observable} if arm not in self.surround else set())

    def holds(self, effect: np.ndarray) -> np.ndarray:
        """1 where a reading is as asked, 0 where not, NaN where there is none."""
        if self.within is not None:
            low, high = (np.inf * side if b is None else b for b, side in zip(self.within, (-1, 1), strict=True))
            found = (effect >= low) & (effect <= high)
        else:
            none = self.no_effect
            percent = 100.0 if self.compare.startswith("percent") else 1.0
            found = {
                "increase": effect > none,
                "decrease": effect < none,
                "none": np.abs(effect - none) < NO_CHANGE * percent,
            }[self.sign or "increase"]
        return np.where(np.isnan(effect), np.nan, found)

    @property
    def no_effect(self) -> float:
        """What a sign compares with: a value relative to rest is compared with 1, a slope with 0."""
        found = COMPARE[self.compare]
        return found if found is not None else 1.0 if self.compare == "value" else 0.0


def read_reading(entry: Any, arms: Mapping[str, Protocol], where: str) -> Reading:
    """A reading from its entry in a file. Raises `NicheError` naming what is wrong and what is allowed."""
    known(entry, KEYS, where)
    need(entry, ("observable", "treated", "day"), where)
    if entry["observable"] not in (*OBSERVABLES, *State._fields):
        raise NicheError(f"{where}: {unknown('observable', entry['observable'], [*OBSERVABLES, *State._fields])}")
    compare, reference = str(entry.get("compare", "fold")), None
    if match := _SINCE.fullmatch(compare):
        compare = "fold of start" if match[1] == "fold of" else "percent from day"
        reference = float(match[2])
    if compare not in COMPARE or (compare == "percent from day" and reference is None):
        raise NicheError(f"{where}: {unknown('comparison', compare, _SAID)}")
    surround = {str(k): str(v) for k, v in (entry.get("surround") or {}).items()}
    control, against = entry.get("control"), entry.get("against")
    if against is not None and (not isinstance(against, list) or len(against) != 2):
        raise NicheError(f"{where}: against names two arms, [treated, control], got {against!r}")
    for arm in [entry["treated"], control, *surround, *surround.values(), *(against or ())]:
        if arm is not None and arm not in arms:
            raise NicheError(f"{where}: {unknown('arm', arm, arms)}")
    if compare in TWO_ARMS and control is None:
        raise NicheError(f"{where}: a comparison by {compare!r} needs a control arm")
    if against is not None and compare not in TWO_ARMS:
        raise NicheError(f"{where}: against divides one {' or '.join(TWO_ARMS)} by another, not {compare!r}")
    days = _days(entry["day"], reference, arms, where)
    bounds = None if entry.get("within") is None else _within(entry["within"], where)
    reading = Reading(
        entry["observable"],
        compare,
        entry["treated"],
        control,
        days,
        surround,
        entry.get("sign"),
        reference,
        None if against is None else (str(against[0]), str(against[1])),
        bounds,
    )
    _check_sign(reading, where)
    return reading


def need(entry: Mapping[str, Any], keys: tuple[str, ...], where: str) -> None:
    """Refuse an entry that lacks one of the keys."""
    missing = [key for key in keys if entry.get(key) is None]
    if missing:
        raise NicheError(f"{where} lacks {', '.join(missing)}")


def _days(given: Any, reference: float | None, arms: Mapping[str, Protocol], where: str) -> tuple[float, ...]:
    days = tuple(units.days(d, f"{where}, day") for d in (given if isinstance(given, list) else [given]))
    if len(days) not in (1, 2) or days[0] > days[-1]:
        raise NicheError(f"{where}: day is one day, or [first, last], got {given!r}")
    length = next(iter(arms.values())).days
    for day in (*days, *([] if reference is None else [reference])):
        if not 0 <= day <= length:
            raise NicheError(f"{where}: day {day:g} is outside the experiment, which ends on day {length:g}")
    return days


def _within(given: Any, where: str) -> tuple[float | None, float | None]:
    fine = isinstance(given, list) and len(given) == 2 and given != [None, None]
    if not fine or any(isinstance(b, bool) or not isinstance(b, int | float | None) for b in given):
        raise NicheError(f"{where}: within is [low, high], numbers of which one may be null, got {given!r}")
    low, high = (None if b is None else float(b) for b in given)
    if low is not None and high is not None and low >= high:
        raise NicheError(f"{where}: within [{low:g}, {high:g}] holds nothing; the lower bound comes first")
    return low, high


def _check_sign(reading: Reading, where: str) -> None:
    sign = reading.sign
    if sign not in (None, *SIGNS):
        raise NicheError(f"{where}: {unknown('sign', sign, SIGNS)}")
    if sign is not None and reading.within is not None:
        raise NicheError(f"{where}: a reading asks for a sign or for bounds (within), not for both")
    if sign is not None and reading.compare == "value":
        unit = OBSERVABLES[reading.observable].unit if reading.observable in OBSERVABLES else ""
        unit = unit or describe(State)[reading.observable][0]
        if unit != "1":
            raise NicheError(f"{where}: a value in {unit} has no sign; compare by fold, or give bounds (within)")
    if sign == "none" and reading.compare == "slope":
        raise NicheError(f"{where}: a slope has no 'none'; give bounds (within)")
