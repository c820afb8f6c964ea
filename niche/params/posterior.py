"""Draws of the fitted parameters, as `niche fit` ships them; a file that is missing, spoilt or of other tables is
refused."""

import hashlib
import io
import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from niche.errors import NicheError
from niche.frozen import Frozen
from niche.params.layers import read_registry
from niche.params.lock import locked, refuse_other_freeze
from niche.params.records import Parameter, root
from niche.provenance import digest_bytes

FILE = "posterior.nc"
_HINT = "run 'niche fit', or ask for posterior='prior'"


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


class _File(NamedTuple):
    """Content of a file of draws.

    Attributes
    ----------
    values
        shape (draws, keys), in the units of the parameters
    manifest
        as JSON
    """

    keys: tuple[str, ...]
    values: np.ndarray
    manifest: str
    freeze: str
    digest: str


def read_posterior(folder: Path | None = None, *, draws: int | None = None, seed: int = 1) -> Posterior:
    """The shipped draws, of every parameter that a fitted row can see; those of all others: `unseen`.

    Parameters
    ----------
    folder
        where posterior.nc is (params/posterior)
    draws, seed
        how many, and which: those that `niche.hosts` takes; None is all, walker after walker

    Raises
    ------
    NicheError
        if the file is missing, truncated, holds no draws, or rests on another freeze than that of params/frozen; or
        for fewer than one draw
    """
    path = _path(folder)
    refuse_other_freeze(path, _read(path, _stamp(path)).freeze, locked())
    if draws is not None and draws < 1:
        raise NicheError(f"draws must be a whole number of at least 1 (an empty set has no answer), got {draws!r}")
    return _posterior(path, _stamp(path), draws, seed)


@lru_cache(maxsize=8)
def _posterior(path: Path, stamp: tuple[int, int], draws: int | None, seed: int) -> Posterior:
    found = _read(path, stamp)
    values = found.values if draws is None else found.values[posterior_rows(draws, seed, len(found.values))]
    columns = np.ascontiguousarray(values.T)
    columns.setflags(write=False)
    return Posterior(Frozen(dict(zip(found.keys, columns, strict=True))))


def read_manifest(folder: Path | None = None) -> dict[str, Any]:
    """What the shipped fit was made of, and how well it was made. Raises `NicheError` if there is none."""
    path = _path(folder)
    return dict(json.loads(_read(path, _stamp(path)).manifest))


def posterior_digest(folder: Path | None = None) -> str:
    """SHA-256 of the shipped file, for whatever is made with its draws. Raises `NicheError` if there is none."""
    path = _path(folder)
    return _read(path, _stamp(path)).digest


def unseen(posterior: Posterior | None = None) -> tuple[str, ...]:
    """Uncertain parameters of which a posterior (the shipped one) has no draws: no fitted row uses them.

    Their values come from their priors, by seed (`draw`).
    """
    known = (read_posterior() if posterior is None else posterior).draws
    return tuple(sorted(key for key in read_registry().uncertain() if key not in known))


def posterior_rows(draws: int, seed: int, available: int) -> np.ndarray:
    """Which of the available draws are taken, (draws,): with replacement where there are fewer; of 0 (the prior): new
    ones."""
    generator: Any = np.random.default_rng([seed, 0])
    if available == 0:
        return np.arange(draws)
    if draws <= available:
        return np.sort(generator.permutation(available)[:draws])
    return np.asarray(generator.integers(0, available, draws))


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


def _inside(values: np.ndarray, entry: Parameter) -> bool:
    slack = 1e-5 * np.abs(entry.range)  # draws are kept in single precision
    return bool(values.min() >= entry.range[0] - slack[0] and values.max() <= entry.range[1] + slack[1])


def _path(folder: Path | None) -> Path:
    return (folder or root() / "posterior") / FILE


def _stamp(path: Path) -> tuple[int, int]:
    """What tells a file that was written again from the one before."""
    try:
        found = path.stat()
    except OSError:  # whoever reads it will say so
        return 0, 0
    return found.st_mtime_ns, found.st_size


@lru_cache(maxsize=4)
def _read(path: Path, stamp: tuple[int, int]) -> _File:
    """One variable of the file, without the libraries that open all of it (`niche.inference.shipped`)."""
    import h5py

    try:
        content = path.read_bytes()  # through Python, so that it is noted what a notebook read
        with h5py.File(io.BytesIO(content), "r") as file:
            group = file["posterior"]
            keys = tuple(name.decode() for name in group["parameter"][:])
            values = group["value"][:].astype(float).reshape(-1, len(keys))
            manifest = dict(json.loads(file.attrs["manifest"]))
    except FileNotFoundError:
        raise NicheError(f"{path} is missing; {_HINT}") from None
    except (OSError, KeyError, ValueError, TypeError, RuntimeError) as error:
        raise NicheError(f"{path} is not readable ({error}): get it again; {_HINT}") from None
    if values.size == 0 or len(set(keys)) != len(keys):
        raise NicheError(f"{path} holds no draws, or a parameter twice: get it again; {_HINT}")
    return _File(keys, values, json.dumps(manifest), str(manifest.get("freeze")), digest_bytes(content))
