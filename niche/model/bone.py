"""Bone remodelling after Pivonka et al. 2008 (doi:10.1016/j.bone.2008.03.025), with what the data add to it.

Ligands are quasi-steady. Each addition is a ratio to its own resting value and is switched off by one parameter:
a TGF-beta pool that resorption does not free, resorption per osteoclast that goes with RANK occupancy, a share that
needs no RANKL, a RANKL trap, nerve signals on supply and production, semaphorin 4D, and a bone volume with a turnover
of its own instead of a pure integrator. So are factors of the matrix beside TGF-beta, its own hand on osteoclasts and
RANKL, work per osteoblast under nerve signals, load that is felt late, and precursors that gather under a RANKL block.
"""

from typing import Any, NamedTuple

from niche.model.helpers import brake, fold, hill, positive, switched
from niche.model.nerves import NerveSignals
from niche.model.state import Inputs, Parameters, State


class Ligands(NamedTuple):
    """What the cells read.

    Attributes
    ----------
    PTH
        ligand of the PTH1 receptor, the tumour's PTHrP included [pM]
    OPG, RANKL
        osteoprotegerin, and free RANKL [pM]
    occupancy
        RANK occupancy over rest, with the share that needs no RANKL
    activity
        resorption per osteoclast over rest
    TGFb
        active TGF-beta that no antibody holds [pM]
    matrix
        what resorption frees beside TGF-beta (BMP, IGF and others), as the TGF-beta that would do the same [pM]
    """

    PTH: Any
    OPG: Any
    RANKL: Any
    occupancy: Any
    activity: Any
    TGFb: Any
    matrix: Any


def pth(pthrp_free: Any, inputs: Inputs, p: Parameters) -> Any:
    """Ligand of the PTH1 receptor [pM]: PTH and the tumour's PTHrP."""
    level = (p.beta_PTH + inputs.PTH_added) / p.D_PTH + pthrp_free
    return p.PTH0 + p.pth_response * (level - p.PTH0)


def rank_occupancy(
    OBp: Any, source: Any, PTH: Any, drive: Any, secreted: Any, trap: Any, inputs: Inputs, p: Parameters
) -> Any:
    """OPG, RANKL [pM] and the share of the osteoclast supply that bound RANK allows.

    Parameters
    ----------
    OBp, source
        precursors, and the cells that make OPG [pM]
    PTH
        ligand of the PTH1 receptor [pM]
    drive, secreted
        factors on the production of RANKL, and on the output of OPG
    trap
        what a RANKL trap adds to OPG in the denominator (dimensionless)
    """
    output = p.p_OPG * source * brake(PTH, p.K_PTH_rep) * secreted
    OPG = (output + inputs.OPG_added) * p.OPG_max / (output + p.D_OPG * p.OPG_max)
    carriers = p.R_L * OBp * hill(PTH, p.K_PTH_act)
    made = (p.beta_L * drive + inputs.RANKL_added) / (p.beta_L + p.D_L * carriers)
    RANKL = carriers * made / (1 + p.Ka1 * OPG + p.Ka2 * p.RANK + trap)
    return OPG, RANKL, hill(p.Ka2 * RANKL * p.RANK, p.K_RR)


def opg_source(y: State, p: Parameters) -> Any:
    """What makes OPG [pM of osteoblasts]: mature osteoblasts, a share of precursors, a blastic tumour.

    OPG of patients with blastic disease: doi:10.1038/srep18324. Osteocytes make OPG too (doi:10.1128/MCB.01428-09); if
    theirs went with bone volume, bone that is lost would take its own brake along, and a healthy host would not rest.
    """
    lineage = (1 - p.opg_precursors) * y.OBa + p.opg_precursors * y.OBp
    return p.OBa0 * (lineage + p.opg_tumour * y.tumour)


def tgfb_ratio(TGFb: Any, p: Parameters) -> Any:
    """Change of TGF-beta receptor occupancy of bone cells, against rest."""
    return hill(TGFb, p.K1) / hill(p.TGFb0, p.K1) - 1


