"""Calibrated draws: read, checked against their manifest, and written whole or not at all."""

import csv
import hashlib
import io
import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from types import MappingProxyType

import numpy as np

from niche.errors import NicheError
from niche.params.records import Parameter, root


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


PRIOR = Posterior(MappingProxyType({}))


@lru_cache(maxsize=4)
def read_posterior(folder: Path | None = None) -> Posterior:
    """The shipped draws. Raises `NicheError` if the file is missing, truncated or not the one of its manifest."""
    base = folder or root() / "posterior"
    table, manifest = base / "draws.csv", base / "manifest.json"
    hint = "make it again with 'niche calibrate', or ask for posterior='prior'"
    try:
        content = table.read_bytes()
        expected = json.loads(manifest.read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise NicheError(f"posterior file {error.filename} is missing; {hint}") from None
    except (json.JSONDecodeError, UnicodeDecodeError, OSError) as error:
        raise NicheError(f"{base} is not readable ({error}); {hint}") from None
    if not isinstance(expected, dict):
        raise NicheError(f"{manifest} is not a manifest; {hint}")
    found = hashlib.sha256(content).hexdigest()
    if found != expected.get("sha256"):
        raise NicheError(
            f"{table} is not the file that its manifest describes (truncated or edited: sha256 {found[:12]}, "
            f"expected {str(expected.get('sha256'))[:12]}); {hint}"
        )
    rows = list(csv.reader(io.StringIO(content.decode("utf-8"))))
    try:
        values = np.array(rows[1:], dtype=float)
    except ValueError as error:
        raise NicheError(f"{table} is not a table of numbers ({error}); {hint}") from None
    values.setflags(write=False)
    if values.size == 0 or len(set(rows[0])) != values.shape[1]:
        raise NicheError(f"{table} holds no draws, or not one column per parameter; {hint}")
    return Posterior(MappingProxyType({key: values[:, i] for i, key in enumerate(rows[0])}))


def draw(entry: Parameter, rows: np.ndarray, seed: int, posterior: Posterior) -> np.ndarray:
    """Values of one parameter for the given posterior rows.

    A row means the same values whatever other rows or parameters are asked for. Raises `NicheError` if the posterior
    goes beyond the parameter's bounds.
    """
    if entry.key in posterior.draws:
        values = np.asarray(posterior.draws[entry.key], dtype=float)[rows]
        slack = 1e-5 * np.abs(entry.range)  # draws are written with six digits
        if values.min() < entry.range[0] - slack[0] or values.max() > entry.range[1] + slack[1]:
            raise NicheError(f"posterior: {entry.key} goes beyond its range {list(entry.range)} {entry.unit}")
        return values
    if entry.prior is None:
        return np.full(len(rows), entry.value)
    stream = int.from_bytes(hashlib.sha256(entry.key.encode()).digest()[:8], "little")
    return entry.sample(np.random.default_rng([seed, stream]).random(int(rows.max()) + 1)[rows])


def write_posterior(draws: dict[str, np.ndarray], manifest: dict, folder: Path | None = None) -> None:
    """Write draws (six significant digits) and manifest beside their place, then put both there.

    Raises `NicheError` for no draws, columns of different length, or numbers that are not finite.
    """
    if len(Posterior(MappingProxyType(draws))) == 0:
        raise NicheError("there are no draws to write")
    base = folder or root() / "posterior"
    base.mkdir(parents=True, exist_ok=True)
    keys = sorted(draws)
    lines = [",".join(f'"{key}"' if "," in key else key for key in keys)]
    lines += [",".join(f"{value:.6g}" for value in row) for row in zip(*(draws[key] for key in keys), strict=True)]
    content = ("\n".join(lines) + "\n").encode("utf-8")
    manifest = {**manifest, "draws": len(lines) - 1, "sha256": hashlib.sha256(content).hexdigest()}
    text = json.dumps(manifest, indent=1, sort_keys=True, ensure_ascii=False) + "\n"
    for name, data in (("draws.csv", content), ("manifest.json", text.encode("utf-8"))):
        beside = base / f".{name}.{os.getpid()}"
        beside.write_bytes(data)
        beside.replace(base / name)
    read_posterior.cache_clear()
