"""Drugs whose kinetics were not found (a level held at a stated dose), and lesions (what is removed, what returns)."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

from niche.frozen import Frozen
from niche.kinetics.files import LesionEntry, RemovalEntry, SustainedEntry
from niche.params.records import Parameter, read_entries

_FACTS = {"half_life": "day", "unbound": "1", "efficacy": "1"}


@dataclass(frozen=True)
class TargetLevel:
    """A level over one target at one dose: `over_kd`, unbound level over affinity, is the number that is stored."""

    target: str
    dose: str
    over_kd: Parameter

    @property
    def share(self) -> float:
        """Share of the target that is held without a competitor."""
        return self.over_kd.value / (1 + self.over_kd.value)


@dataclass(frozen=True)
class Sustained:
    """A drug taken as a level that lasts as long as it is given.

    Attributes
    ----------
    why
        what was looked for and not found
    held
        by the name of the target
    numbers
        what else is known (half_life [days], unbound share, efficacy of an agonist)
    """

    tier: ClassVar[str] = "sustained"
    name: str
    about: str
    system: str
    why: str
    held: Mapping[str, TargetLevel]
    numbers: Mapping[str, Parameter]

    def parameters(self) -> list[Parameter]:
        """Every number."""
        return [*(one.over_kd for one in self.held.values()), *self.numbers.values()]

    @property
    def instead(self) -> str:
        """What the table holds for it, in a sentence."""
        levels = [f"{h.over_kd.value:g} Kd at {h.target} with {h.dose} ({h.over_kd.kind})" for h in self.held.values()]
        return f"The table holds a level that lasts: {'; '.join(levels)}. {self.why}"


@dataclass(frozen=True)
class Removal:
    """What a lesion takes away: the share `left` from `onset` [days] on; half is back `half_time` [days] later.

    Attributes
    ----------
    never
        why it does not return (then half_time is None)
    kind
        of the statement about the return
    """

    what: str
    species: str
    left: Parameter
    onset: Parameter | None
    half_time: Parameter | None
    never: str
    never_kind: str

    def left_at(self, day: float) -> float:
        """Share left on a day after the lesion; what returns does so exponentially, half of the loss in `half_time`."""
        late = day - (self.onset.value if self.onset else 0.0)
        if day < 0 or late < 0:
            return 1.0
        back = 0.0 if self.half_time is None else 1 - 0.5 ** (late / self.half_time.value)
        return self.left.value + (1 - self.left.value) * back


@dataclass(frozen=True)
class Lesion:
    """An operation or a poison: `given` says how, `removes` what is gone and what returns."""

    tier: ClassVar[str] = "lesion"
    name: str
    about: str
    given: str
    removes: tuple[Removal, ...]

    def parameters(self) -> list[Parameter]:
        """Every number."""
        each = [entry for one in self.removes for entry in (one.left, one.onset, one.half_time)]
        return [entry for entry in each if entry is not None]

    @property
    def instead(self) -> str:
        """What the table holds for it, in a sentence."""
        return "The table holds what it removes: " + "; ".join(_said(one) for one in self.removes) + "."


def _said(one: Removal) -> str:
    if one.left.value >= 1:
        return f"{one.what} untouched ({one.species})"
    back = f"half back after {one.half_time.value:g} days" if one.half_time else "for good"
    return f"{one.left.value:g} of {one.what} left ({one.species}), {back}"


def read_sustained(name: str, entry: SustainedEntry, where: str, source: str) -> Sustained:
    """A drug of tier sustained. Raises `NicheError` for a number that will not do."""
    held = {}
    for target, level in entry.held.items():
        place = f"{where}, held, {target}"
        read = read_entries({"over_kd": level.over_kd}, name, place, source, {"over_kd": "1"})
        held[target] = TargetLevel(target, one_line(level.dose), read["over_kd"])
    return Sustained(
        name,
        entry.about,
        one_line(entry.system),
        one_line(entry.why),
        Frozen(held),
        Frozen(read_entries(entry.numbers, name, f"{where}, numbers", source, _FACTS)),
    )


def read_lesion(name: str, entry: LesionEntry, where: str, source: str) -> Lesion:
    """A lesion. Raises `NicheError` for a number that will not do."""
    removes = tuple(
        _removal(name, one, f"{where}, removes, item {i}", source) for i, one in enumerate(entry.removes, 1)
    )
    return Lesion(name, entry.about, one_line(entry.given), removes)


def _removal(name: str, one: RemovalEntry, where: str, source: str) -> Removal:
    block = {"left": one.left, "onset": one.onset, "half_time": one.half_time}
    given = {key: entry for key, entry in block.items() if entry is not None}
    read = read_entries(given, name, where, source, {"left": "1", "onset": "day", "half_time": "day"})
    never, kind = "", ""
    if one.never is not None:
        kind, never = one.never.kind, one_line(f"{one.never.source} {one.never.note}") or source
    return Removal(
        one_line(one.what),
        one_line(one.species),
        read["left"],
        read.get("onset"),
        read.get("half_time"),
        never,
        kind,
    )


def one_line(text: str) -> str:
    """Text without the breaks of its file."""
    return " ".join(text.split())
