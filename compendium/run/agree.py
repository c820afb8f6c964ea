"""Whether two versions of a result say the same: numbers within a stated tolerance, words exactly.

Another processor takes other instructions, so the last digits of a few numbers differ, and with them the bytes of the
files that hold them. What agrees is not a change: `niche reproduce` keeps the committed bytes, and a review says that
it holds.
"""

import base64
import csv
import io
import json
import math
import re
from collections.abc import Iterator, Mapping
from pathlib import PurePath
from typing import Any

RELATIVE = 1e-4  # of a number as it is printed: one unit in the last of five digits
NOTHING = 1e-9  # of the largest number beside it: what is only rounding error around 0
# Where a number may be the small difference of two large ones: errors of a measurement, a share of draws (one of a
# thousand).
ABSOLUTE: Mapping[str, float] = {"z": 1e-2, "share": 1.001e-3}
SOLVED = 1e-5  # what the solver, at a tolerance of 1e-6, leaves open of a prediction: z times its error in it
DRAWN = 0.02  # points of the page: a coordinate in a picture
PIXEL, PIXELS = 8, 2e-3  # of 255, and the share of pixels that may differ by more
SAID = (
    f"A number agrees within {100 * RELATIVE:g} % of what is printed (one unit in the last digit of a number in a text "
    f"whose data agree), or within {NOTHING:g} of the largest number beside it; z within {ABSOLUTE['z']:g}, a share of "
    f"draws within {ABSOLUTE['share']:.1g}; words agree exactly; a drawn point within {DRAWN:g} pt; of a picture at "
    f"most {100 * PIXELS:g} % of the pixels differ by more than {PIXEL} of 255."
)
_NUMBER = re.compile(r"(?<![\w.])[-+−]?\d+(?:\.\d+)?(?:[eE][-+]?\d+)?(?![\w])")
_Z = re.compile(r"\bz = [-+−]?\d+(?:\.\d+)?")
_TAG = re.compile(r"(<[^>]*>)")
_ID = re.compile(r'\bid="([^"]+)"')
_NAMED = re.compile(r'(\bid="|#)([^"\s)]+)')
_COORDINATE = re.compile(r"[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?")


def disagreement(name: str, old: bytes, new: bytes, *, data_agree: bool = False) -> str:
    """Where two versions of a file disagree and by how much, in words; "" if they agree.

    Parameters
    ----------
    name
        whose ending says what it is
    data_agree
        the tables that its numbers are from agree, so a number rounded the other way is no news
    """
    if old == new:
        return ""
    kind = PurePath(name).suffix
    if kind == ".png":
        share = pixels(old, new)
        return f"{100 * share:.3g} % of the pixels" if share > PIXELS else ""
    try:
        was, now = old.decode("utf-8"), new.decode("utf-8")
        if kind == ".csv":
            return _tables(was, now)
        if kind == ".svg":
            return _drawings(was, now, data_agree)
        if kind in (".json", ".ipynb"):
            return next(_values("", json.loads(was), json.loads(now), data_agree), "")
    except ValueError as error:  # no JSON, no UTF-8
        return f"one of them is not readable ({error})"
    return _texts(was, now, data_agree)


def near(old: float, new: float, beside: float = 0.0, absolute: float = 0.0) -> bool:
    """Whether two numbers agree.

    Parameters
    ----------
    beside
        the largest number that stands with them
    absolute
        by what they may differ whatever their size
    """
    return (
        math.isclose(old, new, rel_tol=RELATIVE * (1 + 1e-9), abs_tol=max(NOTHING * beside, absolute))
        or (math.isnan(old) and math.isnan(new))
        or old == new
    )