def rankl_drive(nerve: NerveSignals, tgfb: Any, inputs: Inputs, p: Parameters) -> Any:
    """Production of RANKL against rest: beta receptors, substance P, oestrogen, IL-6, and TGF-beta (Quinn et al. 2001,
    doi:10.1359/jbmr.2001.16.10.1787)."""
    beta = p.b1_rankl * (nerve.s1 - p.s1_0) + p.b2_rankl * (nerve.s2 - p.s2_0)
    other = p.sp_rankl * (nerve.sp_high - p.sp_high_0) + p.oestrogen_rankl * (1 - inputs.oestrogen)
    return fold(1, beta + other + p.tgfb_rankl * tgfb) * nerve.IL6**p.il6_rankl


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
    kept = brake(y.tgfb_trap + inputs.tgfb_trap_added, p.tgfb_trap_Kd)
    # What RANKL reads of TGF-beta is that of osteoclasts at resting activity, so that nothing is implicit.
    settled = tgfb_pool(y.OCa, inputs, p) * kept
    drive, secreted = rankl_drive(nerve, tgfb_ratio(settled, p), inputs, p), opg_output(nerve, p)
    OPG, RANKL, bound = rank_occupancy(y.OBp * p.OBp0, opg_source(y, p), PTH, drive, secreted, trap, inputs, p)
    # Some osteoclasts form and work without RANKL: a block never stops resorption altogether.
    ratio = p.rankl_free + (1 - p.rankl_free) * bound / p.occupancy0
    activity = resorption_per_cell(ratio, p)
    # An antibody binds all active TGF-beta: bone cells and tumour see the same free part.
    TGFb = tgfb_pool(y.OCa * activity, inputs, p) * kept
    matrix = p.TGFb0 * (p.matrix_background + (1 - p.matrix_background) * y.OCa * activity)
    return Ligands(PTH, OPG, RANKL, ratio, activity, TGFb, matrix)


def tgfb_pool(resorption: Any, inputs: Inputs, p: Parameters) -> Any:
    """Active TGF-beta before any antibody [pM]: a background, and what resorption (against rest) frees."""
    return (
        p.TGFb0 * p.tgfb_background
        + (1 - p.tgfb_background) * p.alpha * p.k_res * p.OCa0 * resorption / p.D_TGFb
        + inputs.TGFb_added
    )


def coupled(signal: Ligands, half: Any, p: Parameters) -> Any:
    """What couples supply of osteoblasts and death of osteoclasts to resorption: TGF-beta, and its share by the matrix.

    Coupling factors of the matrix beside TGF-beta: Sims & Martin 2014 (doi:10.1038/bonekey.2013.215).
    """
    return (1 - p.matrix_share) * hill(signal.TGFb, half) + p.matrix_share * hill(signal.matrix, half)


def precursor_rate(y: State, signal: Ligands, supply: Any, maturing: Any, p: Parameters) -> Any:
    """d OBp / dt [1/day]; `supply` multiplies the supply of precursors, `maturing` their step to osteoblasts."""
    born = p.D_OBu / p.OBp0 * coupled(signal, p.K1, p) * supply
    return p.time_scale * (born - p.D_OBp * y.OBp * brake(signal.TGFb, p.K2) * maturing)


def osteoblast_rate(y: State, signal: Ligands, maturing: Any, death: Any, p: Parameters) -> Any:
    """d OBa / dt [1/day]; `maturing` as above, `death` multiplies the death of osteoblasts."""
    matured = p.D_OBp * y.OBp * p.OBp0 / p.OBa0 * brake(signal.TGFb, p.K2) * maturing
    return p.time_scale * (matured - p.A_OBa * y.OBa * death)


def osteoclast_supply(y: State, nerve: NerveSignals, TGFb: Any, inputs: Inputs, p: Parameters) -> Any:
    """Osteoclasts formed against rest at the same RANK occupancy.

    CGRP; the trophic signal of sympathetic fibres, more in membranous bone (Sandhu 1987, doi:10.1002/ar.1092190107), to
    which cells adapt; TGF-beta on precursors; precursors that gathered under a block.
    """
    used = nerve.trophic - 1 - switched(p.trophic_adapt) * (y.adapted - 1)
    gain = p.trophic_oc + p.trophic_site * inputs.membranous
    direct = p.cgrp_oc * (nerve.cgrp - p.cgrp_0) + gain * used + p.tgfb_oc * tgfb_ratio(TGFb, p)
    return fold(1, direct) * (1 + p.pool_excess * y.gathered)


