"""The front door of doses: whatever is typed is read as it is meant, or refused by a NicheError that says what was
given. Nothing else comes out. Random, but the same at each run."""

import math
import random
from datetime import timedelta

import numpy as np
import pytest

import niche
from niche import units
from niche.amounts import DOSES, read_amount
from niche.errors import NicheError
from niche.kinetics import levels, regimen

GOOD = [
    "120 mg sc every 4 weeks from day 28 for 2 years",
    "4 mg iv over 15 min every 4 weeks x 12",
    "1.5 mg/kg po every 12 h",
    "40 mg po bid for 3 months",
    "125 mg po on day 7",
    "75 mg/m2 iv over 1 h q3w x 6",
    "10 mg/kg ip three times a week for 28 days",
    "75 mg/m\u00b2 i.v. d1,8,15 q28d for 6 cycles",
    "8 mg/kg iv over 90 min then 6 mg/kg over 30 min every 3 weeks until day 90",
    "5 mg po twice daily on days 1-14 of every 21 days x 4",
    "40 mcg p.o. every other day from 2 weeks x 9",
    "300 mg s.c. weekly x 5, then every 4 weeks",
]
WORDS = """mg mcg ug \u00b5g g kg mg/kg mg/m2 kg/mg mL nM h min month m fortnight every daily then x on day days
of from until for over sc iv po q4w q1.5d q.4w q1e98d - -- \u2212 + / , ; . ( ) % ' " \\ nan inf -inf 0
00 -1 1e9 1e98 1e-98 1e400 1e-400 \u00b2 \u207b\u00b9 \u0663 \u4e09 \U0001f48a None True [1] {}"""
BITS = WORDS.split()
BITS += ["", "\x00", "\n", "\t", "\u00a0", "9" * 400, "a" * 300]
WRONG = [None, True, False, 5, 5.0, -1, 0, math.nan, math.inf, -math.inf, 10**400, 3j, b"5 mg", [], ["5 mg iv"], {}]
WRONG += [{"a": 1}, (), ("5 mg",), object(), np.array([1.0]), np.array("5 mg iv"), np.float64("nan"), int, Ellipsis]
WRONG += [np.datetime64("2026-01-01"), np.timedelta64("NaT"), np.timedelta64(3, "M"), np.timedelta64(3), timedelta.max]


def outcome(build):
    """What comes out, or what the error says; any other error is let through."""
    try:
        return build(), ""
    except NicheError as error:
        return None, str(error)


def mutated(text, rng):
    """One to three words dropped, doubled, swapped, replaced, or letters changed."""
    for _ in range(rng.randint(1, 3)):
        words = text.split(" ")
        i, j = rng.randrange(len(words)), rng.randrange(len(words))
        match rng.randrange(7):
            case 0:
                del words[i]
            case 1:
                words[i] = rng.choice(BITS)
            case 2:
                words.insert(i, rng.choice(BITS))
            case 3:
                words[i], words[j] = words[j], words[i]
            case 4:
                words.insert(i, words[j])
            case 5 if words[i]:
                k = rng.randrange(len(words[i]))
                words[i] = words[i][:k] + rng.choice(["", *BITS]) + words[i][k + 1 :]
            case _:
                words[i] = words[i].swapcase()
        text = " ".join(words)
    return text


def sane(found):
    """What has been read can be simulated, and is read again as the same."""
    for part in found.parts:
        assert 0 <= part.amount.value < math.inf
        assert part.over >= 0
    assert regimen(str(found)) == found
    closed, said = outcome(lambda: found.ending(400))
    if closed is None:
        assert "between 1 and 20000 are possible" in said
        return
    assert all(math.isfinite(t) and t >= 0 for t in closed.times)
    assert list(closed.times) == sorted(closed.times)
    assert regimen(str(closed)) == closed


def test_three_thousand_regimens_gone_wrong():
    rng, read = random.Random(14), 0
    for _ in range(3000):
        text = mutated(rng.choice(GOOD), rng)
        found, said = outcome(lambda text=text: regimen(text))
        if found is None:
            assert said.startswith(("regimen ", "dose of the regimen")), text
            assert len(said) > 30, text
        else:
            read += 1
            sane(found)
    assert 200 < read < 2000


