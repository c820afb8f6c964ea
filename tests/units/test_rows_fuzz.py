"""A thousand tables that are wrong in one place each: our own error, with file, row, record and column."""

import random

import pytest
from tables import example, table, write

from niche.errors import NicheError
from niche.evidence.rows import read_rows
from niche.evidence.table_row import NEEDED, ROW_COLUMNS

FOLD = {"effect_type": "fold_change", "value": "2.4", "unit": "fold", "scale": "log", "sd": "0.15"}
GOOD = (
    {},
    FOLD,
    {"sd": "", "low": "20", "high": "71", "uncertainty_type": "95CI"},
    {"uncertainty_type": "SD", "n": "8 vs 8"},
    FOLD | {"value": "0.53", "unit": "log2 fold", "scale": "linear"},
    {"sd": "", "p": "0.004", "n": "8 vs 8"},
    FOLD | {"sd": "", "value": "1.287", "arms": "1618 ± 334 vs 1257 ± 414", "uncertainty_type": "SE"},
    {"effect_type": "hazard_ratio", "value": "0.83", "unit": "HR", "scale": "log", "sd": "0.04"},
    {"effect_type": "absolute", "value": "1,045.5", "unit": "pM"},
    {"effect_type": "direction", "value": "no effect", "unit": "", "scale": "", "sd": ""},
    {"role": "context", "sd": ""},
)
BLANK = dict.fromkeys(ROW_COLUMNS, "")
EXTREME = (
    "1e300",
    "-1e300",
    "1e-300",
    "0",
    "-0",
    "1e308",
    "5e-324",
    "1e999",
    "-1",
    "0.1",
    "12",
    "99999999999999999999",
)
WORDS = (
    "",
    " ",
    "x",
    "±",
    "=1+1",
    "#REF!",
    "1,0,0",
    "--3",
    "12 13",
    "1e",
    "e5",
    ".",
    "-",
    "nan",
    "inf",
    "none",
    "None",
)
ODD = (
    "\u0663",
    "\u200b3",
    "4\u00b2",
    "1/2",
    "12 (3)",
    "12 ± ",
    "± 3",
    "[1, 2]",
    "{}",
    "true",
    "2026-01-05",
    "9" * 400,
    "a" * 5000,
)


def garbled(rng: random.Random, allowed: str) -> str:
    """Text that is near what is allowed, and is not it."""
    made = allowed
    while made == allowed or not made.strip():
        signs, place = list(made or "ab"), rng.randrange(len(made or "ab"))
        signs[place] = rng.choice("qwxzk_#%&")
        made = "".join(signs)
    return made


def wrong(rng: random.Random) -> tuple[dict[str, str], str]:
    """A change of the example row that is wrong for certain, and the column whose name must be said."""
    text = rng.choice([w for w in (*WORDS, *ODD) if w.strip() and w != "none"])
    made = [
        ({"role": garbled(rng, rng.choice(("predict", "context")))}, "role"),
        ({"effect_type": garbled(rng, "percent_change")}, "effect type"),
        ({"scale": garbled(rng, rng.choice(("linear", "log")))}, "scale"),
        ({"unit": garbled(rng, rng.choice(("fold change", "percent", "bananas")))}, "unit"),
        ({"value": text}, "value"),
        ({"sd": rng.choice((text, "0", "-1", "-1e300", "1e999"))}, "sd"),
        ({"low": text}, "low"),
        ({"high": text}, "high"),
        ({"low": str(rng.uniform(46, 90)), "high": "91"}, "interval"),
        ({"uncertainty_type": garbled(rng, "range")}, "uncertainty_type"),
        ({"sd": "", "p": rng.choice(("0", "1", "1.5", "-0.1", "small", "<", "< 2", "0.0.5"))}, "p"),
        (
            {
                "sd": "",
                "uncertainty_type": "SE",
                "arms": rng.choice(("1 vs 2", "a vs b", "3 ± 1", "0 ± 1 vs 2 ± 1", text)),
            },
            "arms",
        ),
        ({"uncertainty_type": "SD", "n": rng.choice(("", "1", "some", "up to 8", "-8", "8.5"))}, "n"),
        ({"meant": garbled(rng, "sdsd")}, "meant"),
        ({"value": str(-rng.uniform(100.5, 1e6))}, "value"),
        ({"scale": "log", "sd": str(rng.uniform(3.1, 1e5))}, "sd"),
    ]
    return rng.choice(made)


@pytest.mark.parametrize("seed", range(12))
def test_a_row_that_is_wrong_is_refused_by_file_row_record_and_column(tmp_path, seed):
    rng = random.Random(seed)
    for _ in range(100):
        records = [BLANK | example(**rng.choice(GOOD), id=f"OK{i}") for i in range(3)]
        change, column = wrong(rng)
        place = rng.randrange(4)
        records.insert(place, BLANK | example(**change, id="BAD1"))
        file = write(tmp_path, table(*records, mark=rng.choice(",\t"), end=rng.choice(("\n", "\r\n"))))
        with pytest.raises(NicheError) as error:
            read_rows(file, outside=True)
        said = str(error.value)
        assert said.startswith(f"mine.csv, row 'BAD1' (record {place + 2})"), (change, said)
        assert column in said.removeprefix("mine.csv, row 'BAD1'"), (change, said)
        assert len(said) < 1500


@pytest.mark.parametrize("seed", range(8))
def test_nothing_but_our_own_error_comes_of_a_table_garbled_anywhere(tmp_path, seed):
    """Cells of all columns, the header and the bytes themselves: it is read, or refused by the name of the file."""
    rng, read = random.Random(100 + seed), 0
    for turn in range(100):
        records = [BLANK | example(**rng.choice(GOOD), id=f"R{i}") for i in range(3)]
        for _ in range(rng.randrange(1, 4)):
            rng.choice(records)[rng.choice(list(ROW_COLUMNS))] = rng.choice(
                (*WORDS, *ODD, *EXTREME, "95CI", "SE", "8", "log", "%")
            )
        text = table(*records)
        if turn % 4 == 1:  # a header that lacks, repeats or misspells a column
            name = rng.choice(NEEDED)
            text = text.replace(name, rng.choice(("", name.upper(), rng.choice(NEEDED), name + ",")), 1)
        raw = text.encode(rng.choice(("utf-8", "utf-8-sig", "utf-16")))
        if turn % 4 == 2:  # bytes
            raw = bytearray(raw)
            for _ in range(rng.randrange(1, 6)):
                raw[rng.randrange(len(raw))] = rng.randrange(256)
        if turn % 4 == 3:
            raw = raw[: rng.randrange(len(raw))]
        file = write(tmp_path, bytes(raw))
        try:
            rows = read_rows(file, outside=True)
        except NicheError as error:
            assert str(error).startswith("mine.csv")  # noqa: PT017
            continue
        read += 1
        assert all(row.sd is None or row.sd > 0 for row in rows.values())
    assert read  # not every garbling makes a table wrong


def test_good_rows_still_read(tmp_path):
    records = [BLANK | example(**change, id=f"OK{i}") for i, change in enumerate(GOOD)]
    assert list(read_rows(write(tmp_path, table(*records)), outside=True)) == [f"OK{i}" for i in range(len(GOOD))]
