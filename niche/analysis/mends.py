"""What was wrong with the structure, as a number before and after each mend (docs/structure-mends.md).

"Before" is today's equations with every switch off and the priors of that time; "after" is today's prior. Nothing is
fitted in either, and no row of evidence is read.
"""

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import NamedTuple

import numpy as np

from niche.analysis.prior_predictive import course
from niche.experiment.hosts import Hosts, hosts
from niche.experiment.protocol import Protocol
from niche.params.layers import read_registry
from niche.params.mechanisms import switched_off
from niche.params.posterior import PRIOR, draw
from niche.params.records import Parameter

Prior = tuple[str, float, float]
# Priors of version 0.1 where today's differ and a number below hangs on it, with the bounds of that time.
_OLD: Mapping[str, tuple[Prior, tuple[float, float]]] = {
    "zol_kill": (("lognormal", 0.2, 1.5), (0, 20)),
    "zol_release": (("lognormal", 4.8, 0.7), (0.2, 60)),
    "b1_rankl": (("normal", 0, 1.5), (-6, 6)),
    "b2_rankl": (("normal", 0, 1.5), (-6, 6)),
    "trophic_oc": (("normal", 0, 1), (-6, 6)),
    "tumour_beta": (("normal", 0, 0.7), (-4, 4)),
    "tumour_cgrp": (("normal", 0, 0.5), (-4, 4)),
    "tumour_sp": (("normal", 0, 0.5), (-4, 4)),
    "vegf_beta": (("lognormal", 1, 0.8), (0, 5)),
    "vessels_beta": (("lognormal", 0.5, 0.7), (0, 5)),
    "adhesion_beta": (("lognormal", 0.7, 0.7), (0, 5)),
    "waking_beta": (("lognormal", 0.7, 0.7), (0, 5)),
    "migration_rankl": (("lognormal", 0.5, 0.7), (0, 3)),
    "supply_loss": (("lognormal", 1, 0.7), (0, 10)),
    "osteoblast_kill": (("normal", 0, 1.5), (-6, 6)),
    "sema4d": (("lognormal", 0.3, 0.7), (0, 10)),
    "oestrogen_rankl": (("normal", 0.7, 0.5), (-3, 4)),
}
_BLASTIC: tuple[Prior, tuple[float, float]] = (("normal", 1.5, 0.7), (-2, 6))
_OLD_LINES: Mapping[str, Mapping[str, Prior]] = {
    "NCTC-2472": {"growth": ("lognormal", 0.35, 0.5), "inoculum": ("lognormal", 0.01, 1)},
    "MDA-MB-231-GFP": {"growth": ("lognormal", 0.3, 0.5), "inoculum": ("lognormal", 0.01, 1)},
    "MDA-MB-231": {"growth": ("lognormal", 0.3, 0.5), "inoculum": ("lognormal", 1e-4, 1.5)},
    "bone-tropic-breast": {"growth": ("lognormal", 0.3, 0.5), "inoculum": ("lognormal", 0.01, 1)},
    "ACE-1": {"growth": ("lognormal", 0.15, 0.5), "inoculum": ("lognormal", 0.005, 1)},
    "66cl4": {"growth": ("lognormal", 0.25, 0.5), "inoculum": ("lognormal", 1e-3, 1)},
}
_DRAWS = 200


def off() -> dict[str, float]:
    """Every switch of the structure at the value that switches it off."""
    model = read_registry().model
    switches = [name for name, entry in model.items() if "structure" in entry.file and entry.off is not None]
    return {**switched_off(switches), "trophic_adapt": 0.0, "zol_surface": 1.0}


def before(who: Hosts) -> Hosts:
    """The hosts as they were: switches off, and the priors of that time, at the same quantiles."""
    line = who.registry.lines[who.tumour].parameters if who.tumour is not None else {}
    found: dict[str, float | np.ndarray] = dict(off())
    for name, (prior, bounds) in _OLD.items():
        if name not in line:
            found[name] = _drawn(who, who.registry.model[name], prior, bounds)
    if line.get("blastic") is not None:
        found["blastic"] = _drawn(who, line["blastic"], *_BLASTIC)
    for name, prior in _OLD_LINES.get(who.tumour or "", {}).items():
        found[name] = _drawn(who, line[name], prior, line[name].range)
    if who.system == "human":  # of denosumab
        trap = who.registry.drugs["denosumab"].parameters["rankl_trap_affinity"]
        found["rankl_trap_affinity"] = _drawn(who, trap, ("lognormal", 3, 1), (0.1, 300))
    return replace(who.with_parameters(**found), bone=None)  # sites were not told apart


def _drawn(who: Hosts, entry: Parameter, prior: Prior, bounds: tuple[float, float]) -> np.ndarray:
    return draw(replace(entry, prior=prior, range=bounds), who.rows, who.seed, PRIOR)


Reads = Callable[[Callable[..., Hosts]], np.ndarray]


class Mend(NamedTuple):
    """A fault and what mends it: the number that shows it, in each draw, of hosts that `make` gives."""

    name: str
    fault: str
    shows: str
    known: str
    switch: str
    number: Reads


class Shown(NamedTuple):
    """Quantiles (5, 50, 95 %) of the number, before and after."""

    mend: Mend
    before: tuple[float, ...]
    after: tuple[float, ...]


def shown(mends: tuple[Mend, ...], draws: int = _DRAWS, seed: int = 1) -> list[Shown]:
    """Each number before and after, over prior draws."""

    def now(**host: object) -> Hosts:
        return hosts(**host, draws=draws, seed=seed, posterior="prior")  # type: ignore[arg-type]

    def then(**host: object) -> Hosts:
        return before(now(**host))

    return [Shown(one, _three(one.number(then)), _three(one.number(now))) for one in mends]


def _three(values: np.ndarray) -> tuple[float, ...]:
    return tuple(float(x) for x in np.nanquantile(values, (0.05, 0.5, 0.95)))


def percent(who: Hosts, protocol: Protocol, read: str, day: float) -> np.ndarray:
    """A read-out on a day against rest, in per cent."""
    return 100 * (course(who, protocol, [day], [read])[read][:, 0] - 1)
