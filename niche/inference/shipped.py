"""The fit as one file that ArviZ and xarray open: draws, sample statistics, what each paper's rows say of each draw.

Groups are named as ArviZ's schema has them (https://python.arviz.org, "InferenceData schema specification"):
posterior (values and spreads), unconstrained_posterior (standard scores), sample_stats, log_likelihood (by paper),
predictions (what the model says of each row, a logarithm where it is a ratio). One group more, sampler, holds what the
sampler learnt. A chain is a walker.
"""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from niche.errors import NicheError
from niche.files import prepared
from niche.params.lock import refuse_other_freeze
from niche.params.posterior import FILE as FILE  # the name stands beside what is in the file

if TYPE_CHECKING:
    import xarray as xr

_DIGITS = 13  # binary digits kept of what is computed from draws: four decimal ones
_GROUPS = ("posterior", "unconstrained_posterior", "sample_stats", "log_likelihood", "predictions", "sampler")


class Shape(NamedTuple):
    """What a sampler learnt, for chains of posteriors near by.

    Attributes
    ----------
    mean, covariance
        of the scores, (k,) and (k, k)
    step
        length of a step
    error
        of each part of the density, (parts,)
    """

    mean: np.ndarray
    covariance: np.ndarray
    step: float
    error: np.ndarray


class Drawn(NamedTuple):
    """What a fit says of its parameters, chain by chain.

    Attributes
    ----------
    scores
        standard scores of the parameters and of the spreads, (chains, draws, k + classes)
    parts
        log density of each paper's rows and of the prior, (chains, draws, parts)
    keys, spreads, papers
        names of the parameters, of the spreads, and of the parts but the prior
    """

    scores: np.ndarray
    parts: np.ndarray
    keys: tuple[str, ...]
    spreads: tuple[str, ...]
    papers: tuple[str, ...]

    def flat(self) -> tuple[np.ndarray, np.ndarray]:
        """Scores and parts of all draws, chain after chain."""
        return self.scores.reshape(-1, self.scores.shape[-1]), self.parts.reshape(-1, self.parts.shape[-1])


def write_fit(
    path: Path,
    drawn: Drawn,
    values: Mapping[str, np.ndarray],
    spreads: np.ndarray,
    effects: Mapping[str, np.ndarray],
    shape: Shape,
    manifest: Mapping[str, Any],
) -> Path:
    """Write the file, all of it or nothing; returns its path.

    Parameters
    ----------
    values
        by parameter, (chains * draws,), in its unit
    spreads
        (chains * draws, classes)
    effects
        by row that is fitted, (chains * draws,)
    shape
        what the sampler learnt
    manifest
        what the fit was made of, and how well it was made
    """
    import xarray as xr

    chains, draws, _ = drawn.scores.shape

    def table(columns: np.ndarray, names: Sequence[str], along: str) -> "xr.DataArray":
        array = np.asarray(columns, dtype=np.float32).reshape(chains, draws, len(names))
        return xr.DataArray(array, dims=("chain", "draw", along), coords={along: list(names)})

    k = len(drawn.keys)
    log_density = drawn.parts.sum(axis=-1)
    groups = {
        "posterior": {
            "value": table(np.stack([values[key] for key in drawn.keys], axis=-1), drawn.keys, "parameter"),
            "spread": table(spreads, drawn.spreads, "class"),
        },
        "unconstrained_posterior": {
            "score": table(drawn.scores[..., :k], drawn.keys, "parameter"),
            "spread_score": table(drawn.scores[..., k:], drawn.spreads, "class"),
        },
        "sample_stats": {"lp": xr.DataArray(log_density.astype(np.float32), dims=("chain", "draw"))},
        "log_likelihood": {"paper": table(rounded(drawn.parts[..., :-1]), drawn.papers, "paper_name")},
        "predictions": {
            "effect": table(rounded(np.stack(list(effects.values()), axis=-1)), tuple(effects), "row"),
        },
        "sampler": {
            "mean": xr.DataArray(shape.mean.astype(np.float32), dims="score"),
            "covariance": xr.DataArray(shape.covariance.astype(np.float32), dims=("score", "other_score")),
            "step": xr.DataArray(shape.step),
            "error": xr.DataArray(shape.error, dims="part"),
        },
    }
    tree = xr.DataTree.from_dict({name: xr.Dataset(variables) for name, variables in groups.items()})
    tree.attrs["manifest"] = json.dumps(dict(manifest), sort_keys=True)
    packed = {"zlib": True, "complevel": 9, "shuffle": True}
    encoding = {
        f"/{name}": {key: packed for key, one in variables.items() if one.ndim} for name, variables in groups.items()
    }
    path.parent.mkdir(parents=True, exist_ok=True)
    with prepared(path) as beside:
        tree.to_netcdf(beside, engine="h5netcdf", encoding=encoding)
    return path


def read_fit(path: Path, freeze: str | None = None) -> "xr.DataTree":
    """The file, read whole.

    Parameters
    ----------
    freeze
        the hash of the tables that it has to rest on (`niche.inference.freeze.freeze_hash`)

    Raises
    ------
    NicheError
        if it is missing, truncated, lacks a group, or rests on another freeze
    """
    import xarray as xr

    try:
        with xr.open_datatree(path, engine="h5netcdf") as opened:
            tree = opened.load()
    except FileNotFoundError:
        raise NicheError(f"{path} is missing: run 'niche fit'") from None
    except (OSError, ValueError, KeyError) as error:
        raise NicheError(f"{path} is not readable ({error}): get it again, or run 'niche fit'") from None
    if lacking := [name for name in _GROUPS if name not in tree.children]:
        raise NicheError(f"{path} has no group {', '.join(lacking)}; it needs {', '.join(_GROUPS)}")
    if freeze is not None:
        refuse_other_freeze(path, str(manifest_of(tree).get("freeze")), freeze)
    return tree


def manifest_of(tree: "xr.DataTree") -> dict[str, Any]:
    """What the fit was made of, and how well it was made."""
    return dict(json.loads(tree.attrs.get("manifest", "{}")))


def drawn_of(tree: "xr.DataTree") -> Drawn:
    """The draws as the sampler has them."""
    free: Any = tree["unconstrained_posterior"]
    told: Any = tree["log_likelihood"]["paper"]
    scores = np.concatenate([free["score"].values, free["spread_score"].values], axis=-1).astype(float)
    papers = told.values.astype(float)
    rest = tree["sample_stats"]["lp"].values - papers.sum(axis=-1)
    parts = np.concatenate([papers, rest[..., None]], axis=-1)
    return Drawn(
        scores,
        parts,
        keys=tuple(free["parameter"].values.tolist()),
        spreads=tuple(free["class"].values.tolist()),
        papers=tuple(told["paper_name"].values.tolist()),
    )


def shape_of(tree: "xr.DataTree") -> Shape:
    """What the sampler learnt."""
    found: Any = tree["sampler"]
    mean, covariance, error = (found[name].values.astype(float) for name in ("mean", "covariance", "error"))
    return Shape(mean, covariance, float(found["step"]), error)


def rounded(values: np.ndarray) -> np.ndarray:
    """The nearest numbers of few binary digits: they take half the room."""
    mantissa, exponent = np.frexp(values)
    return np.ldexp(np.round(mantissa * 2**_DIGITS) / 2**_DIGITS, exponent)
