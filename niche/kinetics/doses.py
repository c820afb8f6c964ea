"""What a regimen is once it has been read: doses of one drug, each so much, on which days, by which route."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import pairwise

from niche import units
from niche.amounts import Amount
from niche.errors import NicheError

MOST_DOSES = 20_000
_OFTEN = {1.0: "daily", 0.5: "twice daily", 1 / 3: "three times daily"}
_SAME = 1e-9  # days or intervals: rounding


@dataclass(frozen=True)
class Doses:
    """Equal doses of one drug.

    Attributes
    ----------
    amount
        of each dose, in mg, mg/kg or mg/m2
    route
        "sc", "po", ...
    over
        days over which each runs in
    offsets
        days of the doses, counted from day `first`
    every
        days after which they come again (then the offsets lie within that time), None for once
    count
        how many doses in all, None for repeats without an end
    """

    amount: Amount
    route: str
    first: float = 0.0
    offsets: tuple[float, ...] = (0.0,)
    every: float | None = None
    count: int | None = None
    over: float = 0.0

    @cached_property
    def times(self) -> tuple[float, ...]:
        """Days of the doses. Raises `NicheError` for repeats without an end."""
        if self.every is None:
            return tuple(self.first + offset for offset in self.offsets)
        if self.count is None:
            raise NicheError(f"regimen '{self}' repeats without an end; say 'for 2 years', 'until day 90' or 'x 8'")
        return tuple(self._time(i) for i in range(self.count))

    @property
    def gap(self) -> float | None:
        """Days between two doses, their mean where they are not equal; None if they are not repeated."""
        return None if self.every is None else self.every / len(self.offsets)

    @property
    def closest(self) -> float | None:
        """The shortest time between two doses; None for a single one."""
        if self.every is not None and len(self.offsets) == 1:
            return self.every
        days = (*self.offsets, *([self.offsets[0] + self.every] if self.every is not None else []))
        return min((b - a for a, b in pairwise(days)), default=None)

    @property
    def last(self) -> float:
        """The day on which the last dose has been given and, if it is repeated, has had its interval."""
        if self.every is None:
            return self.times[-1] + self.over
        if self.count is None:
            return math.inf
        if len(self.offsets) == 1:
            return self.times[-1] + max(self.over, self.every)
        return max(self._time(self.count), self.times[-1] + self.over)

    def _time(self, i: int) -> float:
        cycle, which = divmod(i, len(self.offsets))
        return self.first + cycle * (self.every or 0.0) + self.offsets[which]

    def before(self, day: float) -> int:
        """How many doses come before a day; one on the day itself is not counted (it treats nobody before the end)."""
        if self.every is None:
            return sum(t < day - _SAME for t in self.times)
        each = (math.ceil((day - self.first - o) / self.every - _SAME) for o in self.offsets)
        return sum(max(0, n) for n in each)

    def up_to(self, day: float) -> int:
        """How many doses come up to a day, and on it."""
        if self.every is None:
            return sum(t <= day + _SAME for t in self.times)
        each = (math.floor((day - self.first - o) / self.every + _SAME) + 1 for o in self.offsets)
        return sum(max(0, n) for n in each)

    def counted(self, count: int) -> "Doses":
        """So many of these doses. Raises `NicheError` for none, or more than can be simulated."""
        if not 0 < count <= MOST_DOSES:
            raise NicheError(f"regimen '{self}': {count} doses; between 1 and {MOST_DOSES} are possible")
        if self.every is None:
            return replace(self, offsets=self.offsets[:count])
        return replace(self, count=count)

    def text(self, begins: bool) -> str:
        """As a regimen is written.

        Parameters
        ----------
        begins
            whether the day on which it begins is said
        """
        parts = [str(self.amount), self.route]
        parts += [f"over {units.time_text(self.over)}"] if self.over else []
        if self.every is None:
            days = [self.first + offset for offset in self.offsets]
            parts += [f"on day{'s' * (len(days) > 1)} {_days_text(days)}"] if begins or days != [0.0] else []
            return " ".join(parts)
        again = _OFTEN.get(self.every) or f"every {units.time_text(self.every).removeprefix('1 ')}"
        cycle = len(self.offsets) > 1
        if cycle or (self.first and not begins):
            days = list(self.offsets) if cycle else [self.first]
            again = f"on day{'s' * cycle} {_days_text(days)} of every {units.time_text(self.every)}"
        parts += [again, *([f"from day {units.digits(self.first)}"] if begins else [])]
        parts += [] if self.count is None else [f"for {self.count} doses" if cycle else f"x {self.count}"]
        return " ".join(parts)

    def __str__(self) -> str:
        return self.text(begins=self.first != 0)


@dataclass(frozen=True)
class Regimen:
    """Doses of one drug, one stretch of equal doses after the other.

    Attributes
    ----------
    dated
        whether it says on which day it begins. One that does not begins when treatment does (`starting`)
    """

    parts: tuple[Doses, ...]
    dated: bool = False

    @cached_property
    def times(self) -> tuple[float, ...]:
        """Days of all doses. Raises `NicheError` for repeats without an end (see `ending`)."""
        return tuple(sorted(t for part in self.parts for t in part.times))

    @property
    def first(self) -> float:
        """Day of the first dose."""
        return min(part.first + part.offsets[0] for part in self.parts)

    @property
    def last(self) -> float:
        """The day on which the last dose has been given and, if it is repeated, has had its interval."""
        return max(part.last for part in self.parts)

    def ending(self, until: float | str) -> "Regimen":
        """The same; if it repeats without an end, with the doses before `until` (days from the start).

        Raises
        ------
        NicheError
            if none of its doses comes before, or too many
        """
        *before, last = self.parts
        if last.every is None or last.count is not None:
            return self
        return replace(self, parts=(*before, last.counted(last.before(units.days(until, f"regimen '{self}', until")))))

    def given_by(self, day: float) -> "Regimen":
        """The doses up to a day, and on it. Raises `NicheError` if there are none."""
        counts = [(part, part.up_to(day)) for part in self.parts]
        parts = tuple(part.counted(min(n, part.count or n)) for part, n in counts if n)
        if not parts:
            raise NicheError(f"regimen '{self}' has no dose by day {day:g}")
        return replace(self, parts=parts)

    def starting(self, day: float) -> "Regimen":
        """The same from a day on, if it does not say itself when it begins."""
        if self.dated:
            return self
        return Regimen(tuple(replace(part, first=part.first + day) for part in self.parts), dated=True)

    def on_surface(self, surface: float) -> "Regimen":
        """The same with doses per body surface as doses in mg, of a body of so many m2."""
        each = (
            replace(part, amount=Amount(part.amount.value * surface, "mg")) if part.amount.unit == "mg/m2" else part
            for part in self.parts
        )
        return replace(self, parts=tuple(each))

    def __str__(self) -> str:
        first, *more = self.parts
        return " then ".join([first.text(self.dated), *(part.text(begins=True) for part in more)])


def check_together(regimens: Sequence[Regimen], name: str) -> None:
    """Raises `NicheError` if two repeated regimens of one drug run at the same time: which one is meant?"""
    repeated = [(part, i) for i, one in enumerate(regimens) for part in one.parts if part.every is not None]
    repeated.sort(key=lambda pair: pair[0].first + pair[0].offsets[0])
    for n, (one, i) in enumerate(repeated):
        for two, j in repeated[n + 1 :]:
            begins = two.first + two.offsets[0]
            if i != j and begins < one.last - _SAME:
                raise NicheError(
                    f"{name}: '{one}' still runs on day {begins:g}, when '{two}' begins; "
                    "end the first before, or say one regimen"
                )


def _days_text(days: Sequence[float]) -> str:
    """Days as on a chart: "1, 8, 15", and "1-5" for one after the other."""
    runs: list[list[float]] = []
    for day in days:
        follows = runs and day == runs[-1][-1] + 1 and all(d == int(d) for d in (day, runs[-1][-1]))
        if follows:
            runs[-1].append(day)
        else:
            runs.append([day])
    texts = [
        [f"{units.digits(run[0])}-{units.digits(run[-1])}"] if len(run) > 2 else [units.digits(day) for day in run]
        for run in runs
    ]
    return ", ".join(text for run in texts for text in run)
