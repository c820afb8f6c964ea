"""What an assay reads off a state. Names as the field writes them (ASBMR histomorphometry, serum markers)."""

from collections.abc import Callable
from typing import Any, NamedTuple

from niche.model.bone import calcium, opg_output, rankl_drive, tgfb_ratio
from niche.model.helpers import positive
from niche.model.immune import death
from niche.model.nerves import pain
from niche.model.niche import Signals, here
from niche.model.state import Inputs, Parameters, State
from niche.model.tumour import attraction, birth_rate, growth_factor, waking_rate


class Observable(NamedTuple):
    """A read-out: unit, meaning, and the function of state, signals, inputs and parameters that gives it.

    What it gives has the shape of what it hangs on, which may be less than that of a state.
    """

    unit: str
    about: str
    read: Callable[[State, Signals, Inputs, Parameters], Any]


def lytic_area(y: State) -> Any:
    """Projected area of the bone that is gone, from its volume (area goes with volume to 2/3)."""
    return positive(1 - y.BV) ** (2 / 3)


def visible_share(y: State, p: Parameters) -> Any:
    """Share of foci above the size at which a radiograph shows them; burdens are spread log-normally.

    The logistic curve stands for the normal one (1.702 times the standard score, within 0.01 of it).
    """
    # x**(1.702/spread) is exp(1.702 * log(x) / spread), without a logarithm of an empty niche
    odds = (y.tumour / p.focus_visible) ** (1.702 / p.focus_spread)
    return odds / (1 + odds)


def net_growth(y: State, s: Signals, inputs: Inputs, p: Parameters) -> Any:
    """Growth less death per cell in bone [1/day]: what a few cells would do in this niche."""
    marrow = here(y, p)
    born = birth_rate(s.tgfb_seen, s.bone.RANKL, growth_factor(marrow, s.nerve, p), p)
    return born * (1 - y.tumour / (1 + p.outgrow)) - death(marrow, marrow.tumour, inputs, p)


OBSERVABLES: dict[str, Observable] = {
    "BV/TV": Observable("1", "trabecular bone volume, relative to rest", lambda y, s, u, p: y.BV),
    "BMD": Observable(
        "1",
        "areal bone mineral density: cortical and trabecular bone on one another, relative to rest",
        lambda y, s, u, p: 1 + p.bmd_trabecular * (y.BV - 1),
    ),
    "Oc.N/BS": Observable("1", "osteoclasts per bone surface, relative to rest", lambda y, s, u, p: y.OCa),
    "N.Ob/BS": Observable("1", "osteoblasts per bone surface, relative to rest", lambda y, s, u, p: y.OBa),
    "BFR/BS": Observable("1", "bone formed per surface, relative to rest", lambda y, s, u, p: s.formation),
    "ES/BS": Observable("1", "resorption per surface, relative to rest", lambda y, s, u, p: s.resorption),
    "CTX": Observable(
        "1", "C-telopeptide freed by resorption, relative to rest", lambda y, s, u, p: s.resorption * y.BV
    ),
    "P1NP": Observable("1", "propeptide freed by formation, relative to rest", lambda y, s, u, p: s.formation * y.BV),
    "calcium": Observable("mM", "calcium in plasma", lambda y, s, u, p: calcium(y, s.formation, s.bone.activity, p)),
    "RANKL": Observable("pM", "free RANKL in marrow", lambda y, s, u, p: s.bone.RANKL),
    "RANKL output": Observable(
        "1",
        "production of RANKL, relative to rest",
        lambda y, s, u, p: rankl_drive(s.nerve, tgfb_ratio(s.bone.TGFb, p), u, p),
    ),
    "OPG": Observable("pM", "OPG in marrow", lambda y, s, u, p: s.bone.OPG),
    "OPG output": Observable(
        "1", "OPG put out per osteoblast, relative to rest", lambda y, s, u, p: opg_output(s.nerve, p)
    ),
    "RANKL/OPG": Observable("1", "ratio in marrow", lambda y, s, u, p: s.bone.RANKL / s.bone.OPG),
    "TGF-beta": Observable("pM", "free active TGF-beta in marrow", lambda y, s, u, p: s.bone.TGFb),
    "TGF-beta seen": Observable(
        "1", "TGF-beta receptor occupancy of the tumour, relative to rest", lambda y, s, u, p: s.tgfb_seen
    ),
    "PTH1R ligand": Observable("pM", "PTH and free PTHrP in marrow", lambda y, s, u, p: s.bone.PTH),
    "PTHrP marrow/plasma": Observable(
        "1", "PTHrP of tumour-bearing marrow over plasma", lambda y, s, u, p: 1 + y.PTHrP / p.pthrp_plasma
    ),
    "tumour burden": Observable(
        "1", "share of the local capacity; bioluminescence goes with it", lambda y, s, u, p: y.tumour
    ),
    "tumour area": Observable("1", "area of a section, burden to 2/3", lambda y, s, u, p: y.tumour ** (2 / 3)),
    "lodged cells": Observable(
        "1", "dormant and growing cells, as a share of the local capacity", lambda y, s, u, p: y.tumour + y.dormant
    ),
    "metastasis": Observable("1", "burden sown elsewhere, as a share of its capacity", lambda y, s, u, p: y.distant),
    "lytic area": Observable("1", "projected area of bone lost", lambda y, s, u, p: lytic_area(y)),
    "lytic lesions": Observable(
        "lesions", "foci large enough for a radiograph", lambda y, s, u, p: p.foci * visible_share(y, p)
    ),
    "growth rate": Observable("1/day", "net growth per cell", lambda y, s, u, p: net_growth(y, s, u, p)),
    "lodging rate": Observable(
        "1",
        "readiness of the niche to take cells from the blood, relative to rest",
        lambda y, s, u, p: attraction(s.nerve, s.bone.RANKL, p),
    ),
    "waking rate": Observable(
        "1/day", "share of dormant cells that wake", lambda y, s, u, p: waking_rate(y, s.nerve, p)
    ),
    "IL-6": Observable("1", "IL-6 of the niche, relative to rest", lambda y, s, u, p: s.nerve.IL6),
    "noradrenaline": Observable("nM", "noradrenaline at the receptors", lambda y, s, u, p: s.nerve.noradrenaline),
    "beta1 signal": Observable("1", "share of the largest response", lambda y, s, u, p: s.nerve.s1),
    "beta2 signal": Observable("1", "share of the largest response", lambda y, s, u, p: s.nerve.s2),
    "beta2 signal elsewhere": Observable(
        "1",
        "share of the largest response, outside the osteoblast lineage",
        lambda y, s, u, p: s.nerve.s2_host,
    ),
    "CGRP response": Observable("1", "share of the largest response", lambda y, s, u, p: s.nerve.cgrp),
    "TrkA excess": Observable(
        "1", "TrkA occupancy above rest, as a share of the free rest", lambda y, s, u, p: s.nerve.TrkA
    ),
    "sensory fibres": Observable(
        "1", "sensory fibres of periosteum and rim, relative to rest", lambda y, s, u, p: u.sensory * y.sensory
    ),
    "sympathetic fibres": Observable(
        "1",
        "sympathetic fibres of periosteum and rim, relative to rest",
        lambda y, s, u, p: u.sympathetic * y.sympathetic,
    ),
    "pain": Observable(
        "1", "excitation of bone afferents", lambda y, s, u, p: pain(y, s.nerve.TrkA, s.resorption, u, p)
    ),
}
