"""Bone remodelling after Pivonka et al. 2008 (doi:10.1016/j.bone.2008.03.025), with what the data add to it.

Ligands are quasi-steady. Each addition is a ratio to its own resting value and is switched off by one parameter:
a TGF-beta pool that resorption does not free, resorption per osteoclast that goes with RANK occupancy, a share that
needs no RANKL, a RANKL trap, nerve signals on supply and production, semaphorin 4D, and a bone volume with a turnover
of its own instead of a pure integrator.
"""

from typing import Any, NamedTuple

from niche.model.helpers import brake, fold, hill
from niche.model.nerves import NerveSignals
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


def rank_occupancy(
    OBp: Any, OBa: Any, PTH: Any, drive: Any, secreted: Any, trap: Any, inputs: Inputs, p: Parameters
) -> Any:
    """OPG, RANKL [pM] and the share of the osteoclast supply that bound RANK allows.

    OBp, OBa in pM; `drive` multiplies RANKL production and `secreted` the output of OPG; `trap` adds to OPG in the
    denominator (dimensionless).
    """
    output = p.p_OPG * OBa * brake(PTH, p.K_PTH_rep) * secreted
    OPG = (output + inputs.OPG_added) * p.OPG_max / (output + p.D_OPG * p.OPG_max)
    carriers = p.R_L * OBp * hill(PTH, p.K_PTH_act)
    made = (p.beta_L * drive + inputs.RANKL_added) / (p.beta_L + p.D_L * carriers)
    RANKL = carriers * made / (1 + p.Ka1 * OPG + p.Ka2 * p.RANK + trap)
    return OPG, RANKL, hill(p.Ka2 * RANKL * p.RANK, p.K_RR)


def rankl_drive(nerve: NerveSignals, inputs: Inputs, p: Parameters) -> Any:
    """Production of RANKL against rest: beta receptors, substance P, oestrogen and IL-6."""
    beta = p.b1_rankl * (nerve.s1 - p.s1_0) + p.b2_rankl * (nerve.s2 - p.s2_0)
    other = p.sp_rankl * (nerve.sp_high - p.sp_high_0) + p.oestrogen_rankl * (1 - inputs.oestrogen)
    return fold(1, beta + other) * nerve.IL6**p.il6_rankl


def opg_output(nerve: NerveSignals, p: Parameters) -> Any:
    """Output of OPG per osteoblast against rest: CGRP."""
    return fold(p.cgrp_opg, nerve.cgrp - p.cgrp_0)


def resorption_per_cell(ratio: Any, p: Parameters) -> Any:
    """Resorption per osteoclast against rest, saturating in RANK occupancy over rest (1 when activity_half is 0)."""
    return (1 + p.activity_half) * ratio / (ratio + p.activity_half)


def ligands(y: State, nerve: NerveSignals, pthrp_free: Any, inputs: Inputs, p: Parameters) -> Ligands:
    """All quasi-steady signals that bone cells read."""
    PTH = pth(pthrp_free, inputs, p)
    trap = p.Ka1 * p.rankl_trap_affinity * (y.rankl_trap + inputs.rankl_trap_added) * 1000  # nM to pM
    drive, secreted = rankl_drive(nerve, inputs, p), opg_output(nerve, p)
    OPG, RANKL, bound = rank_occupancy(y.OBp * p.OBp0, y.OBa * p.OBa0, PTH, drive, secreted, trap, inputs, p)
    # Some osteoclasts form and work without RANKL: a block never stops resorption altogether.
    ratio = p.rankl_free + (1 - p.rankl_free) * bound / p.occupancy0
    activity = resorption_per_cell(ratio, p)
    freed = p.alpha * p.k_res * p.OCa0 * y.OCa * activity / p.D_TGFb
    pool = p.tgfb_background * p.TGFb0 + (1 - p.tgfb_background) * freed + inputs.TGFb_added
    # An antibody binds all active TGF-beta: bone cells and tumour see the same free part.
    TGFb = pool * brake(y.tgfb_trap + inputs.tgfb_trap_added, p.tgfb_trap_Kd)
    return Ligands(PTH, OPG, RANKL, ratio, activity, TGFb)


