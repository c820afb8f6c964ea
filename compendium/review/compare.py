"""Rerun beside committed: verdicts and rows, then figures by their data and by their pixels.

Tolerances are for other processors and library versions, not for other results: numbers are stored with four or five
digits, so one unit in the last place of four is 0.1 %.
"""

import csv
import hashlib
import io
import json
import math
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from compendium.review.findings import Finding
from niche.text import number

RELATIVE = 2e-3
# Where a number may be nothing but rounding error around 0: standard errors, share of draws, percent of an effect.
ABSOLUTE = {"z": 0.01, "share": 0.002}
ABSOLUTE_CONTROL = {"share": 0.05, "low": 0.05, "high": 0.05}
ABSOLUTE_COLUMN = 1e-6  # of the largest number of a column
PIXEL = 8  # of 255: what an edge may differ by
TOLERANCES = (
    f"A number agrees within {100 * RELATIVE:g} % (z within {ABSOLUTE['z']:g}, a share of draws within "
    f"{100 * ABSOLUTE['share']:g} points, the effect left without a mechanism within {ABSOLUTE_CONTROL['share']:g} "
    f"points); words agree exactly; a picture's pixels agree within {PIXEL} of 255."
)
_ROW = ("value", "sd", "median", "low", "high", "z", "share", "role", "unit", "scale", "verdict", "counts", "failed")
_CONTROL = ("full", "without", "share", "low", "high")
_SAID = {"value": "measured", "sd": "its error", "median": "predicted", "low": "5 %", "high": "95 %"}
_DATA = ("inputs.json", "manifest.json", "verdict.json")  # told by other words, or of reproduce alone


def verdicts(claim: str, old: Mapping[str, Any], new: Mapping[str, Any]) -> Iterator[Finding]:
    """Where a rerun's verdict.json says something else than the committed one."""
    if old["verdict"] != new["verdict"]:
        yield Finding("verdict", claim, "the claim", str(old["verdict"]), str(new["verdict"]))
    was, now = ({row["id"]: row for row in one["rows"]} for one in (old, new))
    yield from _each(claim, "row", was, now, _ROW, ABSOLUTE)
    was, now = ({c["name"]: c for c in one.get("controls") or []} for one in (old, new))
    yield from _each(claim, "control", was, now, _CONTROL, ABSOLUTE_CONTROL)


def expected(claim: str, record: Mapping[str, Any], verdict: str) -> Iterator[Finding]:
    """Where a rerun's verdicts are not those that the registry expects."""
    if record["verdict"] != verdict:
        yield Finding("verdict", claim, "not the one that params/claims.yaml expects", verdict, str(record["verdict"]))
    for change in record.get("changed") or ():
        name, _, pair = str(change).partition(": ")
        before, _, now = pair.partition(" -> ")
        yield Finding("verdict", claim, f"{name}: not the one that params/expected_rows.yaml expects", before, now)


def _each(
    claim: str,
    what: str,
    old: Mapping[str, Any],
    new: Mapping[str, Any],
    keys: Sequence[str],
    absolute: Mapping[str, float],
) -> Iterator[Finding]:
    for name in dict.fromkeys([*old, *new]):
        if name not in old or name not in new:
            yield Finding("number", claim, f"{what} {name} {'is new' if name in new else 'is gone'}")
            continue
        different = [key for key in keys if not same(old[name].get(key), new[name].get(key), absolute.get(key, 0.0))]
        if different:
            before, now = (
                ", ".join(f"{_SAID.get(k, k)} {number(one[name].get(k))}" for k in different) for one in (old, new)
            )
            yield Finding("verdict" if "verdict" in different else "number", claim, f"{what} {name}", before, now)


def same(old: Any, new: Any, absolute: float = 0.0) -> bool:
    """Whether two values agree: numbers within the tolerances, anything else exactly."""
    numbers = [isinstance(one, float | int) and not isinstance(one, bool) for one in (old, new)]
    if all(numbers):
        return math.isclose(old, new, rel_tol=RELATIVE, abs_tol=absolute) or (math.isnan(old) and math.isnan(new))
    return bool(old == new)


