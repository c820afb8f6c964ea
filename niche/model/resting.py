"""The resting point: what follows from the parameters before anything happens to a host."""

from functools import lru_cache

import numpy as np

from niche.errors import NicheError
from niche.model import bone
from niche.model.helpers import brake, hill
from niche.model.nerves import adrenaline, beta_signals, noradrenaline, peptide
from niche.model.state import RESTING, Parameters

_CORE = tuple(Parameters._fields[: Parameters._fields.index("k_form")])


def derive(p: Parameters) -> Parameters:
    """`p` with its derived entries filled in; fields are arrays of shape (draws,).

    The resting point is Pivonka's whatever the extensions are, because each extension is a ratio to rest.
    Raises `NicheError` if the bone core has no resting point with all three cell types.
    """
    core = np.stack([np.broadcast_to(getattr(p, name), np.shape(p.growth)) for name in _CORE], axis=-1)
    unique, where = np.unique(core.reshape(-1, len(_CORE)), axis=0, return_inverse=True)
    found = np.array([_pivonka_rest(tuple(row)) for row in unique])[where.reshape(np.shape(p.growth))]
    names = ("OBp0", "OBa0", "OCa0", "TGFb0", "PTH0", "occupancy0", "RANKL0")
    return responses(p._replace(**{name: found[..., i] for i, name in enumerate(names)}))


def responses(p: Parameters) -> Parameters:
    """`p` with its resting nerve signals filled in; on numbers, arrays and symbols alike."""
    s1, s2, other = beta_signals(noradrenaline(1.0, RESTING, p), adrenaline(RESTING, p), RESTING, p)
    return p._replace(
        s1_0=s1,
        s2_0=s2,
        s2_other_0=other,
        cgrp_0=peptide(p.CGRP, p.EC50_CGRP, 0.0),
        sp_low_0=peptide(p.SP, p.EC50_SP_low, 0.0),
        sp_high_0=peptide(p.SP, p.EC50_SP_high, 0.0),
    )


@lru_cache(maxsize=4096)
def _pivonka_rest(core: tuple[float, ...]) -> tuple[float, ...]:
    """OBp, OBa, OCa, TGF-beta, PTH [pM], RANK occupancy and RANKL [pM] at the stable resting point of the bone core.

    Supply and maturing give both osteoblast stages for a given osteoclast density, so one equation is left.
    """
    from scipy.optimize import brentq  # late: slow to import

    p = Parameters(**dict.fromkeys(Parameters._fields, 0.0))._replace(**dict(zip(_CORE, core, strict=True)))
    PTH = p.beta_PTH / p.D_PTH

    def cells(log_OCa: float) -> tuple[float, ...]:
        OCa = np.exp(log_OCa)
        TGFb = p.alpha * p.k_res * OCa / p.D_TGFb
        supply = p.D_OBu * hill(TGFb, p.K1)
        OBp, OBa = supply / (p.D_OBp * brake(TGFb, p.K2)), supply / p.A_OBa
        _, RANKL, bound = bone.rank_occupancy(OBp, OBa, PTH, 1.0, 1.0, 0.0, RESTING, p)
        return OBp, OBa, OCa, TGFb, PTH, bound, RANKL

    def surplus(log_OCa: float) -> float:
        _, _, OCa, TGFb, _, bound, _ = cells(log_OCa)
        return float(p.D_OCp * bound / (p.A_OCa * OCa * hill(TGFb, p.K3)) - 1)

    grid = np.linspace(np.log(1e-8), np.log(1e2), 400)
    values = np.array([surplus(x) for x in grid])
    falling = np.flatnonzero((values[:-1] > 0) & (values[1:] <= 0))
    if len(falling) == 0:
        raise NicheError("these bone parameters have no resting point: osteoclasts die out or grow without end")
    root = brentq(surplus, grid[falling[0]], grid[falling[0] + 1], xtol=1e-15, rtol=8.9e-16, maxiter=200)
    return tuple(float(v) for v in cells(root))
