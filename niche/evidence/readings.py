"""What is read of an experiment: an observable, in which arm, against what, on which day, and what is asked of it."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Annotated, Any

import msgspec
import numpy as np

from niche import units
from niche.errors import NicheError, unknown
from niche.evidence.comparisons import COMPARE, Compare
from niche.experiment.protocol import Protocol
from niche.model.observables import OBSERVABLES
from niche.model.state import State, describe
from niche.params.schema import Name, Number, Record, as_name, parse
from niche.params.yaml_files import Spot

SIGNS = ("increase", "decrease", "none")
NO_CHANGE = 0.10  # a direction "none": within 10 % of no effect (docs/verdicts.md)
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
Day = Annotated[Number | str, msgspec.Meta(description="a day, like 14 or '36 h'")]
Days = Annotated[Day | list[Day], msgspec.Meta(description="one day, or [first, last]")]
Surround = Annotated[dict[str, Name], msgspec.Meta(description="a mapping of an arm to its control")]
ArmPair = Annotated[tuple[Name, Name], msgspec.Meta(description="two arms, [treated, control]")]
Bounds = Annotated[
    tuple[Number | None, Number | None], msgspec.Meta(description="[low, high], numbers of which one may be null")
]


class ReadingEntry(Record):
    """What is read, as it stands in a file."""

    observable: str
    treated: Name
    day: Days
    compare: str = "fold"
    control: Name | None = None
    surround: Surround | None = None
    sign: str | None = None
    against: ArmPair | None = None
    within: Bounds | None = None


KEYS = frozenset(ReadingEntry.__struct_fields__)


@dataclass(frozen=True)
class Reading:
    """What is read: `observable` in arm `treated` against arm `control`, on `day` (one, or the first and last).

    `sign` or `within` (bounds of the reading, either may be None) is what a direction row asks for; `against` names
    two arms whose ratio divides that of treated and control.
    """

    observable: str
    compare: Compare
    treated: str
    control: str | None
    day: tuple[float, ...]
    surround: Mapping[str, str]
    sign: str | None
    reference_day: float | None = None
    against: tuple[str, str] | None = None
    within: tuple[float | None, float | None] | None = None

    def __str__(self) -> str:
        day = "-".join(f"{d:g}" for d in self.day)
        arms = self.treated + (f" against {self.control}" if self.control else "")
        arms += f", over {self.against[0]} against {self.against[1]}" if self.against else ""
        since = f" {self.reference_day:g}" if self.compare.name.endswith("from day") else ""
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
            found = {
                "increase": effect > none,
                "decrease": effect < none,
                "none": np.abs(effect - none) < NO_CHANGE * self.compare.scale,
            }[self.sign or "increase"]
        return np.where(np.isnan(effect), np.nan, found)

    @property
    def no_effect(self) -> float:
        """What a sign compares with: a value relative to rest is compared with 1, a slope with 0."""
        found = self.compare.no_effect
        return found if found is not None else 1.0 if self.compare == COMPARE["value"] else 0.0


def read_reading(entry: Any, arms: Mapping[str, Protocol], where: str | Spot) -> Reading:
    """A reading from its entry in a file. Raises `NicheError` naming what is wrong and what is allowed."""
    spot = where if isinstance(where, Spot) else Spot(where)
    given = parse(ReadingEntry, entry, spot)
    if given.observable not in (*OBSERVABLES, *State._fields):
        raise spot.at("observable", said="").error(
            unknown("observable", given.observable, [*OBSERVABLES, *State._fields])
        )
    compare, reference = _compare(given.compare, spot)
    surround = {name: as_name(control) for name, control in (given.surround or {}).items()}
    control = None if given.control is None else as_name(given.control)
    against = None if given.against is None else (as_name(given.against[0]), as_name(given.against[1]))
    treated = as_name(given.treated)
    named = [("treated", treated), ("control", control), *(("against", arm) for arm in against or ())]
    named += [("surround", arm) for pair in surround.items() for arm in pair]
    for key, arm in named:
        if arm is not None and arm not in arms:
            raise spot.at(key, said="").error(unknown("arm", arm, arms))
    if compare.two_arms and control is None:
        raise spot.error(f"a comparison by {compare.name!r} needs a control arm")
    if against is not None and not compare.two_arms:
        allowed = " or ".join(one.name for one in COMPARE.values() if one.two_arms)
        raise spot.at("against", said="").error(f"against divides one {allowed} by another, not {compare.name!r}")
    with spot.at("day", said="").named():
        days = _days(given.day, reference, arms)
    reading = Reading(given.observable, compare, treated, control, days, surround, given.sign, reference, against)
    if given.within is not None:
        with spot.at("within", said="").named():
            reading = replace(reading, within=_within(given.within))
    with spot.at("sign", said="").named():
        _check_sign(reading)
    return reading


def need(entry: Mapping[str, Any], keys: tuple[str, ...], where: str) -> None:
    """Refuse an entry that lacks one of the keys."""
    missing = [key for key in keys if entry.get(key) is None]
    if missing:
        raise NicheError(f"{where} lacks {', '.join(missing)}")


def _compare(given: str, spot: Spot) -> tuple[Compare, float | None]:
    name, reference = given, None
    if match := _SINCE.fullmatch(given):
        name = "fold of start" if match[1] == "fold of" else "percent from day"
        reference = float(match[2])
    if name not in COMPARE or (name == "percent from day" and reference is None):
        raise spot.at("compare", said="").error(unknown("comparison", given, _SAID))
    return COMPARE[name], reference


def _days(given: Any, reference: float | None, arms: Mapping[str, Protocol]) -> tuple[float, ...]:
    days = tuple(units.days(d, "day") for d in (given if isinstance(given, list) else [given]))
    if len(days) not in (1, 2) or days[0] > days[-1]:
        raise NicheError(f"day is one day, or [first, last], got {given!r}")
    length = next(iter(arms.values())).days
    for day in (*days, *([] if reference is None else [reference])):
        if not 0 <= day <= length:
            raise NicheError(f"day {day:g} is outside the experiment, which ends on day {length:g}")
    return days


def _within(bounds: Bounds) -> Bounds:
    low, high = bounds
    if low is None and high is None:
        raise NicheError("within is [low, high], numbers of which one may be null; both are")
    if low is not None and high is not None and low >= high:
        raise NicheError(f"within [{low:g}, {high:g}] holds nothing; the lower bound comes first")
    return low, high


def _check_sign(reading: Reading) -> None:
    sign = reading.sign
    if sign not in (None, *SIGNS):
        raise unknown("sign", sign, SIGNS)
    if sign is not None and reading.within is not None:
        raise NicheError("a reading asks for a sign or for bounds (within), not for both")
    if sign is not None and reading.compare == COMPARE["value"]:
        unit = OBSERVABLES[reading.observable].unit if reading.observable in OBSERVABLES else ""
        unit = unit or describe(State)[reading.observable][0]
        if unit != "1":
            raise NicheError(f"a value in {unit} has no sign; compare by fold, or give bounds (within)")
    if sign == "none" and reading.compare == COMPARE["slope"]:
        raise NicheError("a slope has no 'none'; give bounds (within)")