def precursor_rate(y: State, signal: Ligands, supply: Any, maturing: Any, p: Parameters) -> Any:
    """d OBp / dt [1/day]; `supply` multiplies the supply of precursors, `maturing` their step to osteoblasts."""
    born = p.D_OBu / p.OBp0 * hill(signal.TGFb, p.K1) * supply
    return p.time_scale * (born - p.D_OBp * y.OBp * brake(signal.TGFb, p.K2) * maturing)


def osteoblast_rate(y: State, signal: Ligands, maturing: Any, death: Any, p: Parameters) -> Any:
    """d OBa / dt [1/day]; `maturing` as above, `death` multiplies the death of osteoblasts."""
    matured = p.D_OBp * y.OBp * p.OBp0 / p.OBa0 * brake(signal.TGFb, p.K2) * maturing
    return p.time_scale * (matured - p.A_OBa * y.OBa * death)


def osteoclast_supply(nerve: NerveSignals, p: Parameters) -> Any:
    """Osteoclasts formed against rest at the same RANK occupancy: CGRP and the trophic signal of sympathetic fibres."""
    return fold(1, p.cgrp_oc * (nerve.cgrp - p.cgrp_0) + p.trophic_oc * (nerve.trophic - 1))


def osteoclast_rate(y: State, signal: Ligands, supply: Any, p: Parameters) -> Any:
    """d OCa / dt [1/day]; `supply` multiplies the formation of osteoclasts."""
    formed = p.D_OCp / p.OCa0 * signal.occupancy * p.occupancy0 * supply
    died = p.A_OCa * y.OCa * hill(signal.TGFb, p.K3) + p.zol_kill * y.zol_bone * y.OCa
    return p.time_scale * (formed - died)


def formation(y: State, p: Parameters) -> Any:
    """Bone formed per surface, against rest: osteoblasts, each working harder where bone is lost (load)."""
    return y.OBa * y.BV ** (-p.load_feedback)


def bone_rate(y: State, signal: Ligands, p: Parameters) -> Any:
    """d BV / dt [1/day]: Pivonka's balance of deviations from rest, on a surface that goes with bone volume."""
    weight = p.k_form * p.OBa0 / (p.k_res * p.OCa0)
    balance = weight * (formation(y, p) - 1) - (y.OCa * signal.activity - 1)
    return p.turnover * y.BV**p.surface_order * balance


def precursor_supply(y: State, nerve: NerveSignals, inputs: Inputs, p: Parameters) -> Any:
    """Supply of osteoblast precursors against rest: beta receptors, peptides, cholinergic fibres, semaphorin 4D."""
    beta = p.b1_supply * (nerve.s1 - p.s1_0) + p.b2_supply * (nerve.s2 - p.s2_0)
    peptides = p.cgrp_supply * (nerve.cgrp - p.cgrp_0) + p.sp_supply * (nerve.sp_low - p.sp_low_0)
    osteoclasts = (1 + p.sema4d) / (1 + p.sema4d * inputs.sema4d_present * y.OCa)
    return fold(1, beta + peptides + p.ach_supply * (nerve.cholinergic - 1)) * osteoclasts


def maturing(nerve: NerveSignals, p: Parameters) -> Any:
    """Maturing of precursors against rest: substance P at high concentration."""
    return fold(p.sp_mature, nerve.sp_high - p.sp_high_0)


def calcium(y: State, activity: Any, p: Parameters) -> Any:
    """Calcium in plasma [mM] by the balance of resorption and formation; 2.35 at rest [CL066]. Feeds nothing back."""
    return 2.35 * (1 + p.calcium_gain * y.BV * (y.OCa * activity - formation(y, p)))
