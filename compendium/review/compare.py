"""Rerun beside committed: what notebooks print, then figures by their data and by their pixels.

Tolerances are for other processors and library versions, not for other results; they are those of `niche reproduce`
(`compendium.run.agree`).
"""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from compendium.review.findings import Finding
from compendium.run.agree import SAID, disagreement, first_cell
from niche.provenance import digest_bytes

TOLERANCES = SAID
_DATA = ("inputs.json", "manifest.json")  # told by other words, or of reproduce alone


def notebook(name: str, old: bytes, new: bytes) -> Iterator[Finding]:
    """Where a rerun's notebook shows something else than the committed one: its code cells, and what they print.

    Parameters
    ----------
    name
        of the file
    """
    if said := disagreement(name, *map(_shown, (old, new))):
        yield Finding("number", f"notebooks/{name}", said)


def _shown(notebook: bytes) -> bytes:
    """The code cells of a notebook with what they show, and nothing of how they were run."""
    cells = [cell for cell in json.loads(notebook)["cells"] if cell["cell_type"] == "code"]
    kept = [
        {"source": "".join(cell["source"]), "outputs": [_told(output) for output in cell.get("outputs", ())]}
        for cell in cells
    ]
    return json.dumps({"cells": kept}).encode()


def _told(output: dict[str, Any]) -> dict[str, Any]:
    return {key: output[key] for key in ("data", "text", "ename", "evalue") if key in output}


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
