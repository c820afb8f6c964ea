"""Calibrated draws: read, checked against their manifest, and written whole or not at all."""

import csv
import hashlib
import io
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np

from niche.errors import NicheError
from niche.files import write_whole
from niche.frozen import Frozen
from niche.lookups import ANY, whole
from niche.params.judging_state import not_judged
from niche.params.layers import read_registry
from niche.params.records import Parameter, root
from niche.provenance import digest_bytes


@dataclass(frozen=True)
class Posterior:
    """Joint draws by parameter key ("layer:name"), each of shape (draws,)."""

    draws: Mapping[str, np.ndarray]

    def __post_init__(self) -> None:
        lengths = {np.shape(values) for values in self.draws.values()}
        if len(lengths) > 1 or any(len(shape) != 1 or shape[0] == 0 for shape in lengths):
            raise NicheError(f"a posterior needs the same number of draws for every parameter, got shapes {lengths}")
        for key, values in self.draws.items():
            if not np.isfinite(np.asarray(values, dtype=float)).all():
                raise NicheError(f"posterior: {key} holds numbers that are not finite")

    def __len__(self) -> int:
        return len(next(iter(self.draws.values()))) if self.draws else 0


PRIOR = Posterior(Frozen({}))


DRAWS, MANIFEST = "draws.csv", "manifest.json"
_LIST, _BREAK = re.compile(r"\[\n[^\[\]{}]*\]"), re.compile(r"\s*\n\s*")  # a list of numbers stands on one line
_HINT = "make it again with 'niche calibrate', or ask for posterior='prior'"


@lru_cache(maxsize=4)
def read_posterior(folder: Path | None = None) -> Posterior:
    """The shipped draws. Raises `NicheError` if the file is missing, truncated or not the one of its manifest.

    While no claim is judged (`niche.params.judging_state`) they are of a former model: then only those of parameters
    that are still uncertain, and whose range of today holds them all; the others come from their priors.
    """
    table = (folder or root() / "posterior") / DRAWS
    content, _ = _read(folder)
    rows = list(csv.reader(io.StringIO(content.decode("utf-8"))))
    try:
        values = np.array(rows[1:], dtype=float)
    except ValueError as error:
        raise NicheError(f"{table} is not a table of numbers ({error}); {_HINT}") from None
    values.setflags(write=False)
    if values.size == 0 or len(set(rows[0])) != values.shape[1]:
        raise NicheError(f"{table} holds no draws, or not one column per parameter; {_HINT}")
    found = {key: values[:, i] for i, key in enumerate(rows[0])}
    return Posterior(Frozen(_of_today(found) if folder is None and not_judged() else found))


def _of_today(former: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
    """Those of a former model's draws that today's parameters can take."""
    entries = read_registry().entries(note=False)
    known = {key: values for key, values in former.items() if key in entries and entries[key].prior is not None}
    return {key: values for key, values in known.items() if _inside(values, entries[key])}


def _inside(values: np.ndarray, entry: Parameter) -> bool:
    slack = 1e-5 * np.abs(entry.range)  # draws are written with six digits
    return bool(values.min() >= entry.range[0] - slack[0] and values.max() <= entry.range[1] + slack[1])


def read_manifest(folder: Path | None = None) -> dict[str, Any]:
    """How the shipped draws were made. Raises `NicheError` if they and the manifest do not belong together."""
    return _read(folder)[1]


def _read(folder: Path | None) -> tuple[bytes, dict[str, Any]]:
    """The bytes of the draws, and the manifest that describes them.

    A writer puts the new manifest there first, with the old one inside under "before", and then the draws: if it is
    killed in between, the draws are still those of the old one.
    """
    base = folder or root() / "posterior"
    try:
        content = (base / DRAWS).read_bytes().replace(b"\r\n", b"\n")
        with whole(ANY):  # checked, not used: how draws were made changes nothing that is computed with them
            found = json.loads((base / MANIFEST).read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise NicheError(f"posterior file {error.filename} is missing; {_HINT}") from None
    except (json.JSONDecodeError, UnicodeDecodeError, OSError) as error:
        raise NicheError(f"{base} is not readable ({error}); {_HINT}") from None
    if not isinstance(found, dict):
        raise NicheError(f"{base / MANIFEST} is not a manifest; {_HINT}")
    number = digest_bytes(content)
    for one in (found, found.pop("before", None)):
        if isinstance(one, dict) and number == one.get("sha256"):
            return content, one
    raise NicheError(
        f"{base / DRAWS} is not the file that its manifest describes (truncated or edited: sha256 {number[:12]}, "
        f"expected {str(found.get('sha256'))[:12]}); {_HINT}"
    )


def draw(entry: Parameter, rows: np.ndarray, seed: int, posterior: Posterior) -> np.ndarray:
    """Values of one parameter for the given posterior rows.

    A row means the same values whatever other rows or parameters are asked for. Raises `NicheError` if the posterior
    goes beyond the parameter's bounds.
    """
    if entry.key in posterior.draws:
        values = np.asarray(posterior.draws[entry.key], dtype=float)[rows]
        if not _inside(values, entry):
            raise NicheError(f"posterior: {entry.key} goes beyond its range {list(entry.range)} {entry.unit}")
        return values
    if entry.prior is None:
        return np.full(len(rows), entry.value)
    stream = int.from_bytes(hashlib.sha256(entry.key.encode()).digest()[:8], "little")
    return entry.sample(np.random.default_rng([seed, stream]).random(int(rows.max()) + 1)[rows])


def write_posterior(draws: dict[str, np.ndarray], manifest: dict, folder: Path | None = None) -> None:
    """Write draws (six significant digits) and manifest; killed at any moment it leaves the old ones readable, or both.

    Raises `NicheError` for no draws, columns of different length, or numbers that are not finite.
    """
    if len(Posterior(Frozen(draws))) == 0:
        raise NicheError("there are no draws to write")
    base = folder or root() / "posterior"
    base.mkdir(parents=True, exist_ok=True)
    keys = sorted(draws)
    lines = [",".join(f'"{key}"' if "," in key else key for key in keys)]
    lines += [",".join(f"{value:.6g}" for value in row) for row in zip(*(draws[key] for key in keys), strict=True)]
    content = ("\n".join(lines) + "\n").encode("utf-8")
    new = {**manifest, "draws": len(lines) - 1, "sha256": digest_bytes(content)}
    try:
        before = {"before": read_manifest(folder)}
    except NicheError:  # none, or none that can be read
        before = {}
    write_whole(base / MANIFEST, _text(new | before), sync=True)
    write_whole(base / DRAWS, content, sync=True)
    write_whole(base / MANIFEST, _text(new))
    read_posterior.cache_clear()


def write_manifest(manifest: Mapping[str, Any], folder: Path | None = None) -> None:
    """Replace what is said about the draws, which stay. Raises `NicheError` if it is about other draws."""
    if manifest.get("sha256") != read_manifest(folder)["sha256"]:
        raise NicheError("this manifest is about other draws than those that are there")
    write_whole((folder or root() / "posterior") / MANIFEST, _text(manifest))


def _text(manifest: Mapping[str, Any]) -> str:
    text = json.dumps(manifest, indent=1, sort_keys=True, ensure_ascii=False)
    return _LIST.sub(lambda found: _BREAK.sub(" ", found[0]).replace("[ ", "[", 1), text) + "\n"
