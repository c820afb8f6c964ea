"""A tumour in bone: its cells arrive, sleep, wake and grow, make PTHrP, and take osteoblasts away or add some."""

from typing import Any

from niche.model.helpers import brake, fold, hill, swing
from niche.model.nerves import NerveSignals
from niche.model.state import Inputs, Parameters, State


def tgfb_seen(TGFb: Any, p: Parameters) -> Any:
    """TGF-beta receptor occupancy of the tumour against rest; the link parameter holds it at rest."""
    ratio = hill(TGFb, p.K1) / hill(p.TGFb0, p.K1)
    return 1 + p.tgfb_link * (ratio - 1)


def local_burden(y: State, p: Parameters) -> Any:
    """Burden in the marrow, as a share of what it can hold: a tumour may grow out of it."""
    return y.tumour / (1 + p.outgrow * y.tumour / (1 + p.outgrow))


def growth_factor(y: State, nerve: NerveSignals, p: Parameters) -> Any:
    """Growth against rest through nerves and vessels, in bone and elsewhere.

    A few cells need no vessels of their own, a mass does (Folkman 1971, doi:10.1056/NEJM197111182852108).
    """
    peptides = p.tumour_cgrp * (nerve.cgrp - p.cgrp_0) + p.tumour_sp * (nerve.sp_high - p.sp_high_0)
    direct = fold(1, p.tumour_beta * (nerve.s2_tumour - p.s2_other_0) + peptides)
    needed = 1 - p.vessel_gate * p.vessel_size / (y.tumour + p.vessel_size)
    return direct * y.vessels ** (p.vessel_growth * needed)


def birth_rate(seen: Any, RANKL: Any, factor: Any, p: Parameters) -> Any:
    """Net growth per cell in bone before the marrow is full and before killing [1/day].

    A line that carries RANK takes a share of its growth from RANKL, bounded as binding is.
    """
    own = p.rank_growth * swing(RANKL / p.RANKL0)
    return p.growth * (1 + p.tgfb_share * (seen - 1) + own) * factor


def growth_rate(y: State, rate: Any, killed: Any, p: Parameters) -> Any:
    """d tumour / dt of growth and killing alone [1/day]: logistic, in the marrow and the room outside it."""
    return (rate * (1 - y.tumour / (1 + p.outgrow)) - killed) * y.tumour


def fresh_bone(y: State, p: Parameters) -> Any:
    """Share of the lesion's bone and cells that is bone just taken in, by a lesion that advances [1/day]."""
    return p.front * p.growth * y.tumour


def attraction(nerve: NerveSignals, RANKL: Any, p: Parameters) -> Any:
    """Readiness of the niche to take cells from the blood, against rest: sticky vessels, and a pull towards RANKL.

    At rest a small share of the cells lodges; however strong the pull, no more than all of them can.
    """
    pull = fold(p.adhesion_beta, nerve.s2_vessels - p.s2_other_0) * (RANKL / p.RANKL0) ** p.migration_rankl
    return pull / (1 + p.lodging_share * (pull - 1))


def waking_rate(y: State, nerve: NerveSignals, p: Parameters) -> Any:
    """Share of dormant cells that wake [1/day]: called by noradrenaline, and beside osteoblasts."""
    return p.waking * fold(p.waking_beta, nerve.s2_tumour - p.s2_other_0) * y.OBa**p.waking_contact


def vegf_rate(y: State, nerve: NerveSignals, p: Parameters) -> Any:
    """d VEGF / dt [1/day]: stroma and tumour make it under beta2 and CGRP, M2 macrophages add to it."""
    direct = p.vegf_beta * (nerve.s2_host - p.s2_other_0) + p.vegf_cgrp * (nerve.cgrp - p.cgrp_0)
    return p.vegf_turnover * (fold(1, direct) * y.M2**p.vegf_m2 - y.VEGF)


def vessel_rate(y: State, nerve: NerveSignals, p: Parameters) -> Any:
    """d vessels / dt [1/day]: they follow VEGF up to what fits, and need beta2 on the endothelium to grow."""
    call = y.VEGF * fold(p.vessels_beta, nerve.s2_vessels - p.s2_other_0)
    return p.vessel_turnover * (p.vessel_most * call / (call + p.vessel_most - 1) - y.vessels)


def sown(y: State, nerve: NerveSignals, p: Parameters) -> Any:
    """Burden that the tumour sows elsewhere [1/day]; what it makes of itself there is growth, not spread."""
    return p.shed * fold(p.shed_beta, nerve.s2_host - p.s2_other_0) * y.M2**p.shed_m2 * y.tumour


def pthrp_rate(y: State, seen: Any, p: Parameters) -> Any:
    """d PTHrP / dt [pM/day]: an output that goes with burden and TGF-beta, reached after transcription."""
    level = p.pthrp_max * y.tumour * fold(p.pthrp_tgfb, swing(seen))
    return p.pthrp_turnover * (level - y.PTHrP)


def pthrp_free(y: State, inputs: Inputs, p: Parameters) -> Any:
    """PTHrP [pM] that the antibody leaves."""
    return y.PTHrP * brake(y.pthrp_trap + inputs.pthrp_trap_added, p.pthrp_trap_Kd)


def precursor_loss(y: State, p: Parameters) -> Any:
    """What the tumour leaves of the supply of osteoblast precursors: the room left in the marrow, to a power.

    A twentieth of the room always stays, so that the power may have either sign. DKK1 and the like are in this one
    number. A blastic line may add precursors.
    """
    return (1 - 0.95 * y.tumour) ** p.supply_loss * fold(p.blastic, y.tumour)


def osteoblast_death(y: State, p: Parameters) -> Any:
    """Osteoblast death against rest beside a tumour."""
    return fold(p.osteoblast_kill, y.tumour)
