"""Draws without one paper as a file of params/left_out, and how they are weighed with the draws of all papers."""

from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np

from niche.errors import NicheError
from niche.files import prepared
from niche.inference.blocks import CLASSES
from niche.inference.shipped import rounded

PREFIX = "again-"  # of the task and of its files


class Without(NamedTuple):
    """Draws towards the posterior without a paper.

    Attributes
    ----------
    whole
        weights of the fit's draws (n,)
    weights
        of the draws without the paper (m,); both together add up to 1
    effects, spreads
        what the model says of each row at the latter (m, rows), and their spreads (m, classes)
    rows
        names of these rows
    """

    whole: np.ndarray
    weights: np.ndarray
    effects: np.ndarray
    spreads: np.ndarray
    rows: tuple[str, ...]


def thinned(weights: np.ndarray, n: int, most: int) -> tuple[np.ndarray, np.ndarray]:
    """Some of the draws without the paper, evenly spread, and weights for the fit's draws (n,) and for these.

    Parameters
    ----------
    weights
        of the fit's n draws, then of those without the paper
    """
    own = weights[n:]
    some = np.unique(np.linspace(0, len(own) - 1, min(most, len(own))).round().astype(int))
    kept = own[some] * own.sum() / own[some].sum()
    return some, np.concatenate([weights[:n], kept])


def write_without(path: Path, found: Without) -> Path:
    """Write the file, all of it or nothing; returns its path."""
    import xarray as xr

    data = xr.Dataset(
        {
            "whole": ("fitted", found.whole),
            "weight": ("draw", found.weights),
            "effect": (("draw", "row"), rounded(found.effects).astype(np.float32)),
            "spread": (("draw", "class"), rounded(found.spreads).astype(np.float32)),
        },
        coords={"row": list(found.rows), "class": list(CLASSES)},
    )
    packed = {"zlib": True, "complevel": 9, "shuffle": True}
    with prepared(path) as beside:
        data.to_netcdf(beside, engine="h5netcdf", encoding=dict.fromkeys(("effect", "spread"), packed))
    return path


def read_without(path: Path, rows: Sequence[str]) -> Without:
    """The file, its rows in this order.

    Raises
    ------
    NicheError
        if it is missing, not readable, or lacks a row
    """
    import xarray as xr

    try:
        with xr.open_dataset(path, engine="h5netcdf") as opened:
            data = opened.load()
        effects = data["effect"].sel(row=list(rows)).values.astype(float)
    except FileNotFoundError:
        raise NicheError(f"{path} is missing: run 'niche left-out'") from None
    except (OSError, ValueError, KeyError) as error:
        raise NicheError(f"{path} is not readable ({error}): delete it, and run 'niche left-out'") from None
    return Without(
        data["whole"].values.astype(float),
        data["weight"].values.astype(float),
        effects,
        data["spread"].values.astype(float),
        tuple(rows),
    )
