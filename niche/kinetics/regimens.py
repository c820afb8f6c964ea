"""Regimens as people write them: "120 mg sc every 4 weeks from day 28 for 2 years". Text is read here and nowhere else.

Days are those of the simulation, which begins on day 0: "on day 1" is 24 hours after the start. A ward chart calls its
first day 1; written with the same numbers here, all its doses come a day later, with the same days between them.
"""

import re

from niche.amounts import DOSES, Amount, read_amount
from niche.errors import NicheError, shown, unknown
from niche.kinetics import clauses
from niche.kinetics.clauses import ROUTES as ROUTES
from niche.kinetics.doses import Doses as Doses
from niche.kinetics.doses import Regimen as Regimen
from niche.kinetics.doses import check_together as check_together

_LONGEST = 10_000  # characters
_THEN = re.compile(r"[\s,;]*\b(?:and\s+)?(?:then|followed\s+by)\b[\s,:]*", re.IGNORECASE)
_DOTTED = re.compile(r"\b(s)\.\s?c\b\.?|\b(i)\.\s?([vmp])\b\.?|\b(p)\.\s?o\b\.?", re.IGNORECASE)
_DOSE = re.compile(
    rf"\s*([-+]?{clauses.NUMBER})\s*([^\s\d/,;][^\s,;]*(?:\s*/\s*[^\s/,;]+|\s+per\s+[^\s,;]+|\s+[A-Za-z\u00b5\u03bc]+"
    r"(?:\^?-|\u207b)[^\s,;]+)*)",
    re.IGNORECASE,
)
_SAYS = (
    "say 'every 4 weeks', 'twice daily', 'q4w', 'from day 28', 'for 2 years', 'x 8', 'on days 1, 8, 15', "
    "'on days 1, 8, 15 of every 28 days', 'until day 90' or 'over 15 min'"
)


def regimen(text: "str | Regimen", until: float | str | None = None) -> Regimen:
    """Read a regimen.

    Parameters
    ----------
    text
        "AMOUNT ROUTE [over TIME] [every TIME | q4w | twice daily | three times a week | on days 1, 8, 15 [of
        every 28 days]] [from day N] [for TIME | until day N | x N] [then ...]", such as "4 mg iv over 15 min
        every 4 weeks for 1 year", "1.5 mg/kg po every 12 h", "8 mg/kg iv then 6 mg/kg every 3 weeks". A
        `Regimen` passes
    until
        the end of a regimen that repeats and does not say for how long; None leaves it open

    Returns
    -------
    Regimen
        a `Regimen`; `str` of it is read as the same again

    Raises
    ------
    NicheError
        for a dose without unit or route, an unknown route (with the nearest name), an interval that is not
        above 0, or words that cannot be read
    """
    if isinstance(text, Regimen):
        return text if until is None else text.ending(until)
    if not isinstance(text, str):
        raise NicheError(f"a regimen is text like '120 mg sc every 4 weeks', got {shown(text)}")
    where = f"regimen {shown(text)}"
    if len(text) > _LONGEST:
        raise NicheError(f"{where}: longer than {_LONGEST} characters")
    plain = _DOTTED.sub(_undotted, text.replace("\u00d7", "x").replace("\u2212", "-"))
    written = [_part(one, where, first=not i) for i, one in enumerate(_THEN.split(plain))]
    amounts = [amount for amount, _ in written]
    said = [each for _, each in written]
    for i, each in enumerate(said):
        if i and not each and amounts[i] is None:
            raise NicheError(f"{where}: nothing follows 'then'")
        _how(said, i, where)
        amounts[i] = amounts[i] or amounts[i - 1]
    parts: list[Doses] = []
    end = None  # of the stretch before, where it was said
    for amount, each in zip(amounts, said, strict=True):
        assert amount is not None
        end = _follow(parts, _doses(amount, each, parts, end, where), each, where)
    named = "from" in said[0] or ("on" in said[0] and parts[0].every is None)  # days of a cycle say no beginning
    made = Regimen(tuple(parts), dated=named)
    return made if until is None else made.ending(until)


def _undotted(found: re.Match[str]) -> str:
    return re.sub(r"[.\s]", "", found[0]) + (" " if found[0].endswith(" ") else "")


def _part(text: str, where: str, first: bool) -> tuple[Amount | None, dict[str, str]]:
    """The amount of a stretch of doses (None if it is that of the one before), and what else is said of it."""
    head = _DOSE.match(text)
    if head is not None and not first and re.match(r"\s*\d+\s*(?:x|times|doses)\b", text):
        head = None
    if head is None or head[2].lower() in ROUTES:
        if first or head is not None:
            raise NicheError(
                f"{where}: begin with a dose that has a unit and a route, like '120 mg sc' or '2 mg/kg iv'"
            )
        amount, rest = None, text
    else:
        amount = read_amount(f"{head[1]} {head[2].rstrip('.')}", DOSES, f"dose of the {where}")
        rest = text[head.end() :]
    said, left = clauses.clauses(rest, where)
    if left:
        word = left.split()[0]
        near = unknown("route", word, ROUTES)
        if "route" not in said and "did you mean" in str(near):
            raise NicheError(f"{where}: {near}")
        raise NicheError(f"{where}: cannot read {shown(left)}; {_SAYS}")
    return amount, said


