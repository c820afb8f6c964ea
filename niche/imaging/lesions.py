"""A lesion as concentric balls: what each map of tissue is from the centre outwards, for any size of lesion.

A slice of the marrow is two millimetres wide and a lesion that a scanner may see is ten times that. What goes over
from one to the other is the profile across the tumour's edge (`profile_of`): how dense fibres, mineral or tumour are by
distance from the edge. A `Lesion` of any radius is then made of the same profile.
"""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple, get_args

import numpy as np
from scipy.ndimage import distance_transform_edt

from niche.errors import NicheError, unknown
from niche.imaging.files import Reads

MAPS: tuple[str, ...] = get_args(Reads)
NORMAL: Mapping[str, float] = {"sympathetic": 1.0, "formation": 1.0, "mineral": 1.0, "tumour": 0.0}


class Shells(NamedTuple):
    """One map of a lesion: `values[i]` lies between `radii[i - 1]` (0 for the first) and `radii[i]` [mm]."""

    radii: np.ndarray
    values: np.ndarray


class Lesion(NamedTuple):
    """A lesion in normal marrow.

    Attributes
    ----------
    radius
        mm, of the tumour
    maps
        by name of `MAPS`: shells outside which the map is that of normal marrow (`NORMAL`); what is absent is normal
    """

    radius: float
    maps: Mapping[str, Shells]

    def step(self, name: str) -> Shells:
        """The same map as balls of one value each, over normal: outer radii and heights whose sum it is."""
        shells = self.maps.get(name, Shells(np.array([self.radius]), np.array([NORMAL[name]])))
        over = shells.values - NORMAL[name]
        return Shells(shells.radii, over - np.append(over[1:], 0.0))

    def slice(self, name: str, pixel: float, pixels: int) -> np.ndarray:
        """The map in a plane through the centre, shape (pixels, pixels), without blur."""
        out = np.hypot(*grid(pixel, pixels))
        shells = self.maps.get(name)
        if shells is None:
            return np.full(out.shape, NORMAL[name])
        return np.append(shells.values, NORMAL[name])[np.searchsorted(shells.radii, out)]


