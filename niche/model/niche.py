"""The tissues together: all signals at one instant, and all rates."""

from typing import Any, NamedTuple

from niche.model import bone, drugs, nerves, tumour
from niche.model.state import Inputs, Parameters, State


class Signals(NamedTuple):
    """Everything quasi-steady at one instant."""

    beta: nerves.BetaSignals
    bone: bone.Ligands
    tgfb_seen: Any
    pthrp_free: Any


def signals(y: State, inputs: Inputs, p: Parameters) -> Signals:
    """Receptor signals, ligands, and what the tumour sees of them."""
    beta = nerves.beta_signals(inputs, p)
    free = tumour.pthrp_free(y, p)
    ligands = bone.ligands(y, beta, free, inputs, p)
    return Signals(beta, ligands, tumour.tgfb_seen(ligands.TGFb, p), free)


def rates(t: Any, y: State, inputs: Inputs, p: Parameters) -> State:
    """Time derivative of every state, per day (`t` in days; nothing depends on it except through `inputs`)."""
    now = signals(y, inputs, p)
    supply = bone.beta_supply(now.beta, p) * tumour.precursor_loss(y, p)
    return State(
        bone.precursor_rate(y, now.bone, supply, p),
        bone.osteoblast_rate(y, now.bone, tumour.osteoblast_death(y, p), p),
        bone.osteoclast_rate(y, now.bone, p),
        bone.bone_rate(y, now.bone, p),
        tumour.growth_rate(y, now.tgfb_seen, p),
        tumour.pthrp_rate(y, now.tgfb_seen, p),
        drugs.zol_bone_rate(y, y.OCa * now.bone.activity, p),
        -drugs.absorbed(y.rankl_trap_depot, p.rankl_trap_ka),
        drugs.central_rate(y.rankl_trap_depot, y.rankl_trap, p.rankl_trap_ka, p.rankl_trap_ke),
        -drugs.absorbed(y.tgfb_trap_depot, p.tgfb_trap_ka),
        drugs.central_rate(y.tgfb_trap_depot, y.tgfb_trap, p.tgfb_trap_ka, p.tgfb_trap_ke),
        -drugs.absorbed(y.pthrp_trap_depot, p.pthrp_trap_ka),
        drugs.central_rate(y.pthrp_trap_depot, y.pthrp_trap, p.pthrp_trap_ka, p.pthrp_trap_ke),
    )