@pytest.mark.parametrize("given", WRONG, ids=lambda v: type(v).__name__)
def test_what_is_no_regimen_amount_or_time_at_all(given):
    day = niche.Protocol(28)
    refusing = [
        lambda: regimen(given),
        lambda: read_amount(given, DOSES, "dose"),
        lambda: units.quantity(given, "mg"),
        lambda: units.read_unit(given),
        lambda: day.dose("zoledronate", given),
        lambda: day.infuse("isoprenaline", given),
        lambda: day.regimen("denosumab", given),
        lambda: levels("denosumab", given, 10),
        lambda: levels(given, "60 mg sc", 10),
        lambda: niche.Protocol(28, given),
    ]
    for build in refusing[: -1 if isinstance(given, tuple) and not given else None]:
        found, said = outcome(build)
        assert found is None
        assert 20 < len(said) < 4000
    maybe = [
        lambda: units.days(given),
        lambda: niche.Protocol(given),
        lambda: day.stress(given),
        lambda: day.stress(2, lasting=given),
        lambda: day.seed(given),
        lambda: day.diet(given),
        lambda: day.dose("zoledronate", "1 mg/kg", day=given),
        lambda: day.dose("zoledronate", "1 mg/kg", every=given),
        lambda: day.dose("zoledronate", "1 mg/kg", every=7, until=given),
        lambda: day.infuse("isoprenaline", "1 mg/kg/day", start=given),
        lambda: day.infuse("isoprenaline", "1 mg/kg/day", stop=given),
        lambda: day.regimen("denosumab", "60 mg sc", every=given),
        lambda: day.regimen("denosumab", "60 mg sc", surface=given),
        lambda: day.genotype(given),
        lambda: levels("atenolol", "50 mg po", given),
        lambda: levels("atenolol", "50 mg po", 2, at=given),
        lambda: levels("atenolol", "50 mg po", 2, weight=given),
        lambda: levels("atenolol", "50 mg po", 2, surface=given),
        lambda: levels("atenolol", "50 mg po", 2, height=given),
        lambda: levels("atenolol", "50 mg po", 2, people=given),
        lambda: levels("atenolol", "50 mg po", 2, people=1, seed=given),
    ]
    for build in maybe:
        _, said = outcome(build)
        assert len(said) < 4000


NUMBERS = ["3", "0.5", "1e2", ".5", "2.", "1e-3", "+4"]
UNITS = {"mg": 1, "g": 1e3, "mcg": 1e-3, "ug": 1e-3, "\u00b5g": 1e-3, "\u03bcg": 1e-3, "ng": 1e-6, "MG": 1}
PER = {
    "": "mg",
    "/kg": "mg/kg",
    " per kg": "mg/kg",
    " kg\u207b\u00b9": "mg/kg",
    "/m2": "mg/m2",
    " per m\u00b2": "mg/m2",
}
TIMES = {"days": 1, "d": 1, "h": 1 / 24, "hrs": 1 / 24, "Hours": 1 / 24, "min": 1 / 1440, "minutes": 1 / 1440}
TIMES |= {"weeks": 7, "wk": 7, "WKS": 7, "months": 30.4375, "yrs": 365.25}


def test_a_thousand_amounts_and_times():
    """Right ones come out as their number times their unit; a changed character never changes the size unseen."""
    rng = random.Random(15)
    for _ in range(300):
        number, unit, per = (rng.choice(list(one)) for one in (NUMBERS, UNITS, PER))
        found = read_amount(f"{number}{rng.choice(['', ' '])}{unit}{per}", DOSES, "dose")
        assert found.unit == PER[per]
        assert found.value == pytest.approx(float(number) * UNITS[unit], rel=1e-12)
        assert read_amount(str(found), DOSES, "dose") == found
        time, days = rng.choice(list(TIMES.items()))
        assert units.days(f"{number} {time}") == pytest.approx(float(number) * days, rel=1e-12)
    for _ in range(700):
        text = f"{rng.choice(NUMBERS)} {rng.choice(list(UNITS))}{rng.choice(list(PER))}"
        bad = mutated(text, rng)
        dose, said = outcome(lambda bad=bad: read_amount(bad, DOSES, "dose"))
        assert len(said) > 20 if dose is None else math.isfinite(dose.value), bad
        for expected in ("day", "mg/kg/day"):
            number, said = outcome(lambda bad=bad, expected=expected: units.quantity(bad, expected))
            assert len(said) > 20 if number is None else math.isfinite(number), bad


