"""Bone remodelling after Pivonka et al. 2008 (doi:10.1016/j.bone.2008.03.025), with what the data add to it.

Ligands are quasi-steady. Each addition is a ratio to its own resting value and is switched off by one parameter:
a TGF-beta pool that resorption does not free, resorption per osteoclast that goes with RANK occupancy, a RANKL
trap, and a bone volume with a turnover of its own instead of a pure integrator.
"""

from typing import Any, NamedTuple

from niche.model.helpers import brake, fold, hill
from niche.model.nerves import BetaSignals
from niche.model.state import Inputs, Parameters, State


class Ligands(NamedTuple):
    """What the cells read. OPG, RANKL, PTH and TGFb in pM; occupancy and activity are ratios to rest."""

    PTH: Any
    OPG: Any
    RANKL: Any
    occupancy: Any
    activity: Any
    TGFb: Any


def pth(pthrp_free: Any, inputs: Inputs, p: Parameters) -> Any:
    """Ligand of the PTH1 receptor [pM]: PTH and the tumour's PTHrP."""
    level = (p.beta_PTH + inputs.PTH_added) / p.D_PTH + pthrp_free
    return p.PTH0 + p.pth_response * (level - p.PTH0)


def rank_occupancy(OBp: Any, OBa: Any, PTH: Any, drive: Any, trap: Any, inputs: Inputs, p: Parameters) -> Any:
    """OPG, RANKL [pM] and the share of the osteoclast supply that bound RANK allows.

    OBp, OBa in pM; `drive` multiplies RANKL production; `trap` adds to OPG in the denominator (dimensionless).
    """
    output = p.p_OPG * OBa * brake(PTH, p.K_PTH_rep)
    OPG = (output + inputs.OPG_added) * p.OPG_max / (output + p.D_OPG * p.OPG_max)
    carriers = p.R_L * OBp * hill(PTH, p.K_PTH_act)
    made = (p.beta_L * drive + inputs.RANKL_added) / (p.beta_L + p.D_L * carriers)
    RANKL = carriers * made / (1 + p.Ka1 * OPG + p.Ka2 * p.RANK + trap)
    return OPG, RANKL, hill(p.Ka2 * RANKL * p.RANK, p.K_RR)


def rankl_drive(beta: BetaSignals, inputs: Inputs, p: Parameters) -> Any:
    """Production of RANKL against rest: beta receptors and oestrogen."""
    nerves = fold(p.b1_rankl, beta.s1 - p.s1_0) * fold(p.b2_rankl, beta.s2 - p.s2_0)
    return nerves * fold(p.oestrogen_rankl, 1 - inputs.oestrogen)


def resorption_per_cell(ratio: Any, p: Parameters) -> Any:
    """Resorption per osteoclast against rest, saturating in RANK occupancy over rest (1 when activity_half is 0)."""
    return (1 + p.activity_half) * ratio / (ratio + p.activity_half)


def ligands(y: State, beta: BetaSignals, pthrp_free: Any, inputs: Inputs, p: Parameters) -> Ligands:
    """All quasi-steady signals that bone cells read."""
    PTH = pth(pthrp_free, inputs, p)
    trap = p.Ka1 * p.rankl_trap_affinity * y.rankl_trap * 1000  # nM to pM
    drive = rankl_drive(beta, inputs, p)
    OPG, RANKL, bound = rank_occupancy(y.OBp * p.OBp0, y.OBa * p.OBa0, PTH, drive, trap, inputs, p)
    ratio = bound / p.occupancy0
    activity = resorption_per_cell(ratio, p)
    freed = p.alpha * p.k_res * p.OCa0 * y.OCa * activity / p.D_TGFb
    pool = p.tgfb_background * p.TGFb0 + (1 - p.tgfb_background) * freed + inputs.TGFb_added
    # An antibody binds all active TGF-beta: bone cells and tumour see the same free part.
    TGFb = pool * brake(y.tgfb_trap, p.tgfb_trap_Kd)
    return Ligands(PTH, OPG, RANKL, ratio, activity, TGFb)


def precursor_rate(y: State, signal: Ligands, supply: Any, p: Parameters) -> Any:
    """d OBp / dt [1/day]; `supply` multiplies the supply of precursors."""
    born = p.D_OBu / p.OBp0 * hill(signal.TGFb, p.K1) * supply
    return p.time_scale * (born - p.D_OBp * y.OBp * brake(signal.TGFb, p.K2))


def osteoblast_rate(y: State, signal: Ligands, death: Any, p: Parameters) -> Any:
    """d OBa / dt [1/day]; `death` multiplies the death of osteoblasts."""
    matured = p.D_OBp * y.OBp * p.OBp0 / p.OBa0 * brake(signal.TGFb, p.K2)
    return p.time_scale * (matured - p.A_OBa * y.OBa * death)


def osteoclast_rate(y: State, signal: Ligands, p: Parameters) -> Any:
    """d OCa / dt [1/day]."""
    formed = p.D_OCp / p.OCa0 * signal.occupancy * p.occupancy0
    died = p.A_OCa * y.OCa * hill(signal.TGFb, p.K3)
    return p.time_scale * (formed - died) - p.zol_kill * y.zol_bone * y.OCa


def formation(y: State, p: Parameters) -> Any:
    """Bone formed per surface, against rest: osteoblasts, each working harder where bone is lost (load)."""
    return y.OBa * y.BV ** (-p.load_feedback)


def bone_rate(y: State, signal: Ligands, p: Parameters) -> Any:
    """d BV / dt [1/day]: Pivonka's balance of deviations from rest, on a surface that goes with bone volume."""
    weight = p.k_form * p.OBa0 / (p.k_res * p.OCa0)
    balance = weight * (formation(y, p) - 1) - (y.OCa * signal.activity - 1)
    return p.turnover * y.BV**p.surface_order * balance


def beta_supply(beta: BetaSignals, p: Parameters) -> Any:
    """Supply of osteoblast precursors against rest, through beta receptors."""
    return fold(p.b1_supply, beta.s1 - p.s1_0) * fold(p.b2_supply, beta.s2 - p.s2_0)
