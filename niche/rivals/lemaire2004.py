"""Bone remodelling after Lemaire et al. 2004 (doi:10.1016/j.jtbi.2004.03.023), as published.

Osteoclasts stand for the TGF-beta that they free; RANKL sits on active osteoblasts and OPG comes from responding
ones (the other way round in Pivonka 2008). Fast ligands are quasi-steady. Time in days, concentrations in pM.
"""

from typing import Annotated, Any, NamedTuple


class State(NamedTuple):
    """What changes in time."""

    R: Annotated[Any, "pM", "responding osteoblasts"]
    B: Annotated[Any, "pM", "active osteoblasts"]
    C: Annotated[Any, "pM", "active osteoclasts"]


class Inputs(NamedTuple):
    """What is added from outside (removed, if negative); constant between two events."""

    R_added: Annotated[Any, "pM/day", "responding osteoblasts"]
    B_added: Annotated[Any, "pM/day", "active osteoblasts"]
    C_added: Annotated[Any, "pM/day", "active osteoclasts"]
    PTH_added: Annotated[Any, "pM/day", "PTH (I_P)"]
    OPG_added: Annotated[Any, "pM/day", "OPG (I_O)"]
    RANKL_added: Annotated[Any, "pM/day", "RANKL (I_L)"]


class Parameters(NamedTuple):
    """Every number of the model, with the symbols of the paper."""

    Cs: Annotated[Any, "pM", "osteoclasts for half of the change that TGF-beta makes"]
    DA: Annotated[Any, "1/day", "death of osteoclasts at full TGF-beta"]
    dB: Annotated[Any, "1/day", "responding osteoblasts becoming active, without f0"]
    DC: Annotated[Any, "pM/day", "supply of osteoclasts at full RANK occupancy"]
    DR: Annotated[Any, "pM/day", "supply of responding osteoblasts at full TGF-beta"]
    f0: Annotated[Any, "1", "share of the TGF-beta effect without osteoclasts"]
    K: Annotated[Any, "pM", "RANK"]
    k1: Annotated[Any, "1/(pM day)", "association of OPG with RANKL"]
    k2: Annotated[Any, "1/day", "dissociation of OPG from RANKL"]
    k3: Annotated[Any, "1/(pM day)", "association of RANK with RANKL"]
    k4: Annotated[Any, "1/day", "dissociation of RANK from RANKL"]
    k5: Annotated[Any, "1/(pM day)", "association of PTH with its receptor"]
    k6: Annotated[Any, "1/day", "dissociation of PTH from its receptor"]
    kB: Annotated[Any, "1/day", "loss of active osteoblasts"]
    KLP: Annotated[Any, "1", "RANKL per active osteoblast, at most"]
    kO: Annotated[Any, "1/day", "loss of OPG"]
    KOP: Annotated[Any, "1/day", "output of OPG per responding osteoblast, at least"]
    kP: Annotated[Any, "1/day", "loss of PTH"]
    rL: Annotated[Any, "pM/day", "production of RANKL"]
    SP: Annotated[Any, "pM/day", "production of PTH"]


RESTING = Inputs(0.0, 0.0, 0.0, 0.0, 0.0, 0.0)
# Table 1 of the paper, checked against its curated SBML (BioModels BIOMD0000000278).
PUBLISHED = Parameters(
    Cs=5e-3,
    DA=0.7,
    dB=0.7,
    DC=2.1e-3,
    DR=7e-4,
    f0=0.05,
    K=10.0,
    k1=1e-2,
    k2=10.0,
    k3=5.8e-4,
    k4=1.7e-2,
    k5=0.02,
    k6=3.0,
    kB=0.189,
    KLP=3e6,
    kO=0.35,
    KOP=2e5,
    kP=86.0,
    rL=1e3,
    SP=250.0,
)
# Figure 2, load cases 1 to 9 in this order; each lasts from day 20 to day 80 of 140.
CASES = {
    "B added": RESTING._replace(B_added=1e-4),
    "B removed": RESTING._replace(B_added=-8.3e-5),
    "PTH": RESTING._replace(PTH_added=1e3),
    "C added": RESTING._replace(C_added=1e-4),
    "C removed": RESTING._replace(C_added=-2.9e-4),
    "OPG": RESTING._replace(OPG_added=2e5),
    "R added": RESTING._replace(R_added=1e-4),
    # More than the largest supply (DR, 7e-4): as published it drives R below zero, and the run says so.
    "R removed": RESTING._replace(R_added=-1.2e-3),
    "RANKL": RESTING._replace(RANKL_added=10.0),
}
START, STOP, END = 20.0, 80.0, 140.0
SCALE = 1e-3  # pM, the size of the states, for absolute tolerances


def tgfb(C: Any, p: Parameters) -> Any:
    """pi_C: share of the effects of TGF-beta, which osteoclasts [pM] free."""
    return (C + p.f0 * p.Cs) / (C + p.Cs)


def pth(inputs: Inputs, p: Parameters) -> Any:
    """pi_P: share of PTH receptors held."""
    added = inputs.PTH_added / p.kP
    return (added + p.SP / p.kP) / (added + p.k6 / p.k5)


def rank(R: Any, B: Any, inputs: Inputs, p: Parameters) -> Any:
    """pi_L: share of RANK held by RANKL, which OPG competes for; R and B in pM."""
    held = pth(inputs, p)
    carried = p.k3 / p.k4 * p.KLP * held * B * (1 + inputs.RANKL_added / p.rL)
    OPG = (p.KOP * R / held + inputs.OPG_added) / p.kO
    return carried / (1 + p.k3 * p.K / p.k4 + p.k1 / p.k2 * OPG)


def rates(t: Any, y: State, inputs: Inputs, p: Parameters) -> State:
    """Time derivative of every state [pM/day], `t` in days (eqs 1-3 of the paper, with outside sources)."""
    TGFb = tgfb(y.C, p)
    matured = p.f0 * p.dB * y.R / TGFb
    return State(
        R=p.DR * TGFb - matured + inputs.R_added,
        B=matured - p.kB * y.B + inputs.B_added,
        C=p.DC * rank(y.R, y.B, inputs, p) - p.DA * TGFb * y.C + inputs.C_added,
    )


def rest(p: Parameters = PUBLISHED, inputs: Inputs = RESTING) -> State:
    """The resting point [pM] under constant inputs; one equation in C is left once R and B follow from it."""
    from math import exp

    from scipy.optimize import brentq  # late: slow to import

    def cells(C: float) -> State:
        TGFb = tgfb(C, p)
        born = p.DR * TGFb + inputs.R_added
        return State(born * TGFb / (p.f0 * p.dB), (born + inputs.B_added) / p.kB, C)

    def surplus(log_C: float) -> float:
        return float(rates(0.0, cells(exp(log_C)), inputs, p).C) / exp(log_C)

    return cells(exp(brentq(surplus, -20.0, 5.0, xtol=1e-15, rtol=8.9e-16)))
