"""The words of a ward chart: what can follow a dose, and how often each abbreviation is."""

import math
import re
from collections.abc import Mapping

from niche import units
from niche.errors import NicheError, shown
from niche.frozen import Frozen

ROUTES: Mapping[str, str] = Frozen(
    {
        "po": "po",
        "oral": "po",
        "orally": "po",
        "per os": "po",
        "by mouth": "po",
        "sc": "sc",
        "subcut": "sc",
        "subcutaneous": "sc",
        "subcutaneously": "sc",
        "iv": "iv",
        "intravenous": "iv",
        "intravenously": "iv",
        "im": "im",
        "intramuscular": "im",
        "intramuscularly": "im",
        "ip": "ip",
        "intraperitoneal": "ip",
        "intraperitoneally": "ip",
    }
)
NUMBER = r"(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?"
COUNTED = ("one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve")
_COUNT = rf"(?:{NUMBER}|an?\b|{'|'.join(COUNTED)})"
_TIME = rf"{_COUNT}\s*[A-Za-z]+"
_DAY = rf"(?:days?\s+{NUMBER}|weeks?\s+{NUMBER}|{_TIME})"
_UNIT = r"(?:h|hrs?|hours?|d|days?|w|wks?|weeks?|mos?|months?|y|yrs?|years?)"
_PERIOD = r"(?:daily|nightly|weekly|monthly|yearly|annually|(?:a|per|each|every|/)\s*(?:day|week|month|year))"
_COUNTS = r"(?:doses?|times|cycles?)"
_FROM_TO = rf"{NUMBER}(?:\s*(?:-|\u2013|to)\s*{NUMBER})?"
_LISTED = (
    rf"(?:\s*(?:,|;|&|\band\b)\s*(?:and\s+)?(?:days?\s*|d\s*)?{_FROM_TO}|\s+{_FROM_TO}(?!\s*(?:{_COUNTS}|{_UNIT})\b))"
)
_ALONE = "daily|nightly|weekly|monthly|yearly|annually|fortnightly"
_REPEATS = ("every", "often", "latin")
_CLAUSES = {
    "route": rf"(?P<route>{'|'.join(sorted(ROUTES, key=len, reverse=True))})(?:\s+(?:infusion|injections?|bolus))?",
    "over": rf"over\s+(?P<over>{_TIME})",
    "latin": rf"(?P<latin>q\s*(?:{NUMBER}\s*)?{_UNIT}|[bt]\.?i\.?d|bd|tds|q\.?[io]\.?d|qds|q\.?d)\b\.?",
    "often": rf"(?P<often>(?:once|twice|thrice|{_COUNT}\s*(?:times|x))\s*{_PERIOD}|{_ALONE})",
    "every": rf"(?:every|each)\s+(?P<every>(?:other|second|alternate)\s+[A-Za-z]+|{_TIME}|[A-Za-z]+)",
    "on": rf"(?:(?:on|at)\s+)?(?P<listed>days?|weeks?|d)\s*(?P<on>{_FROM_TO}{_LISTED}*)"
    rf"(?:\s+(?:of|in)\s+(?:(?:every|each|an?)\s+)?(?P<of>{_TIME})(?:\s+cycles?)?)?",
    "from": rf"(?:from|(?:starting|beginning)(?:\s+(?:on|at|from))?)\s+(?P<from>{_DAY})",
    "until": rf"(?:until|till|up\s+to|to|through)\s+(?P<until>{_DAY})",
    "for": rf"(?:for|x)\s*(?P<for>{_COUNT}\s*{_UNIT})",
    "times": rf"(?:(?:for|x)\s*(?P<times>{_COUNT})(?:\s*(?P<what>{_COUNTS}))?"
    rf"|(?P<times2>{_COUNT})\s*(?P<what2>{_COUNTS}))",
    "once": r"(?P<once>once(?:\s+only)?|single\s+dose|stat)",
}
_NEXT = [re.compile(rf"[\s,;]*(?:{one})(?=[\s,;.]|$)", re.IGNORECASE) for one in _CLAUSES.values()]
_UNCLEAR = re.compile(r"[\s,;]*(?P<word>bi-?weekly|bi-?monthly|bi-?annual(?:ly)?|biw|q\s*\d*\s*m|prn)\b", re.IGNORECASE)
_BETWEEN = re.compile(r"^[\s,;.]+|[\s,;.]+$")
_MOST_LISTED = 400
_LARGEST = 1e7
_SHORTEST = 1e-5  # days, about a second
_LATIN = {"qd": 1.0, "bd": 0.5, "bid": 0.5, "tid": 1 / 3, "tds": 1 / 3, "qid": 0.25, "qds": 0.25, "qod": 2.0}
_PER = {"fortnight": 336.0, "day": 24.0, "night": 24.0, "week": 168.0, "month": 730.5, "year": 8766.0}  # hours


def clauses(text: str, where: str) -> tuple[dict[str, str], str]:
    """What is said, by its kind, as it is written; and the rest that cannot be read.

    Raises
    ------
    NicheError
        for what is said twice, or what means two things to two readers
    """
    said: dict[str, str] = {}
    while _BETWEEN.sub("", text):
        unclear = _UNCLEAR.match(text)
        if unclear:
            raise NicheError(f"{where}: {unclear['word']!r} can be read in two ways; write 'twice a week' or the like")
        match = next((found for one in _NEXT if (found := one.match(text))), None)
        if match is None:
            break
        for name, value in match.groupdict().items():
            if value is not None:
                kind = name.removesuffix("2")
                if kind in said and kind in _REPEATS:
                    raise NicheError(f"{where} says twice when it is given")
                if kind in said:
                    raise NicheError(f"{where} says {kind!r} twice")
                said[kind] = value
        text = text[match.end() :]
    return said, _BETWEEN.sub("", text)


