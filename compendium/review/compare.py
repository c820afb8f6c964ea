"""Rerun beside committed: verdicts and rows, then figures by their data and by their pixels.

Tolerances are for other processors and library versions, not for other results; they are those of `niche reproduce`
(`compendium.run.agree`).
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from compendium.review.findings import Finding
from compendium.run.agree import ABSOLUTE, ABSOLUTE_LEFT, SAID, disagreement, first_cell, near, z_floor
from niche.provenance import digest_bytes
from niche.text import number

TOLERANCES = SAID
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
    yield from _each(claim, "control", was, now, _CONTROL, ABSOLUTE_LEFT)


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
        floors = dict(absolute) | ({"z": z_floor(old[name])} if "z" in absolute else {})
        different = [key for key in keys if not same(old[name].get(key), new[name].get(key), floors.get(key, 0.0))]
        if different:
            before, now = (
                ", ".join(f"{_SAID.get(k, k)} {number(one[name].get(k))}" for k in different) for one in (old, new)
            )
            yield Finding("verdict" if "verdict" in different else "number", claim, f"{what} {name}", before, now)


def same(old: Any, new: Any, absolute: float = 0.0) -> bool:
    """Whether two values agree: numbers within the tolerances, anything else exactly."""
    numbers = [isinstance(one, float | int) and not isinstance(one, bool) for one in (old, new)]
    return near(old, new) or abs(old - new) <= absolute if all(numbers) else bool(old == new)


def figures(claim: str, old: Path, new: Path, alike: bool) -> Iterator[Finding]:
    """Where the rerun's figures are others than the committed ones: their data first, then pixels, then drawings.

    Parameters
    ----------
    old, new
        the folders of one claim
    alike
        the same versions drew both; else what only a picture tells does not count
    """
    names = [{path.name for path in folder.glob("*") if path.is_file()} - set(_DATA) for folder in (old, new)]
    for name in sorted(names[0] - names[1]):
        yield Finding("figure", f"figures/{claim}/{name}", "the rerun does not make it")
    for name in sorted(names[1] - names[0]):
        yield Finding("figure", f"figures/{claim}/{name}", "not among the committed ones")
    told, drawn = set(), set()
    order = {".csv": 0, ".svg": 1, ".png": 2}
    for name in sorted(names[0] & names[1], key=lambda name: (order.get(Path(name).suffix, 3), name)):
        stem, where, kind = Path(name).stem, f"figures/{claim}/{name}", Path(name).suffix
        one, other = (old / name).read_bytes(), (new / name).read_bytes()
        if stem in told or (kind == ".png" and stem in drawn):
            continue
        if kind == ".csv":
            if found := first_cell(one.decode("utf-8", "replace"), other.decode("utf-8", "replace")):
                told.add(stem)
                yield Finding("figure", where, *found)
        elif said := disagreement(name, one, other):
            told.add(stem)
            what = "the same data, another picture" + ("" if alike else ", drawn by other code or versions")
            yield Finding("figure", where, what, "", said, alike)
        elif kind == ".svg":
            drawn.add(stem)  # then its pixels are the same but for how they were reckoned


def altered(claim: str, folder: Path) -> Iterator[Finding]:
    """Data of committed figures that are not what their manifest says was saved: somebody changed them since."""
    for name, entry in figure_entries(folder).items():
        path = folder / f"{name}.csv"
        want = entry.get("csv_sha256") if isinstance(entry, dict) else None
        if not path.is_file():
            yield Finding("stored", f"figures/{claim}/{name}.csv", "named in the manifest, but missing")
        elif want and want != digest_bytes(path.read_bytes()):
            yield Finding("stored", f"figures/{claim}/{name}.csv", "not what was saved with the figure")


def figure_entries(folder: Path) -> dict[str, Any]:
    """The figures of a folder by name, as its manifest has them; none if it cannot be read."""
    try:
        return dict(json.loads((folder / "manifest.json").read_text(encoding="utf-8"))["figures"])
    except (OSError, ValueError, KeyError, TypeError):
        return {}