def grid(pixel: float, pixels: int) -> tuple[np.ndarray, np.ndarray]:
    """Distances [mm] of a square's pixels from its centre, along y and x; a pixel lies on the centre."""
    one = (np.arange(pixels) - pixels // 2) * pixel
    return one[:, None], one[None, :]


def lesion(
    radius: float,
    *,
    rim: float = 0.0,
    rim_fibres: float = 1.0,
    core_fibres: float = 1.0,
    core_mineral: float = 1.0,
    formation: float = 1.0,
    formation_depth: float = 0.0,
    tumour: float = 1.0,
) -> Lesion:
    """A tumour with a rim of sprouting around it and a core that is lytic or not.

    Parameters
    ----------
    radius
        mm, of the tumour
    rim
        mm, how far outside the tumour fibres sprout and bone is formed
    rim_fibres, core_fibres
        sympathetic fibres in the rim and in the tumour, fold of normal marrow
    core_mineral
        mineral in the tumour, fold of normal
    formation
        bone formation in the rim and from the tumour's edge inward, fold of normal
    formation_depth
        mm, how far inward; deeper it goes with the mineral that is left, on whose surface it would lie
    tumour
        share of the volume inside that is tumour, 0 to 1

    Raises
    ------
    NicheError
        for a radius that is not above 0, or amounts that are negative or not finite
    """
    amounts = {"rim": rim, "rim_fibres": rim_fibres, "core_fibres": core_fibres, "core_mineral": core_mineral}
    amounts |= {"formation": formation, "tumour": tumour}
    amounts["formation_depth"] = formation_depth
    if not (np.isfinite(radius) and radius > 0):
        raise NicheError(f"radius must be a finite number of mm above 0, got {radius!r}")
    for name, value in amounts.items():
        if not (np.isfinite(value) and value >= 0):
            raise NicheError(f"{name} must be finite and not negative, got {value!r}")
    if tumour > 1:
        raise NicheError(f"tumour is a share of the volume, 0 to 1, got {tumour!r}")
    outer, inner = radius + rim, max(radius - formation_depth, 0.0)
    return Lesion(
        float(radius),
        {
            "sympathetic": _shells((radius, core_fibres), (outer, rim_fibres)),
            "mineral": _shells((radius, core_mineral)),
            "formation": _shells((inner, core_mineral), (outer, formation)),
            "tumour": _shells((radius, tumour)),
        },
    )


def from_profile(radius: float, edges: Sequence[float] | np.ndarray, profiles: Mapping[str, np.ndarray]) -> Lesion:
    """A lesion of any radius [mm] from profiles across a tumour's edge, as `profile_of` reads them from a slice.

    Parameters
    ----------
    edges
        mm from the tumour's edge, negative inside, shape (bins + 1,), rising; deeper inside the first bin goes on
    profiles
        by name of `MAPS`: values of each bin, shape (bins,), relative to normal marrow as `NORMAL` has it

    Raises
    ------
    NicheError
        for unknown maps, edges that do not rise, or profiles of another length or with gaps
    """
    far = np.asarray(edges, dtype=float)
    if not radius > 0 or far.ndim != 1 or len(far) < 2 or not (np.diff(far) > 0).all():
        raise NicheError(f"a lesion needs a radius above 0 and edges of bins that rise, got {radius!r} and {edges!r}")
    maps = {}
    for name, values in profiles.items():
        if name not in MAPS:
            raise unknown("map", name, MAPS)
        own = np.asarray(values, dtype=float)
        if own.shape != (len(far) - 1,) or not np.isfinite(own).all():
            raise NicheError(f"the profile of {name} needs {len(far) - 1} finite numbers, got shape {own.shape}")
        maps[name] = _shells(*zip(np.maximum(radius + far[1:], 0.0), own, strict=True))
    return Lesion(float(radius), maps)


def profile_of(
    values: Any, tumour: Any, pixel: float, edges: Sequence[float] | np.ndarray, normal: float, within: Any = None
) -> np.ndarray:
    """Mean of a map of tissue by distance from the tumour's edge, relative to normal marrow, shape (bins,).

    Where the tissue model meets this one: `values` and `tumour` are plain arrays of a slice.

    Parameters
    ----------
    values
        density, shape (y, x), any unit
    tumour
        share of tumour, shape (y, x); its edge is where it crosses one half
    pixel
        mm
    edges
        mm from the edge, negative inside, rising
    normal
        what `values` is in normal marrow, in the same unit; 1 leaves them as they are
    within
        bool, shape (y, x): what to average over, such as marrow without trabeculae; everything if not given

    Returns
    -------
    np.ndarray
        NaN in a bin without pixels

    Raises
    ------
    NicheError
        for arrays of unlike shapes, no tumour or nothing but tumour, or a normal of 0
    """
    density, share = np.asarray(values, dtype=float), np.asarray(tumour, dtype=float)
    keep = np.ones(density.shape, dtype=bool) if within is None else np.asarray(within, dtype=bool)
    if density.ndim != 2 or share.shape != density.shape or keep.shape != density.shape:
        raise NicheError(f"maps of one shape (y, x), please: got {density.shape}, {share.shape} and {keep.shape}")
    inside = share >= 0.5
    if not inside.any() or inside.all():
        raise NicheError("a slice needs tumour and tissue without it: no place crosses a share of one half")
    if not (np.isfinite(normal) and normal > 0):
        raise NicheError(f"normal must be finite and above 0, got {normal!r}")
    # A pixel's own edge lies half a pixel from its centre.
    out = np.where(inside, 0.5 - distance_transform_edt(inside), distance_transform_edt(~inside) - 0.5) * pixel
    which = np.digitize(out, np.asarray(edges, dtype=float)) - 1
    found = [density[(which == i) & keep] for i in range(len(edges) - 1)]
    return np.array([one.mean() if one.size else np.nan for one in found]) / normal


def _shells(*parts: tuple[float, float]) -> Shells:
    """Shells from (outer radius, value), inside out; those without thickness fall away."""
    kept: list[tuple[float, float]] = []
    for outer, value in parts:
        if outer > (kept[-1][0] if kept else 0.0):
            kept.append((float(outer), float(value)))
    return Shells(*(np.array(x) for x in zip(*kept, strict=True)))