def z_floor(row: Mapping[str, Any]) -> float:
    """By what z may differ because the solver leaves a prediction open: much, if the error is that of printed digits.

    Parameters
    ----------
    row
        of JSON (median, sd, scale), or of a table of evidence (predicted, measured_low, measured_high,
        scale)
    """
    log = row.get("scale") == "log"
    median, sd = (_as_number(row.get(name)) for name in ("median", "sd"))
    if sd is None:
        median, low, high = (_as_number(row.get(name)) for name in ("predicted", "measured_low", "measured_high"))
        if low is not None and high is not None and (low > 0 or not log):
            sd = (math.log(high / low) if log else high - low) / 3.29  # the central 90 %
    known = median is not None and sd is not None and sd > 0
    return max(ABSOLUTE["z"], SOLVED * (1.0 if log else abs(median)) / sd) if known else ABSOLUTE["z"]  # type: ignore


def first_cell(old: str, new: str) -> tuple[str, str, str] | None:
    """The first difference between two tables in words, and what stands there; None if they agree."""
    rows = [list(csv.reader(io.StringIO(one))) for one in (old, new)]
    heads = [one[0] if one else [] for one in rows]
    if heads[0] != heads[1]:
        return "other columns", ", ".join(heads[0]), ", ".join(heads[1])
    if len(rows[0]) != len(rows[1]):
        return "another number of rows", str(len(rows[0]) - 1), str(len(rows[1]) - 1)
    found = []
    for column, name in enumerate(heads[0]):
        cells = [[row[column] if column < len(row) else "" for row in one[1:]] for one in rows]
        values = [[_as_number(cell) for cell in one] for one in cells]
        beside = max((abs(v) for one in values for v in one if v is not None and math.isfinite(v)), default=0.0)
        pairs = zip(zip(*cells, strict=True), zip(*values, strict=True), strict=True)
        for line, ((was, now), (a, b)) in enumerate(pairs, 1):
            floor = z_floor(dict(zip(heads[0], rows[0][line], strict=False))) if name == "z" else ABSOLUTE.get(name, 0)
            alike = was == now if a is None or b is None else near(a, b, beside, floor)
            if not alike:
                found.append((line, name, was, now))
    if not found:
        return None
    line, name, was, now = min(found, key=lambda one: one[0])
    more = f"; {len(found) - 1} more cells" if len(found) > 1 else ""
    return f"row {line}, column {name}{more}", was, now


def pixels(old: bytes, new: bytes) -> float:
    """The share of pixels that differ between two pictures; 1 if they are not of one size or not pictures."""
    import numpy as np
    from PIL import Image

    try:
        one, other = (np.asarray(Image.open(io.BytesIO(data)).convert("RGBA"), dtype=int) for data in (old, new))
    except (OSError, SyntaxError, ValueError):
        return 1.0
    if one.shape != other.shape:
        return 1.0
    return float((np.abs(one - other).max(axis=2) > PIXEL).mean())


def change(old: float, new: float) -> str:
    """By how much a number changed."""
    return f"{100 * (new - old) / abs(old):+.2g} %" if old else f"{new:+.3g}"


def _tables(old: str, new: str) -> str:
    found = first_cell(old, new)
    if found is None:
        return ""
    where, was, now = found
    a, b = _as_number(was), _as_number(now)
    return f"{where}: {was or '–'} -> {now or '–'}" + (f" ({change(a, b)})" if a is not None and b is not None else "")


def _as_number(cell: Any) -> float | None:
    try:
        return float(cell)
    except (TypeError, ValueError):
        return None


