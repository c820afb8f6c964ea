"""Immune cells of a niche with a tumour: suppressors that beta2 and the tumour raise, and effectors that they lower."""

from typing import Any

from niche.model.helpers import fold
from niche.model.nerves import NerveSignals
from niche.model.state import Inputs, Parameters, State


def mdsc_rate(y: State, nerve: NerveSignals, p: Parameters) -> Any:
    """d MDSC / dt [1/day]: numbers go with beta2 (survival) and with burden."""
    level = fold(p.mdsc_beta, nerve.s2_host - p.s2_other_0) * (1 + p.mdsc_tumour * y.tumour)
    return p.immune_turnover * (level - y.MDSC)


def m2_rate(y: State, nerve: NerveSignals, inputs: Inputs, p: Parameters) -> Any:
    """d M2 macrophages / dt [1/day]: polarised by beta2 and by the tumour."""
    level = fold(p.m2_beta, nerve.s2_host - p.s2_other_0) * (1 + p.m2_tumour * y.tumour) * inputs.macrophages
    return p.immune_turnover * (level - y.M2)


def cd8_rate(y: State, nerve: NerveSignals, inputs: Inputs, p: Parameters) -> Any:
    """d CD8 effectors / dt [1/day]: beta2 weakens their metabolism, MDSC suppress them, CGRP exhausts or helps."""
    direct = fold(1, p.cd8_cgrp * (nerve.cgrp - p.cgrp_0) - p.cd8_beta * (nerve.s2_host - p.s2_other_0))
    level = direct * (1 + p.cd8_mdsc) / (1 + p.cd8_mdsc * y.MDSC) * inputs.T_cells
    return p.immune_turnover * (level - y.CD8)


def killing(y: State, burden: Any, inputs: Inputs, p: Parameters) -> Any:
    """Death of tumour cells by CD8 T cells [1/day], per cell; saturated where cells are many. None in a nude host."""
    return p.t_cells * p.kill * y.CD8 * p.kill_half / (burden + p.kill_half) * inputs.checkpoint


def death(y: State, burden: Any, inputs: Inputs, p: Parameters) -> Any:
    """Death of tumour cells that is not in their net growth [1/day], per cell: by T cells and by a cytotoxic drug."""
    return killing(y, burden, inputs, p) + inputs.cytotoxic
