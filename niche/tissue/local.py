"""What the cells of one place do, by the equations of `niche.model`, under signals that have spread there.

Nothing of the model is written twice: signals that the well-mixed model computes from its own cells come here from
fields, and its rates are called with them. What it says of a lesion as a whole has no part to play in a slice: the
front that takes in fresh bone (`front`) and the room outside the marrow (`outgrow`) are what the slice computes.
"""

from typing import Any, NamedTuple

import numpy as np

from niche.model import bone, drugs, immune, nerves, tumour
from niche.model.helpers import brake, fold, hill, positive, swing
from niche.model.state import AT_REST, RESTING, Inputs, Parameters, State
from niche.tissue.moment import Loading


class Cells(NamedTuple):
    """States of the model that each place has of its own, each of one shape; units as in `niche.model.State`.

    PTHrP and NGF are what the place itself makes, before it spreads; tumour is a density, 1 where marrow is full.
    Myelinated fibres do not sprout, so they are a density and no paths; zoledronate lies where it was bound.
    """

    OBp: Any
    OBa: Any
    OCa: Any
    gathered: Any
    PTHrP: Any
    VEGF: Any
    vessels: Any
    NGF: Any
    adapted: Any
    MDSC: Any
    M2: Any
    CD8: Any
    myelinated: Any
    zol_bone: Any
    tumour: Any


class Seen(NamedTuple):
    """Signals at each place after they have spread, each of one shape.

    Attributes
    ----------
    release, clasts
        resorption of the surface around, and its osteoclasts, against rest
    OPG, RANKL, PTHrP
        pM
    NGF, sympathetic, sensory, netrin
        against rest; of fibres, what they release
    mass
        tumour around, as acid spreads: acid of the model is made of it and of resorption
    antibody
        share of the level in a well perfused place that an antibody or trap has here
    """

    release: Any
    clasts: Any
    OPG: Any
    RANKL: Any
    PTHrP: Any
    NGF: Any
    sympathetic: Any
    sensory: Any
    netrin: Any
    mass: Any
    antibody: Any


class Rates(NamedTuple):
    """Rates of the cells [1/day], and what they do to bone and fibres.

    Attributes
    ----------
    resorption
        of each osteoclast times osteoclasts, against rest
    retreat
        what is resorbed beyond what is formed, in resting resorptions; below 0 where bone grows
    trka
        excess occupancy of TrkA
    """

    cells: Cells
    resorption: Any
    retreat: Any
    trka: Any


def at_rest(shape: tuple[int, ...]) -> Cells:
    """Cells of healthy bone."""
    return Cells(*(np.full(shape, getattr(AT_REST, name)) for name in Cells._fields))


def placed(cells: Cells, seen: Seen, load: Loading) -> State:
    """The model's state at each place, as its functions read it: fibres, NGF and PTHrP from what has spread there.

    Where bone grows into tumour, cells are for a while more than fill the room that is left; to the model full is full.
    """
    spread = {"NGF": seen.NGF, "PTHrP": seen.PTHrP, "sympathetic": seen.sympathetic, "sensory": seen.sensory}
    whole = {"core": 1.0, "BV": load.volume, "load": load.adapted}
    return AT_REST._replace(**{**cells._asdict(), **spread, **whole, "tumour": np.minimum(cells.tumour, 1.0)})


def reached(inputs: Inputs, antibody: Any) -> Inputs:
    """Inputs at each place: antibodies and traps at the share that gets there."""
    traps = ("rankl_trap_added", "tgfb_trap_added", "pthrp_trap_added", "ngf_trap_added")
    return inputs._replace(**{name: getattr(inputs, name) * antibody for name in traps})


class Bound(NamedTuple):
    """What is made of OPG and RANKL at a place that no RANKL or OPG has left [pM], and PTH there."""

    OPG: Any
    RANKL: Any
    PTH: Any


def made(y: State, seen: Seen, inputs: Inputs, p: Parameters) -> Bound:
    """OPG of a place, and RANKL of it at the OPG that has spread there (`seen.OPG`; that of the place where None)."""
    nerve = nerves.nerve_signals(y, inputs, p)
    PTH = bone.pth(tumour.pthrp_free(y, inputs, p), inputs, p)
    settled = bone.tgfb_pool(seen.clasts, inputs, p) * _kept(y, inputs, p)
    drive = bone.rankl_drive(nerve, bone.tgfb_ratio(settled, p), inputs, p)
    trap = p.Ka1 * p.rankl_trap_affinity * inputs.rankl_trap_added * 1000
    source, secreted = bone.opg_source(y, p), bone.opg_output(nerve, p)
    OPG, RANKL, _ = bone.rank_occupancy(y.OBp * p.OBp0, source, PTH, drive, secreted, trap, inputs, p)
    if seen.OPG is not None:  # the same RANKL, shared with OPG that came from elsewhere
        others = 1 + p.Ka2 * p.RANK + trap
        RANKL = RANKL * (others + p.Ka1 * OPG) / (others + p.Ka1 * seen.OPG)
    return Bound(OPG, RANKL, PTH)


def resorbed(cells: Cells, RANKL: Any, p: Parameters) -> tuple[Any, Any, Any]:
    """RANK occupancy and resorption per osteoclast against rest, and resorption of the place against rest."""
    bound = hill(p.Ka2 * RANKL * p.RANK, p.K_RR)
    occupancy = p.rankl_free + (1 - p.rankl_free) * bound / p.occupancy0
    activity = bone.resorption_per_cell(occupancy, p)
    return occupancy, activity, cells.OCa * activity


