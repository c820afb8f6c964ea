"""The tissues together: all signals at one instant, and all rates."""

from typing import Any, NamedTuple

from niche.model import bone, drugs, immune, nerves, tumour
from niche.model.state import Inputs, Parameters, State


class Signals(NamedTuple):
    """Everything quasi-steady at one instant."""

    nerve: nerves.NerveSignals
    bone: bone.Ligands
    resorption: Any
    tgfb_seen: Any
    pthrp_free: Any


def signals(y: State, inputs: Inputs, p: Parameters) -> Signals:
    """Nerve signals, ligands, resorption per surface against rest, and what the tumour sees of them."""
    nerve = nerves.nerve_signals(y, inputs, p)
    free = tumour.pthrp_free(y, inputs, p)
    ligands = bone.ligands(y, nerve, free, inputs, p)
    return Signals(nerve, ligands, y.OCa * ligands.activity, tumour.tgfb_seen(ligands.TGFb, p), free)


def rates(t: Any, y: State, inputs: Inputs, p: Parameters) -> State:
    """Time derivative of every state, per day (`t` in days; nothing depends on it except through `inputs`)."""
    now = signals(y, inputs, p)
    nerve, ligands, resorption = now.nerve, now.bone, now.resorption
    supply = bone.precursor_supply(y, nerve, inputs, p) * tumour.precursor_loss(y, p)
    mature = bone.maturing(nerve, p)
    factor = tumour.growth_factor(y, nerve, p)
    room = 1 - y.tumour  # where the marrow is full, no cell lodges or wakes
    lodged = p.homing * y.circulating * tumour.attraction(nerve, ligands.RANKL, p) * room
    woken = tumour.waking_rate(y, nerve, p) * y.dormant * room
    grown = tumour.growth_rate(y, tumour.birth_rate(now.tgfb_seen, factor, p), immune.death(y, y.tumour, inputs, p))
    spread = (p.growth * factor * (1 - y.distant) - immune.death(y, y.distant, inputs, p)) * y.distant
    return State(
        OBp=bone.precursor_rate(y, ligands, supply, mature, p),
        OBa=bone.osteoblast_rate(y, ligands, mature, tumour.osteoblast_death(y, p), p),
        OCa=bone.osteoclast_rate(y, ligands, bone.osteoclast_supply(nerve, p), p),
        BV=bone.bone_rate(y, ligands, p),
        circulating=-p.homing * y.circulating,
        dormant=p.dormant_share * lodged - woken,
        tumour=(1 - p.dormant_share) * lodged + woken + grown,
        distant=tumour.sown(y, nerve, p) + spread,
        PTHrP=tumour.pthrp_rate(y, now.tgfb_seen, p),
        VEGF=tumour.vegf_rate(y, nerve, p),
        vessels=tumour.vessel_rate(y, nerve, p),
        NGF=nerves.ngf_rate(y, p),
        sensory=nerves.sensory_rate(y, nerve.TrkA, resorption, inputs, p),
        sympathetic=nerves.sympathetic_rate(y, nerve.TrkA, p),
        core=nerves.core_rate(y, resorption, p),
        MDSC=immune.mdsc_rate(y, nerve, p),
        M2=immune.m2_rate(y, nerve, inputs, p),
        CD8=immune.cd8_rate(y, nerve, inputs, p),
        zol_bone=drugs.zol_bone_rate(y, resorption, p),
        rankl_trap_depot=-drugs.absorbed(y.rankl_trap_depot, p.rankl_trap_ka),
        rankl_trap=drugs.central_rate(y.rankl_trap_depot, y.rankl_trap, p.rankl_trap_ka, p.rankl_trap_ke),
        tgfb_trap_depot=-drugs.absorbed(y.tgfb_trap_depot, p.tgfb_trap_ka),
        tgfb_trap=drugs.central_rate(y.tgfb_trap_depot, y.tgfb_trap, p.tgfb_trap_ka, p.tgfb_trap_ke),
        pthrp_trap_depot=-drugs.absorbed(y.pthrp_trap_depot, p.pthrp_trap_ka),
        pthrp_trap=drugs.central_rate(y.pthrp_trap_depot, y.pthrp_trap, p.pthrp_trap_ka, p.pthrp_trap_ke),
        ngf_trap_depot=-drugs.absorbed(y.ngf_trap_depot, p.ngf_trap_ka),
        ngf_trap=drugs.central_rate(y.ngf_trap_depot, y.ngf_trap, p.ngf_trap_ka, p.ngf_trap_ke),
    )