SYMBOLS = sorted(units.known_symbols())


def test_no_suggestion_is_ever_of_another_size():
    """Symbols with one letter lost, added or changed: what is suggested, if anything, is the same unit."""
    letters = ["", *"abcdefghiklmnoprstuwyzMLD\u00b5"]
    rng, suggested = random.Random(17), 0
    for _ in range(2500):
        symbol = rng.choice(SYMBOLS)
        i = rng.randrange(len(symbol) + 1)
        wrong = symbol[:i] + rng.choice(letters) + symbol[i + rng.randrange(2) :]
        _, said = outcome(lambda wrong=wrong: units.read_unit(wrong))
        hint = said.partition("did you mean '")[2].partition("'")[0]
        if hint:
            suggested += 1
            assert units.read_unit(hint) == units.read_unit(symbol), (symbol, wrong)
    assert suggested > 50


ROUTES = {"sc": "sc", "s.c.": "sc", "subcutaneously": "sc", "po": "po", "p.o.": "po", "orally": "po", "by mouth": "po"}
ROUTES |= {"iv": "iv", "I.V.": "iv", "intravenously": "iv", "ip": "ip", "im": "im"}
OFTEN = {
    "daily": 1,
    "bid": 0.5,
    "q12h": 0.5,
    "tid": 1 / 3,
    "every other day": 2,
    "weekly": 7,
    "q3w": 21,
    "every 4 weeks": 28,
}
OFTEN |= {"twice a week": 3.5, "every 36 h": 1.5, "every ten days": 10}


def test_three_hundred_regimens_are_read_as_they_are_meant():
    """Made of parts whose meaning is known, in any order that a person may choose; and read again from their text."""
    rng = random.Random(16)
    for _ in range(300):
        number, unit, per = (rng.choice(list(one)) for one in (NUMBERS, UNITS, PER))
        written, route = rng.choice(list(ROUTES.items()))
        over = rng.choice([0, 0, 15, 30]) if route == "iv" else 0
        first, count = rng.choice([0, 0, 3, 28]), rng.randint(1, 9)
        clauses = [written] + ([f"over {over} {rng.choice(['min', 'minutes'])}"] if over else [])
        clauses += [rng.choice([f"from day {first}", f"starting on day {first}"])] if first else []
        if rng.random() < 0.25:
            days = sorted(rng.sample(range(20), rng.randint(2, 4)))
            clauses += [f"{rng.choice(['on days', 'days', 'd'])} {', '.join(map(str, days))} of every 28 days"]
            clauses += [f"for {count} cycles"]
            times = [first + 28 * i + day for i in range(count) for day in days]
        else:
            often, gap = rng.choice(list(OFTEN.items()))
            clauses += [often]
            end = rng.randrange(3)
            clauses += [[f"x {count}", f"for {count} doses", f"until day {first + gap * (count - 1) + 1e-3:g}"][end]]
            times = [first + gap * i for i in range(count)]
        rng.shuffle(clauses)
        text = f"{number} {unit}{per} {' '.join(clauses)}"
        (part,) = regimen(text).parts
        assert (part.amount.unit, part.route) == (PER[per], route), text
        assert part.amount.value == pytest.approx(float(number) * UNITS[unit], rel=1e-12), text
        assert part.over == pytest.approx(over / 1440, rel=1e-12), text
        assert part.times == pytest.approx(times, rel=1e-12), text
        sane(regimen(text))
