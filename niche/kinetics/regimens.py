"""Regimens as people write them: "120 mg sc every 4 weeks from day 28 for 2 years"."""

import math
import re
from dataclasses import dataclass
from itertools import pairwise

from niche import units
from niche.errors import NicheError, unknown

ROUTES = {
    "po": "po",
    "oral": "po",
    "orally": "po",
    "sc": "sc",
    "subcutaneous": "sc",
    "subcutaneously": "sc",
    "iv": "iv",
    "intravenous": "iv",
    "intravenously": "iv",
    "im": "im",
    "intramuscular": "im",
    "ip": "ip",
    "intraperitoneal": "ip",
}
_EVERY = {"daily": 1.0, "once daily": 1.0, "twice daily": 0.5, "three times daily": 1 / 3, "weekly": 7.0}
_MOST = 20_000
_NUMBER = r"(?:\d+\.?\d*|\.\d+)"
_TIME = rf"{_NUMBER}\s*[A-Za-z]+|[A-Za-z]+"
_CLAUSES = {
    "over": rf"over\s+(?P<over>{_NUMBER}\s*[A-Za-z]+)",
    "every": rf"every\s+(?P<every>{_TIME})",
    "often": r"(?P<often>once daily|twice daily|three times daily|daily|weekly)",
    "on": rf"on\s+day\s+(?P<on>{_NUMBER})",
    "from": rf"from\s+(?:day\s+(?P<from>{_NUMBER})|(?P<from2>{_NUMBER}\s*[A-Za-z]+))",
    "for": rf"for\s+(?P<for>{_NUMBER}\s*[A-Za-z]+)",
    "times": r"(?:x\s*(?P<times>\d+)|(?P<times2>\d+)\s+(?:times|doses))",
}
_NEXT = re.compile(r"\s*(?:" + "|".join(_CLAUSES.values()) + r")(?=\s|$)", re.IGNORECASE)
_DOSE = re.compile(rf"\s*([-+]?{_NUMBER})\s*([^\s\d]\S*)\s+([A-Za-z]+)\b", re.IGNORECASE)


@dataclass(frozen=True)
class Regimen:
    """Equal doses of one drug: `amount` in mg (or mg per kg of body mass), at `times` [days], each over `over` days."""

    text: str
    amount: float
    per_kg: bool
    route: str
    times: tuple[float, ...]
    gap: float | None = None
    over: float = 0.0

    @property
    def last(self) -> float:
        """The day on which the last dose has been given and, if it is repeated, has had its interval."""
        return self.times[-1] + max(self.over, self.gap or 0.0)


def regimen(text: str, until: float | str | None = None) -> Regimen:
    """Read a regimen.

    text : "AMOUNT ROUTE [over TIME] [every TIME | daily | twice daily | on day N] [from day N] [for TIME | x N]", such
        as "4 mg iv over 15 min every 4 weeks for 1 year", "1.5 mg/kg po every 12 h", "60 mg sc every 6 months x 8"
    until : the end of a regimen that repeats and does not say for how long
    raises : NicheError for a dose without unit or route, an unknown route (with the nearest name), an interval that is
        not above 0, or words that cannot be read
    """
    if not isinstance(text, str):
        raise NicheError(f"a regimen is text like '120 mg sc every 4 weeks', got {text!r}")
    head = _DOSE.match(text)
    if head is None or head[2].lower() in ROUTES:
        raise NicheError(
            f"regimen {text!r}: begin with a dose that has a unit and a route, like '120 mg sc' or '2 mg/kg iv'"
        )
    amount, per_kg = _amount(head[1], head[2], text)
    if head[3].lower() not in ROUTES:
        raise NicheError(f"regimen {text!r}: {unknown('route', head[3], ROUTES)}")
    said = _clauses(text, head.end())
    over = units.days(said["over"], f"regimen {text!r}, over") if "over" in said else 0.0
    route = ROUTES[head[3].lower()]
    if over and route != "iv":
        raise NicheError(f"regimen {text!r}: only an intravenous dose runs in over a time, not {route}")
    times, gap = _times(said, text, until)
    if gap is not None and over > gap:
        raise NicheError(f"regimen {text!r}: a dose that runs in over {over:g} days is given every {gap:g} days")
    return Regimen(text, amount, per_kg, route, times, gap, over)


def _amount(number: str, unit: str, text: str) -> tuple[float, bool]:
    per_kg = "/" in unit
    value = units.quantity(f"{number} {unit}", "mg/kg" if per_kg else "mg", f"dose of the regimen {text!r}")
    if value < 0:
        raise NicheError(f"regimen {text!r}: a dose cannot be negative")
    return value, per_kg


def _clauses(text: str, position: int) -> dict[str, str]:
    said: dict[str, str] = {}
    while text[position:].strip(" ,."):
        match = _NEXT.match(text, position)
        if match is None:
            raise NicheError(
                f"regimen {text!r}: cannot read {text[position:].strip()!r}; "
                "say 'every 4 weeks', 'twice daily', 'from day 28', 'for 2 years', 'x 8', 'on day 7' or 'over 15 min'"
            )
        for name, value in match.groupdict().items():
            if value is not None:
                name = name.removesuffix("2")
                if name in said:
                    raise NicheError(f"regimen {text!r} says {name!r} twice")
                said[name] = value
        position = match.end()
    return said


def _times(said: dict[str, str], text: str, until: float | str | None) -> tuple[tuple[float, ...], float | None]:
    """Days of the doses, and the interval between them (None for a single one)."""
    where = f"regimen {text!r}"
    repeats = [name for name in ("every", "often") if name in said]
    if len(repeats) > 1 or (repeats and "on" in said):
        raise NicheError(f"{where} says twice when it is given")
    if not repeats:
        for name in ("for", "times", "from"):
            if name in said:
                raise NicheError(f"{where}: {name!r} needs to know how often; say 'every ...' or 'daily'")
        return (float(said.get("on", 0.0)),), None
    gap = _EVERY[said["often"].lower()] if "often" in said else _interval(said["every"], where)
    if not gap > 0:
        raise NicheError(f"{where}: the interval between doses must be above 0, got {gap:g} days")
    first = _start(said.get("from", "0"), where)
    if "times" in said and "for" in said:
        raise NicheError(f"{where} says both for how long and how many times")
    if "times" in said:
        count = int(said["times"])
    else:
        if "for" in said:
            length = units.days(said["for"], f"{where}, for")
        elif until is not None:
            length = units.days(until, f"{where}, until") - first
        else:
            raise NicheError(f"{where} repeats without an end; say 'for 2 years' or 'x 8'")
        count = math.ceil(length / gap - 1e-9)
    if not 0 < count <= _MOST:
        raise NicheError(f"{where}: {count} doses; between 1 and {_MOST} are possible")
    return tuple(first + i * gap for i in range(count)), gap


def _interval(text: str, where: str) -> float:
    return units.days(text if text[0].isdigit() or text[0] == "." else f"1 {text}", f"{where}, every")


def _start(text: str, where: str) -> float:
    return float(text) if re.fullmatch(_NUMBER, text) else units.days(text, f"{where}, from")


def check_together(regimens: list[Regimen], name: str) -> None:
    """Raises `NicheError` if two repeated regimens of one drug run at the same time: which one is meant?"""
    repeated = sorted((r for r in regimens if r.gap is not None), key=lambda r: r.times[0])
    for one, two in pairwise(repeated):
        if two.times[0] < one.last - 1e-9:
            raise NicheError(
                f"{name}: {one.text!r} still runs on day {two.times[0]:g}, when {two.text!r} begins; "
                "end the first before, or say one regimen"
            )