def rates(cells: Cells, seen: Seen, load: Loading, inputs: Inputs, p: Parameters) -> Rates:
    """Rates of all cells of each place.

    Parameters
    ----------
    cells, seen
        arrays of one shape
    load
        of the whole slice: load is shared by all of its bone
    inputs, p
        of `niche.model`, numbers; `front` and `outgrow` are not read
    """
    inputs = reached(inputs, seen.antibody)
    y = placed(cells, seen, load)
    nerve = nerves.nerve_signals(y, inputs, p)
    PTH = bone.pth(tumour.pthrp_free(y, inputs, p), inputs, p)
    TGFb = bone.tgfb_pool(seen.release, inputs, p) * _kept(y, inputs, p)
    matrix = p.TGFb0 * (p.matrix_background + (1 - p.matrix_background) * seen.release)
    occupancy, activity, resorption = resorbed(cells, seen.RANKL, p)
    signal = bone.Ligands(PTH, seen.OPG, seen.RANKL, occupancy, activity, TGFb, matrix)
    formed = bone.formation(y, nerve, TGFb, inputs, p)
    tgfb_seen = tumour.tgfb_seen(TGFb, p)
    supply = bone.precursor_supply(y, nerve, inputs, p) * tumour.precursor_loss(y, p)
    mature, forming = bone.maturing(nerve, p), bone.osteoclast_supply(y, nerve, TGFb, inputs, p)
    factor = tumour.growth_factor(y, nerve, p)
    born = tumour.birth_rate(tgfb_seen, seen.RANKL, factor, p)
    own = y._replace(NGF=cells.NGF, PTHrP=cells.PTHrP)
    moving = Cells(
        OBp=bone.precursor_rate(y, signal, supply, mature, p),
        OBa=bone.osteoblast_rate(y, signal, mature, tumour.osteoblast_death(y, p), p),
        OCa=bone.osteoclast_rate(y, signal, forming, p),
        gathered=bone.gathered_rate(y, signal, p),
        PTHrP=tumour.pthrp_rate(own, tgfb_seen, p),
        VEGF=tumour.vegf_rate(y, nerve, p),
        vessels=tumour.vessel_rate(y, nerve, p),
        NGF=nerves.ngf_rate(own, p),
        adapted=bone.adapted_rate(y, nerve, p),
        MDSC=immune.mdsc_rate(y, nerve, p),
        M2=immune.m2_rate(y, nerve, inputs, p),
        CD8=immune.cd8_rate(y, nerve, inputs, p),
        myelinated=0.0 * cells.myelinated,  # `thinned` moves them
        zol_bone=drugs.zol_bone_rate(y, resorption, inputs, p),
        tumour=(born * (1 - cells.tumour) - immune.death(y, cells.tumour, inputs, p)) * cells.tumour,
    )
    weight = p.k_form * p.OBa0 / (p.k_res * p.OCa0)
    return Rates(moving, resorption, (resorption - 1) - weight * (formed - 1), nerve.TrkA)


def thinned(cells: Cells, resorption: Any, days: float, p: Parameters) -> Any:
    """Myelinated fibres after some days, exactly: their rate is linear in them, and may be fast beside a step."""
    y = AT_REST._replace(tumour=np.minimum(cells.tumour, 1.0))
    back = nerves.myelinated_rate(y._replace(myelinated=0.0), resorption, p)
    lost = back - nerves.myelinated_rate(y, resorption, p)  # at 1
    moving = np.asarray(lost) > 0
    end = np.divide(back, lost, out=np.ones(np.shape(lost)), where=moving)
    return np.where(moving, end + (cells.myelinated - end) * np.exp(-lost * days), cells.myelinated)


def formed(cells: Cells, seen: Seen, load: Loading, inputs: Inputs, p: Parameters) -> Any:
    """Bone formation on the surface of each place, against rest."""
    inputs = reached(inputs, seen.antibody)
    y = placed(cells, seen, load)
    TGFb = bone.tgfb_pool(seen.release, inputs, p) * _kept(y, inputs, p)
    return bone.formation(y, nerves.nerve_signals(y, inputs, p), TGFb, inputs, p)


def acid(seen: Seen, p: Parameters) -> Any:
    """Acid of each place: of resorption above rest, and of tumour; 0 without a lesion.

    It is what excites fibres as they are at rest, so that the model's own equation gives it.
    """
    return nerves.pain(AT_REST._replace(tumour=seen.mass), 0.0, seen.release, RESTING, p)


def pain(cells: Cells, seen: Seen, inputs: Inputs, p: Parameters) -> Any:
    """Excitation of the sensory fibres of each place, by acid that has spread there; 0 without a lesion."""
    inputs = reached(inputs, seen.antibody)
    y = placed(cells, seen, Loading(1.0, 1.0))._replace(tumour=seen.mass)
    return nerves.pain(y, nerves.trka_excess(y, inputs, p), seen.release, inputs, p)


def held_fibres(release: Any, inputs: Inputs, p: Parameters) -> Any:
    """Sensory fibres that netrin-1 of osteoclasts holds at most, against rest."""
    return fold(p.netrin * inputs.netrin_present, positive(swing(release)))


def _kept(y: State, inputs: Inputs, p: Parameters) -> Any:
    """Share of TGF-beta that an antibody leaves."""
    return brake(y.tgfb_trap + inputs.tgfb_trap_added, p.tgfb_trap_Kd)
