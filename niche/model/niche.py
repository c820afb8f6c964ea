"""The tissues together: all signals at one instant, and all rates."""

from typing import Any, NamedTuple

from niche.model import bone, drugs, immune, nerves, tumour
from niche.model.helpers import switched
from niche.model.state import Inputs, Parameters, State


class Signals(NamedTuple):
    """Everything quasi-steady at one instant."""

    nerve: nerves.NerveSignals
    bone: bone.Ligands
    resorption: Any
    formation: Any
    tgfb_seen: Any
    pthrp_free: Any


def signals(y: State, inputs: Inputs, p: Parameters) -> Signals:
    """Nerve signals, ligands, resorption and formation per surface against rest, and what the tumour sees of them."""
    y = here(y, p)
    nerve = nerves.nerve_signals(y, inputs, p)
    free = tumour.pthrp_free(y, inputs, p)
    ligands = bone.ligands(y, nerve, free, inputs, p)
    formed = bone.formation(y, nerve, ligands.TGFb, inputs, p)
    return Signals(nerve, ligands, y.OCa * ligands.activity, formed, tumour.tgfb_seen(ligands.TGFb, p), free)


def here(y: State, p: Parameters) -> State:
    """The state as the marrow sees it: of a tumour that has grown out of it, what it holds itself."""
    return y._replace(tumour=tumour.local_burden(y, p))


def rates(t: Any, y: State, inputs: Inputs, p: Parameters) -> State:
    """Time derivative of every state, per day (`t` in days; nothing depends on it except through `inputs`)."""
    now = signals(y, inputs, p)
    nerve, ligands, resorption = now.nerve, now.bone, now.resorption
    marrow = here(y, p)
    supply = bone.precursor_supply(marrow, nerve, inputs, p) * tumour.precursor_loss(marrow, p)
    mature = bone.maturing(nerve, p)
    factor = tumour.growth_factor(marrow, nerve, p)
    room = 1 - marrow.tumour  # where the marrow is full, no cell lodges or wakes
    lodged = p.homing * y.circulating * tumour.attraction(nerve, ligands.RANKL, p) * room
    woken = tumour.waking_rate(marrow, nerve, p) * y.dormant * room
    born = tumour.birth_rate(now.tgfb_seen, ligands.RANKL, factor, p)
    killed = immune.death(marrow, marrow.tumour, inputs, p)
    grown = tumour.growth_rate(y, born, killed, p)
    spread = (p.growth * factor * (1 - y.distant) - immune.death(y, y.distant, inputs, p)) * y.distant
    fresh = tumour.fresh_bone(y, p)
    forming = bone.osteoclast_supply(y, nerve, ligands.TGFb, inputs, p)
    return State(
        OBp=bone.precursor_rate(y, ligands, supply, mature, p) + fresh * (1 - y.OBp),
        OBa=bone.osteoblast_rate(y, ligands, mature, tumour.osteoblast_death(marrow, p), p) + fresh * (1 - y.OBa),
        OCa=bone.osteoclast_rate(y, ligands, forming, p) + fresh * (1 - y.OCa),
        BV=bone.bone_rate(y, now.formation, ligands, inputs, p) + fresh * (1 - y.BV),
        load=bone.load_rate(y, p) + switched(p.load_delay) * fresh * (1 - y.load),
        gathered=bone.gathered_rate(y, ligands, p),
        circulating=-p.homing * y.circulating,
        dormant=p.dormant_share * lodged - woken,
        tumour=(1 - p.dormant_share) * lodged + woken + grown,
        distant=tumour.sown(marrow, nerve, p) + spread,
        PTHrP=tumour.pthrp_rate(marrow, now.tgfb_seen, p),
        VEGF=tumour.vegf_rate(y, nerve, p),
        vessels=tumour.vessel_rate(y, nerve, p),
        NGF=nerves.ngf_rate(marrow, p),
        sensory=nerves.sensory_rate(y, nerve.TrkA, resorption, inputs, p),
        sympathetic=nerves.sympathetic_rate(y, nerve.TrkA, p),
        adapted=bone.adapted_rate(y, nerve, p),
        myelinated=nerves.myelinated_rate(marrow, resorption, p),
        core=nerves.core_rate(marrow, resorption, p),
        MDSC=immune.mdsc_rate(marrow, nerve, p),
        M2=immune.m2_rate(marrow, nerve, inputs, p),
        CD8=immune.cd8_rate(y, nerve, inputs, p),
        zol_bone=drugs.zol_bone_rate(y, resorption, inputs, p),
        rankl_trap_depot=-drugs.absorbed(y.rankl_trap_depot, p.rankl_trap_ka),
        rankl_trap=drugs.central_rate(y.rankl_trap_depot, y.rankl_trap, p.rankl_trap_ka, p.rankl_trap_ke),
        tgfb_trap_depot=-drugs.absorbed(y.tgfb_trap_depot, p.tgfb_trap_ka),
        tgfb_trap=drugs.central_rate(y.tgfb_trap_depot, y.tgfb_trap, p.tgfb_trap_ka, p.tgfb_trap_ke),
        pthrp_trap_depot=-drugs.absorbed(y.pthrp_trap_depot, p.pthrp_trap_ka),
        pthrp_trap=drugs.central_rate(y.pthrp_trap_depot, y.pthrp_trap, p.pthrp_trap_ka, p.pthrp_trap_ke),
        ngf_trap_depot=-drugs.absorbed(y.ngf_trap_depot, p.ngf_trap_ka),
        ngf_trap=drugs.central_rate(y.ngf_trap_depot, y.ngf_trap, p.ngf_trap_ka, p.ngf_trap_ke),
    )