def figures(claim: str, old: Path, new: Path) -> Iterator[Finding]:
    """Where the rerun's figures are others than the committed ones: their data first, then pixels, then files.

    old, new : the folders of one claim. What only pixels or bytes tell counts if the same versions drew it.
    """
    names = [{path.name for path in folder.glob("*") if path.is_file()} - set(_DATA) for folder in (old, new)]
    alike = _drawn_by(old) == _drawn_by(new)
    for name in sorted(names[0] - names[1]):
        yield Finding("figure", f"figures/{claim}/{name}", "the rerun does not make it")
    for name in sorted(names[1] - names[0]):
        yield Finding("figure", f"figures/{claim}/{name}", "not among the committed ones")
    told = set()
    order = {".csv": 0, ".png": 1}
    for name in sorted(names[0] & names[1], key=lambda name: (order.get(Path(name).suffix, 2), name)):
        stem, where = Path(name).stem, f"figures/{claim}/{name}"
        one, other = (old / name).read_bytes(), (new / name).read_bytes()
        if one == other or stem in told:
            continue
        if name.endswith(".csv"):
            found = compare_tables(one, other)
            if found:
                told.add(stem)
                yield Finding("figure", where, *found)
        elif name.endswith(".png"):
            share = pixels(one, other)
            if share:
                told.add(stem)
                said = "the same data, another picture" + ("" if alike else ", drawn by other code or versions")
                yield Finding("figure", where, said, "", f"{100 * share:.3g} % of pixels", alike)
        else:
            yield Finding("figure", where, "the same data and picture, other bytes", counts=alike)


def compare_tables(old: bytes, new: bytes) -> tuple[str, str, str] | None:
    """The first difference between two tables in words, and what stands there; None if they agree."""
    rows = [list(csv.reader(io.StringIO(one.decode("utf-8", "replace")))) for one in (old, new)]
    heads = [one[0] if one else [] for one in rows]
    if heads[0] != heads[1]:
        return "other columns", ", ".join(heads[0]), ", ".join(heads[1])
    if len(rows[0]) != len(rows[1]):
        return "another number of rows", str(len(rows[0]) - 1), str(len(rows[1]) - 1)
    found = []
    for column, name in enumerate(heads[0]):
        cells = [[_value(row[column]) if column < len(row) else "" for row in one[1:]] for one in rows]
        sizes = [abs(c) for one in cells for c in one if isinstance(c, float) and math.isfinite(c)]
        tiny = ABSOLUTE_COLUMN * max(sizes, default=0.0)
        found += [
            (line, name, before, now)
            for line, (before, now) in enumerate(zip(*cells, strict=True), 1)
            if not same(before, now, tiny)
        ]
    if not found:
        return None
    line, name, before, now = min(found, key=lambda one: one[0])
    more = f"; {len(found) - 1} more cells" if len(found) > 1 else ""
    return f"row {line}, column {name}{more}", number(before), number(now)


def _value(cell: str) -> float | str:
    try:
        return float(cell)
    except ValueError:
        return cell


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


def altered(claim: str, folder: Path) -> Iterator[Finding]:
    """Data of committed figures that are not what their manifest says was saved: somebody changed them since."""
    for name, entry in figure_entries(folder).items():
        path = folder / f"{name}.csv"
        want = entry.get("csv_sha256") if isinstance(entry, dict) else None
        if not path.is_file():
            yield Finding("stored", f"figures/{claim}/{name}.csv", "named in the manifest, but missing")
        elif want and want != hashlib.sha256(path.read_bytes().replace(b"\r\n", b"\n")).hexdigest():
            yield Finding("stored", f"figures/{claim}/{name}.csv", "not what was saved with the figure")


def figure_entries(folder: Path) -> dict[str, Any]:
    """The figures of a folder by name, as its manifest has them; none if it cannot be read."""
    try:
        return dict(json.loads((folder / "manifest.json").read_text(encoding="utf-8"))["figures"])
    except (OSError, ValueError, KeyError, TypeError):
        return {}


def _drawn_by(folder: Path) -> list[Any]:
    return [
        [one.get(key) for key in ("libraries", "python", "code")]
        for one in figure_entries(folder).values()
        if isinstance(one, dict)
    ]
