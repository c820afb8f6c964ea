"""A tumour in bone: it grows on TGF-beta, makes PTHrP, and takes osteoblasts away."""

from typing import Any

from niche.model.helpers import brake, fold, hill
from niche.model.state import Parameters, State


def tgfb_seen(TGFb: Any, p: Parameters) -> Any:
    """TGF-beta receptor occupancy of the tumour against rest; the link parameter holds it at rest."""
    ratio = hill(TGFb, p.K1) / hill(p.TGFb0, p.K1)
    return 1 + p.tgfb_link * (ratio - 1)


def growth_rate(y: State, seen: Any, p: Parameters) -> Any:
    """d tumour / dt [1/day]: logistic, with one share of growth that goes with TGF-beta."""
    rate = p.growth * (1 + p.tgfb_share * (seen - 1))
    return rate * y.tumour * (1 - y.tumour)


def pthrp_rate(y: State, seen: Any, p: Parameters) -> Any:
    """d PTHrP / dt [pM/day]: an output that goes with burden and TGF-beta, reached after transcription."""
    level = p.pthrp_max * y.tumour * (1 + p.pthrp_tgfb * (seen - 1))
    return p.pthrp_turnover * (level - y.PTHrP)


def pthrp_free(y: State, p: Parameters) -> Any:
    """PTHrP [pM] that the antibody leaves."""
    return y.PTHrP * brake(y.pthrp_trap, p.pthrp_trap_Kd)


def precursor_loss(y: State, p: Parameters) -> Any:
    """What the tumour leaves of the supply of osteoblast precursors: the room left in the marrow, to a power.

    A thousandth of the room always stays: a power of nothing has no slope to integrate by.
    """
    return (1 - 0.999 * y.tumour) ** p.supply_loss


def osteoblast_death(y: State, p: Parameters) -> Any:
    """Osteoblast death against rest beside a tumour."""
    return fold(p.osteoblast_kill, y.tumour)
