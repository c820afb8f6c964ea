"""What an assay reads off a state. Names as the field writes them (ASBMR histomorphometry, serum markers)."""

from collections.abc import Callable
from typing import Any, NamedTuple

from niche.model.bone import formation
from niche.model.helpers import positive
from niche.model.niche import Signals
from niche.model.state import Inputs, Parameters, State


class Observable(NamedTuple):
    """A read-out: unit, meaning, and the function of state, signals, inputs and parameters that gives it."""

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


OBSERVABLES: dict[str, Observable] = {
    "BV/TV": Observable("1", "trabecular bone volume, relative to rest", lambda y, s, u, p: y.BV),
    "Oc.N/BS": Observable("1", "osteoclasts per bone surface, relative to rest", lambda y, s, u, p: y.OCa),
    "N.Ob/BS": Observable("1", "osteoblasts per bone surface, relative to rest", lambda y, s, u, p: y.OBa),
    "BFR/BS": Observable("1", "bone formed per surface, relative to rest", lambda y, s, u, p: formation(y, p)),
    "ES/BS": Observable("1", "resorption per surface, relative to rest", lambda y, s, u, p: y.OCa * s.bone.activity),
    "CTX": Observable(
        "1", "C-telopeptide freed by resorption, relative to rest", lambda y, s, u, p: y.OCa * s.bone.activity * y.BV
    ),
    "P1NP": Observable(
        "1", "propeptide freed by formation, relative to rest", lambda y, s, u, p: formation(y, p) * y.BV
    ),
    "RANKL": Observable("pM", "free RANKL in marrow", lambda y, s, u, p: s.bone.RANKL),
    "OPG": Observable("pM", "OPG in marrow", lambda y, s, u, p: s.bone.OPG),
    "RANKL/OPG": Observable("1", "ratio in marrow", lambda y, s, u, p: s.bone.RANKL / s.bone.OPG),
    "TGF-beta": Observable("pM", "free active TGF-beta in marrow", lambda y, s, u, p: s.bone.TGFb),
    "TGF-beta seen": Observable(
        "1", "TGF-beta receptor occupancy of the tumour, relative to rest", lambda y, s, u, p: s.tgfb_seen + 0 * y.OCa
    ),
    "PTH1R ligand": Observable("pM", "PTH and free PTHrP in marrow", lambda y, s, u, p: s.bone.PTH),
    "PTHrP marrow/plasma": Observable(
        "1", "PTHrP of tumour-bearing marrow over plasma", lambda y, s, u, p: 1 + y.PTHrP / p.pthrp_plasma
    ),
    "tumour burden": Observable("1", "share of the local marrow capacity; bioluminescence goes with it",
                                lambda y, s, u, p: y.tumour),
    "tumour area": Observable("1", "area of a section, burden to 2/3", lambda y, s, u, p: y.tumour ** (2 / 3)),
    "lytic area": Observable("1", "projected area of bone lost", lambda y, s, u, p: lytic_area(y)),
    "lytic lesions": Observable(
        "lesions", "foci large enough for a radiograph", lambda y, s, u, p: p.foci * visible_share(y, p)
    ),
    "beta1 signal": Observable("1", "share of the largest response", lambda y, s, u, p: s.beta.s1 + 0 * y.OCa),
    "beta2 signal": Observable("1", "share of the largest response", lambda y, s, u, p: s.beta.s2 + 0 * y.OCa),
}  # fmt: skip