def _values(where: str, old: Any, new: Any, loose: bool, beside: float = 0.0, absolute: float = 0.0) -> Iterator[str]:
    """Where two values of JSON disagree: the path, what stood there, and what stands there."""
    if isinstance(old, Mapping) and isinstance(new, Mapping):
        if {*old} != {*new}:
            yield f"{where or 'it'}: other keys, {', '.join(map(str, sorted({*old} ^ {*new})))}"
            return
        largest = _largest(old.values())
        for key in old:
            if key in ("image/png", "image/svg+xml") and isinstance(old[key], str | list):
                yield from _picture(f"{where}.{key}", key, old[key], new[key], loose)
            elif key == "source" and "cell_type" in old:
                yield from [f"{where}.source: another text"] if old[key] != new[key] else []
            else:
                floor = z_floor(old) if key == "z" else ABSOLUTE.get(key, 0.0)
                yield from _values(f"{where}.{key}".lstrip("."), old[key], new[key], loose, largest, floor)
    elif isinstance(old, list) and isinstance(new, list):
        if all(isinstance(one, str) for one in (*old, *new)):  # a text by its lines
            yield from _values(where, "".join(old), "".join(new), loose)
        elif len(old) != len(new):
            yield f"{where}: {len(old)} -> {len(new)} entries"
        else:
            for i, pair in enumerate(zip(old, new, strict=True)):
                yield from _values(f"{where}[{i}]", *pair, loose, max(beside, _largest(old)))
    elif isinstance(old, str) and isinstance(new, str):
        said = _texts(old, new, loose)
        yield from [f"{where}: {said}"] if said else []
    elif _is_number(old) and _is_number(new):
        yield from [] if near(old, new, beside, absolute) else [f"{where}: {old:.6g} -> {new:.6g} ({change(old, new)})"]
    elif old != new:
        yield f"{where}: {old!r} -> {new!r}"


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _largest(values: Any) -> float:
    return max((abs(v) for v in values if _is_number(v) and math.isfinite(v)), default=0.0)


def _picture(where: str, kind: str, old: Any, new: Any, loose: bool) -> Iterator[str]:
    texts = ["".join(one) for one in (old, new)]
    made = [base64.b64decode(one) if kind == "image/png" else one.encode() for one in texts]
    said = disagreement("x.png" if kind == "image/png" else "x.svg", *made, data_agree=loose)
    yield from [f"{where}: {said}"] if said else []


def _texts(old: str, new: str, loose: bool) -> str:
    """The first number or word of two texts that disagrees."""
    if loose:  # z beside a mark is that of the table, where it was compared with what the solver leaves open of it
        old, new = _Z.sub("z", old), _Z.sub("z", new)
    if old == new:
        return ""
    words = [_NUMBER.split(one) for one in (old, new)]
    if words[0] != words[1]:
        pairs = zip(*words, strict=False)
        was, now = next(((a, b) for a, b in pairs if a != b), ("", "it ends otherwise"))
        return f"{_short(was)!r} -> {_short(now)!r}"
    for was, now in zip(*(_NUMBER.findall(one) for one in (old, new)), strict=True):
        a, b = (float(one.replace("−", "-")) for one in (was, now))
        step = max(_last_digit(was), _last_digit(now)) if loose else 0.0
        if not near(a, b) and not max(abs(a), abs(b)) < 1e-12 and abs(a - b) > 1.01 * step:
            return f"{was} -> {now} ({change(a, b)})"
    return ""


def _last_digit(number: str) -> float:
    """What one unit in the last printed digit is worth; of a whole number nothing: that is a count."""
    digits, _, power = number.lower().partition("e")
    after = digits.partition(".")[2]
    return 10.0 ** (int(power or 0) - len(after)) if after else 0.0


def _short(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) < 60 else f"{line[:57]}..."


def _drawings(old: str, new: str, loose: bool) -> str:
    """Two SVG: the same elements, with points that are nearly the same, and the same words."""
    parts = [_TAG.split(_named_in_order(one)) for one in (old, new)]
    if len(parts[0]) != len(parts[1]):
        return "another number of elements"
    for was, now in zip(*parts, strict=True):
        if was == now:
            continue
        if not was.startswith("<"):
            if said := _texts(was, now, loose):
                return said
        elif _COORDINATE.split(was) != _COORDINATE.split(now):
            return f"{_short(was)} -> {_short(now)}"
        else:
            pairs = zip(*(_COORDINATE.findall(one) for one in (was, now)), strict=True)
            away = max(abs(float(a) - float(b)) - RELATIVE * abs(float(a)) for a, b in pairs)
            if away > DRAWN:
                return f"{_short(was)}: a point moved by {away:.3g} pt"
    return ""


def _named_in_order(text: str) -> str:
    """Ids as running numbers, in the order in which they are given: some are hashes of unrounded numbers."""
    known = {name: f"n{number}" for number, name in enumerate(dict.fromkeys(_ID.findall(text)))}
    return _NAMED.sub(lambda found: f"{found[1]}{known.get(found[2], found[2])}", text)