def interval(said: Mapping[str, str], where: str) -> float | None:
    """Days between doses, None if they are not repeated. Raises `NicheError` if it is said twice, or not above 0."""
    given = [name for name in _REPEATS if name in said]
    if not given:
        return None
    if len(given) > 1:
        raise NicheError(f"{where} says twice when it is given")
    gap = {"every": _every, "often": _often, "latin": _latin}[given[0]](said[given[0]], where)
    return above_zero(gap, where)


def above_zero(gap: float, where: str) -> float:
    """An interval between doses. Raises `NicheError` for none, or one that nobody can mean."""
    if not _SHORTEST <= gap <= _LARGEST:
        raise NicheError(f"{where}: the interval between doses must be above 0 (and below 1e7), got {gap:g} days")
    return gap


def read_number(text: str, where: str) -> float:
    """A number, in digits or as a word. Raises `NicheError` for one that is too large to be meant."""
    word = text.strip().lower()
    number = 1.0 if word in ("a", "an") else float(COUNTED.index(word) + 1) if word in COUNTED else float(word)
    if number > _LARGEST:
        raise NicheError(f"{where}: {shown(text)} is too large; at most {_LARGEST:g} can be meant")
    return number


def span(text: str, where: str) -> float:
    """A time [days] such as "4 weeks", "a year", "15 min"."""
    number, unit = re.fullmatch(rf"({_COUNT})\s*([A-Za-z]+)", text.strip(), re.IGNORECASE).groups()  # type: ignore[union-attr]
    found = units.days(f"{read_number(number, where)!r} {unit}", where)
    if found > _LARGEST:
        raise NicheError(f"{where}: {shown(text)} is too long; at most {_LARGEST:g} days can be meant")
    return found


def day_of(text: str, where: str) -> float:
    """A day: "day 28", "week 4", or a time from the start ("2 weeks")."""
    named = re.fullmatch(rf"(day|week)s?\s+({NUMBER})", text.strip(), re.IGNORECASE)
    return read_number(named[2], where) * (7.0 if named[1].lower() == "week" else 1.0) if named else span(text, where)


def listed(said: Mapping[str, str], where: str) -> tuple[float, ...]:
    """The days of a list such as "1, 8 and 15" or "1-5", in order. Raises `NicheError` for one said twice."""
    times = 7.0 if said["listed"].lower().startswith("week") else 1.0
    days: list[float] = []
    for low, high in re.findall(rf"({NUMBER})(?:\s*(?:-|\u2013|to)\s*({NUMBER}))?", said["on"]):
        first, last = read_number(low, where), read_number(high or low, where)
        if high and (last < first or last - first > 10_000 or first != int(first) or last != int(last)):
            raise NicheError(f"{where}: '{low}-{high}' is no range of days")
        days += [first + i for i in range(int(last - first) + 1)]
    found = tuple(sorted(day * times for day in days))
    if len(found) > _MOST_LISTED:
        raise NicheError(f"{where} names {len(found)} days; {_MOST_LISTED} are possible, say 'daily' or 'every ...'")
    if len(set(found)) < len(found):
        raise NicheError(f"{where} names a day twice")
    return found


def _every(text: str, where: str) -> float:
    other = re.fullmatch(r"(?:other|second|alternate)\s+([a-z]+)", text, re.IGNORECASE)
    if other:
        return 2 * _every(other[1], where)
    text = {"morning": "day", "evening": "day", "night": "day"}.get(text.lower(), text)
    numbered = re.match(rf"{_COUNT}\s*[a-z]", text, re.IGNORECASE) and not text.isalpha()
    return span(text if numbered else f"1 {text}", f"{where}, every")


def _often(text: str, where: str) -> float:
    text = text.lower()
    period = next(name for name in _PER if name in text.replace("daily", "day").replace("annually", "year"))
    times = re.match(rf"(once|twice|thrice|{_COUNT})\s*(?:times|x)?\s*(?=\S)", text)
    named = times[1].strip() if times and times[1] != text else "once"
    number = {"once": 1.0, "twice": 2.0, "thrice": 3.0}.get(named) or read_number(named, where)
    if number == 0:
        raise NicheError(f"{where}: {text!r} is never")
    if period in ("day", "night"):
        return 1 / number
    days = units.days(f"1 {period}") / number
    hours = units.days(f"{_PER[period] / number!r} h")  # three times a week is every 56 h, to the last digit
    return hours if math.isclose(days, hours, rel_tol=1e-12) else days


def _latin(text: str, where: str) -> float:
    short = re.sub(r"\s", "", text.lower())
    letters = short.replace(".", "")
    if letters in _LATIN:
        return _LATIN[letters]
    match = re.fullmatch(rf"q(?!\.)({NUMBER})?([^\W\d]+)\.?", short)
    if match is None:
        raise NicheError(f"{where}: cannot read {shown(text)}; write it like 'q4w' or 'every 4 weeks'")
    return units.days(f"{match[1] or '1'} {match[2]}", f"{where}, {text}")
