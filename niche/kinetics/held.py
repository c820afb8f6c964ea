"""Drugs whose kinetics were not found (a level held at a stated dose), and lesions (what is removed, what returns)."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, ClassVar

from niche.errors import NicheError, known, unknown
from niche.params.records import KINDS, Parameter, read_entries

_FACTS = {"half_life": "day", "unbound": "1", "efficacy": "1"}
_SUSTAINED = {"tier", "about", "system", "why", "held", "numbers"}
_LESION = {"tier", "about", "given", "removes"}
_REMOVAL = {"what", "species", "left", "onset", "half_time", "never"}


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

    why : what was looked for and not found; held : by the name of the target; numbers : what else is known
        (half_life [days], unbound share, efficacy of an agonist)
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

    never : why it does not return (then half_time is None); kind : of the statement about the return
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


def read_sustained(name: str, content: dict, where: str, source: str) -> Sustained:
    """A drug of tier sustained. Raises `NicheError` for one that lacks a level, a dose or the reason."""
    known(content, _SUSTAINED, where)
    why = _text(content, "why", where, "tier sustained")
    held = {}
    for target, given in _mapping(content, "held", where, "tier sustained").items():
        here = f"{where}, held, {target}"
        known(given, {"dose", "over_kd"}, here)
        dose = _text(given, "dose", here, "a level")
        read = read_entries({"over_kd": given.get("over_kd")}, name, here, source, {"over_kd": "1"})
        held[target] = TargetLevel(target, dose, read["over_kd"])
    numbers = read_entries(content.get("numbers") or {}, name, f"{where}, numbers", source, _FACTS)
    return Sustained(
        name,
        str(content.get("about") or ""),
        _text(content, "system", where, "tier sustained"),
        why,
        MappingProxyType(held),
        MappingProxyType(numbers),
    )


def read_lesion(name: str, content: dict, where: str, source: str) -> Lesion:
    """A lesion. Raises `NicheError` for one that does not say what is removed, or when it returns."""
    known(content, _LESION, where)
    given = content.get("removes")
    if not isinstance(given, list) or not given:
        raise NicheError(f"{where}: tier lesion needs removes: a list of what is gone, the share left and its return")
    removes = tuple(_removal(name, one, f"{where}, removes {i + 1}", source) for i, one in enumerate(given))
    return Lesion(name, str(content.get("about") or ""), _text(content, "given", where, "tier lesion"), removes)


def _removal(name: str, one: Any, where: str, source: str) -> Removal:
    known(one, _REMOVAL, where)
    what, species = (_text(one, key, where, "a lesion") for key in ("what", "species"))
    if ("half_time" in one) == ("never" in one):
        raise NicheError(f"{where}: say when it returns, by half_time or never: {{kind, source}}")
    block = {key: one[key] for key in ("left", "onset", "half_time") if key in one}
    if "left" not in block:
        raise NicheError(f"{where}: a lesion needs left, the share that remains")
    read = read_entries(block, name, where, source, {"left": "1", "onset": "day", "half_time": "day"})
    never, kind = "", ""
    if "never" in one:
        known(one["never"], {"kind", "source", "note"}, f"{where}, never")
        kind = str(one["never"].get("kind"))
        if kind not in KINDS:
            raise NicheError(f"{where}, never: {unknown('kind', kind, KINDS)}")
        never = " ".join(str(one["never"].get(key) or "") for key in ("source", "note")).strip() or source
    return Removal(what, species, read["left"], read.get("onset"), read.get("half_time"), never, kind)


def _mapping(content: dict, key: str, where: str, who: str) -> dict:
    found = content.get(key)
    if not isinstance(found, dict) or not found:
        raise NicheError(f"{where}: {who} needs {key}")
    return found


def _text(content: dict, key: str, where: str, who: str) -> str:
    found = content.get(key)
    if not isinstance(found, str) or not found.strip():
        raise NicheError(f"{where}: {who} needs {key}, as text")
    return " ".join(found.split())