def adapted_rate(y: State, nerve: NerveSignals, p: Parameters) -> Any:
    """d adapted / dt [1/day]: the trophic signal that osteoclasts have become used to."""
    return p.trophic_adapt * (nerve.trophic - y.adapted)


def gathered_rate(y: State, signal: Ligands, p: Parameters) -> Any:
    """d gathered / dt [1/day]: osteoclast precursors wait where RANK is not bound, and are used up where it is."""
    waiting = positive(1 - signal.occupancy) - y.gathered * (signal.occupancy + p.pool_loss)
    return switched(p.pool_excess) * p.time_scale * p.pool_pace * waiting


def load_rate(y: State, p: Parameters) -> Any:
    """d load / dt [1/day]: loading is shared out anew over the bone that there is."""
    return switched(p.load_delay) * p.time_scale * p.load_pace * (y.BV - y.load)


def osteoclast_rate(y: State, signal: Ligands, supply: Any, p: Parameters) -> Any:
    """d OCa / dt [1/day]; `supply` multiplies the formation of osteoclasts."""
    formed = p.D_OCp / p.OCa0 * signal.occupancy * p.occupancy0 * supply
    died = p.A_OCa * y.OCa * coupled(signal, p.K3, p) + zol_death(y, p) * y.OCa
    return p.time_scale * (formed - died)


def zol_death(y: State, p: Parameters) -> Any:
    """Osteoclast death by zoledronate on the surface that they resorb [1/day at human pace]: it saturates."""
    bound = y.zol_bone * p.zol_surface
    return p.zol_kill * bound / (1 + p.zol_saturation * bound)


def formation(y: State, nerve: NerveSignals, TGFb: Any, inputs: Inputs, p: Parameters) -> Any:
    """Bone formed per surface, against rest: osteoblasts, each working harder where bone is lost (load).

    Beta receptors act on work per osteoblast apart from RANKL (Kajimura et al. 2011, J Exp Med); TGF-beta
    brakes late osteoblasts; cold and hunger take energy. A share of the answer to load comes late.
    """
    strained = y.BV ** (-p.load_feedback * (1 - p.load_delay)) * y.load ** (-p.load_feedback * p.load_delay)
    beta = p.b1_work * (nerve.s1 - p.s1_0) + p.b2_work * (nerve.s2 - p.s2_0)
    other = p.energy_work * (inputs.energy - 1) - p.tgfb_work * tgfb_ratio(TGFb, p)
    return y.OBa * strained * fold(1, beta + other)


def bone_rate(y: State, formed: Any, signal: Ligands, inputs: Inputs, p: Parameters) -> Any:
    """d BV / dt [1/day]: `formed` (against rest) and resorption by Pivonka's balance of deviations
    from rest, on a surface that goes with bone volume."""
    weight = p.k_form * p.OBa0 / (p.k_res * p.OCa0)
    balance = weight * (formed - 1) - (y.OCa * signal.activity - 1)
    return p.turnover * inputs.site_turnover * y.BV**p.surface_order * balance


def precursor_supply(y: State, nerve: NerveSignals, inputs: Inputs, p: Parameters) -> Any:
    """Supply of osteoblast precursors against rest: beta receptors, peptides, cholinergic fibres, semaphorin 4D."""
    beta = p.b1_supply * (nerve.s1 - p.s1_0) + p.b2_supply * (nerve.s2 - p.s2_0)
    peptides = p.cgrp_supply * (nerve.cgrp - p.cgrp_0) + p.sp_supply * (nerve.sp_low - p.sp_low_0)
    osteoclasts = (1 + p.sema4d) / (1 + p.sema4d * inputs.sema4d_present * y.OCa)
    return fold(1, beta + peptides + p.ach_supply * (nerve.cholinergic - 1)) * osteoclasts


def maturing(nerve: NerveSignals, p: Parameters) -> Any:
    """Maturing of precursors against rest: substance P at high concentration."""
    return fold(p.sp_mature, nerve.sp_high - p.sp_high_0)


def calcium(y: State, formed: Any, activity: Any, p: Parameters) -> Any:
    """Calcium in plasma [mM] by the balance of resorption and formation; 2.35 at rest [CL066]. Feeds nothing back."""
    return 2.35 * (1 + p.calcium_gain * y.BV * (y.OCa * activity - formed))
