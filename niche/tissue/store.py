"""Checkpoints of a slice: everything that the next step reads, in one file that is replaced whole."""

import hashlib
import io
import zipfile
from pathlib import Path
from typing import Any, get_type_hints

import numpy as np

from niche.errors import NicheError
from niche.files import write_whole
from niche.provenance import code_digest
from niche.tissue.scenario import Scenario
from niche.tissue.slice import Slice


def identity(scenario: Scenario) -> str:
    """What a checkpoint belongs to: the scenario but for how long it lasts, and the code of the model and the slice."""
    geometry = scenario.geometry
    parts = [
        repr((scenario.parameters, scenario.numbers, scenario.foci, scenario.seed, scenario.step)),
        repr((scenario.changes, scenario.doses)),
        repr((geometry.spacing, geometry.mineral.shape)),
        code_digest("niche.model.niche", "niche.tissue.step", "niche.tissue.run"),
    ]
    found = hashlib.sha256("\n".join(parts).encode())
    for array in (geometry.mineral, geometry.periosteum, scenario.denervated):
        found.update(b"" if array is None else np.packbits(array).tobytes())
    return found.hexdigest()


def save(file: Path, state: Slice, rows: list[dict[str, float]], maps: dict[str, np.ndarray], key: str) -> Path:
    """Write a checkpoint: the slice, the rows of the course so far, and its maps."""
    arrays = {f"state {name}": np.asarray(value) for name, value in _flat("", state)}
    arrays |= {f"rows {name}": np.array([row[name] for row in rows]) for name in (rows[0] if rows else {})}
    arrays |= {f"maps {name}": value for name, value in maps.items()}
    buffer = io.BytesIO()
    np.savez(buffer, key=np.array(key), **arrays)  # type: ignore[arg-type]
    return write_whole(file, buffer.getvalue())


def load(file: Path, key: str) -> tuple[Slice, list[dict[str, float]], dict[str, np.ndarray]]:
    """The slice, rows and maps of a checkpoint.

    Raises
    ------
    NicheError
        if the file cannot be read, or belongs to another scenario or another version of the code
    """
    try:
        with np.load(file, allow_pickle=False) as found:
            held = {name: found[name] for name in found.files}
    except (OSError, ValueError, zipfile.BadZipFile) as error:
        raise NicheError(f"{file}: not a checkpoint of a marrow slice ({error}); delete it to begin anew") from None
    if str(held.get("key")) != key:
        raise NicheError(
            f"{file}: the checkpoint of another scenario or another version of niche; delete it, or name another file"
        )
    state = _built(Slice, "", {name[6:]: held[name] for name in held if name.startswith("state ")})
    columns = {name[5:]: held[name] for name in held if name.startswith("rows ")}
    count = len(next(iter(columns.values()))) if columns else 0
    rows = [{name: float(column[i]) for name, column in columns.items()} for i in range(count)]
    return state, rows, {name[5:]: held[name] for name in held if name.startswith("maps ")}


def _flat(prefix: str, value: Any) -> list[tuple[str, Any]]:
    """Leaves of nested named records, by their path."""
    if not hasattr(value, "_fields"):
        return [(prefix, value)]
    return [leaf for name in value._fields for leaf in _flat(f"{prefix}/{name}", getattr(value, name))]


def _built(kind: type, prefix: str, held: dict[str, np.ndarray]) -> Any:
    """A nested named record from its leaves."""
    hints = get_type_hints(kind)
    parts = []
    for name in kind._fields:  # type: ignore[attr-defined]
        path, hint = f"{prefix}/{name}", hints[name]
        if hasattr(hint, "_fields"):
            parts.append(_built(hint, path, held))
        else:
            parts.append(hint(held[path]) if hint in (int, float) else held[path])
    return kind(*parts)