def _how(said: list[dict[str, str]], i: int, where: str) -> None:
    """Route and time of running in: where a stretch does not say its route, those of the one before, or after."""
    if "route" not in said[i]:
        known: list[dict[str, str]] = [*reversed(said[:i]), *said[i + 1 :]]
        other = next((one for one in known if "route" in one), None)
        if other is None:
            raise NicheError(
                f"{where}: begin with a dose that has a unit and a route, like '120 mg sc' or '2 mg/kg iv'; "
                f"routes are {', '.join(sorted(set(ROUTES.values())))}"
            )
        how = {key: other[key] for key in ("route", "over") if key in other}
        said[i] = how | said[i]


def _doses(amount: Amount, said: dict[str, str], before: list[Doses], end: float | None, where: str) -> Doses:
    """One stretch of equal doses, its end not counted yet."""
    route = ROUTES[re.sub(r"\s+", " ", said["route"].lower())]
    over = clauses.span(said["over"], f"{where}, over") if "over" in said else 0.0
    if over and route != "iv":
        raise NicheError(f"{where}: only an intravenous dose runs in over a time, not {route}")
    gap = clauses.interval(said, where)
    offsets: tuple[float, ...] = (0.0,)
    every = gap
    if "on" in said:
        offsets, every = _listed(said, gap, where)
    for name in ("for", "times", "from", "until"):
        if name in said and every is None:
            raise NicheError(f"{where}: {name!r} needs to know how often; say 'every ...' or 'daily'")
    if "once" in said and every is not None and "every" not in said:
        raise NicheError(f"{where} says both once and how often")
    first = clauses.day_of(said["from"], f"{where}, from") if "from" in said else 0.0
    if before and "from" not in said and not ("on" in said and gap is None and "of" not in said):
        after = _after(before[-1], every, where)
        first = after if end is None else end
    if len(offsets) == 1 and every is not None:
        first, offsets = first + offsets[0], (0.0,)
    found = Doses(amount, route, first, offsets, every, None, over)
    if found.closest is not None and over > found.closest:
        raise NicheError(f"{where}: a dose that runs in over {over:g} days is given every {found.closest:g} days")
    return found


def _listed(said: dict[str, str], gap: float | None, where: str) -> tuple[tuple[float, ...], float | None]:
    """The days of a list, and after how many days they come again: "on days 1, 8 of every 28 days", or "d1,8 q28d"."""
    days = clauses.listed(said, where)
    every = clauses.above_zero(clauses.span(said["of"], f"{where}, of every"), where) if "of" in said else None
    if gap is not None and gap <= 1 and round(1 / gap) * gap == 1:  # twice daily on days 1-14
        days = tuple(day + i * gap for day in days for i in range(round(1 / gap)))
    elif gap is not None and every is not None:
        raise NicheError(f"{where} says twice when it is given")
    else:
        every = gap if every is None else every
    if every is not None and days[-1] - days[0] >= every:
        raise NicheError(f"{where}: days {days[0]:g} to {days[-1]:g} do not fit into {every:g} days")
    return days, every


def _after(before: Doses, every: float | None, where: str) -> float:
    """The day of the first dose of a stretch that does not say so: one interval of its own after the last dose."""
    if every is None:
        raise NicheError(f"{where}: when is the dose after 'then' given? Say 'on day 7' or 'every ...'")
    if before.every is not None and before.count is None:
        raise NicheError(f"{where}: for how long is the first given before 'then'? Say 'for 8 weeks' or 'x 2'")
    return before.times[-1] + every


def _follow(parts: list[Doses], found: Doses, said: dict[str, str], where: str) -> float | None:
    """Count the doses of a stretch and set it behind those before it. Returns the day on which it ends, if "for ..."
    says that."""
    if parts:
        before = parts[-1]
        begins = found.first + found.offsets[0]
        if before.every is not None and before.count is None:
            parts[-1] = before = before.counted(before.before(begins))
        if begins <= before.times[-1]:
            raise NicheError(f"{where}: what follows 'then' begins on day {begins:g}, before the first has ended")
    ends = [name for name in ("for", "times", "until") if name in said]
    if len(ends) > 1:
        raise NicheError(f"{where} says both for how long and how many times")
    end = None
    if "for" in said:
        end = found.first + clauses.span(said["for"], f"{where}, for")
        found = found.counted(found.before(end))
    elif "until" in said:
        found = found.counted(found.up_to(clauses.day_of(said["until"], f"{where}, until")))
    elif "times" in said:
        number = clauses.read_number(said["times"], where)
        if number != int(number):
            raise NicheError(f"{where}: {said['times']!r} is no number of doses")
        whole = len(found.offsets) > 1 and said.get("what", "cycle").lower().startswith("cycle")
        found = found.counted(int(number) * (len(found.offsets) if whole else 1))
    parts.append(found)
    return end
