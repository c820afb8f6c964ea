"""What the model says before anything is fitted: every read-out of every kind of host, over time, under the prior.

Nothing is to be absurd, and nothing decided beforehand: where nearly all prior draws agree on the direction of an
effect, physics forces it, and `FORCED` says which.
"""

from collections.abc import Iterable, Mapping
from typing import NamedTuple

import numpy as np

from niche.analysis.prior_scenarios import Kind, kinds
from niche.experiment.hosts import Hosts, hosts
from niche.experiment.protocol import Protocol
from niche.experiment.solution import observe, perform
from niche.model.observables import OBSERVABLES

LOW, HIGH = 0.1, 0.9  # of P(up): outside, nearly all draws agree
_SAME = 1e-6  # of a logarithm: less is no change
_QUANTILES = (0.05, 0.5, 0.95)

# What no treatment can do otherwise, whatever the gains: (treatment, read-out) -> why.
_RANKL = "osteoclasts need RANKL: a block leaves the share that does without it"
_ANTI = "formation follows resorption down"
_KILL = "the drug kills osteoclasts where it sits"
_PTH = "PTH raises RANKL carriers and lowers OPG, as in Pivonka 2008"
_FIBRES = "fibres that are cut do not come back"
_GROWTH = "growth on TrkA stops, and is not below 0"
_BRAKE = "a brake that divides is taken off"
_ALONE = "PTHrP of the tumour is one more ligand of the receptor for PTH: taking it away lowers resorption"
FORCED: Mapping[tuple[str, str], str] = {
    **dict.fromkeys([("OPG-Fc", read) for read in ("Oc.N/BS", "CTX")], _RANKL),
    **dict.fromkeys([("denosumab", read) for read in ("Oc.N/BS", "CTX")], _RANKL),
    **dict.fromkeys([("OPG-Fc", read) for read in ("BFR/BS", "P1NP", "N.Ob/BS")], _ANTI),
    **dict.fromkeys([("denosumab", read) for read in ("BFR/BS", "P1NP")], _ANTI),
    **dict.fromkeys([(drug, "BV/TV") for drug in ("OPG-Fc", "denosumab")], f"{_RANKL}; bone gains what stays"),
    **dict.fromkeys([("zoledronate", read) for read in ("Oc.N/BS", "CTX")], _KILL),
    **dict.fromkeys([("zoledronate", read) for read in ("BFR/BS", "P1NP", "N.Ob/BS")], _ANTI),
    ("zoledronate", "BV/TV"): f"{_KILL}; bone gains what stays",
    **dict.fromkeys([("low calcium", read) for read in ("Oc.N/BS", "CTX", "BFR/BS", "P1NP", "N.Ob/BS", "BV/TV")], _PTH),
    **dict.fromkeys([("sensory silencing", read) for read in ("sensory fibres", "pain")], _FIBRES),
    **dict.fromkeys([(drug, "sensory fibres") for drug in ("anti-NGF", "Trk inhibitor")], _GROWTH),
    **dict.fromkeys([("no semaphorin 4D", read) for read in ("N.Ob/BS", "BFR/BS", "P1NP", "BV/TV")], _BRAKE),
    **dict.fromkeys([("no semaphorin 4D", read) for read in ("Oc.N/BS", "CTX")], "more precursors carry more RANKL"),
    **dict.fromkeys([("no T cells", read) for read in ("tumour burden", "metastasis")], "T cells kill, or do nothing"),
    **dict.fromkeys([("no T cells", read) for read in ("pain", "sensory fibres")], "more tumour, more acid and NGF"),
    **dict.fromkeys([("anti-PTHrP", read) for read in ("Oc.N/BS", "N.Ob/BS", "BV/TV", "pain")], _ALONE),
    **dict.fromkeys([(drug, "OPG") for drug in ("denosumab", "zoledronate")], _ANTI + ", and its cells make OPG"),
    **dict.fromkeys([(drug, "pain") for drug in ("OPG-Fc", "zoledronate", "low calcium")], "acid goes with resorption"),
    **dict.fromkeys([(drug, "pain") for drug in ("anti-NGF", "Trk inhibitor")], "fibres that did not grow do not hurt"),
}


class Direction(NamedTuple):
    """Of one treatment and read-out: the share of draws that rise, among those that change; fold 5, 50, 95 %.

    Attributes
    ----------
    still
        share of draws that do not change at all
    tenfold
        share of draws that are moved more than tenfold
    """

    kind: str
    treatment: str
    read: str
    up: float
    still: float
    fold: tuple[float, ...]
    tenfold: float

    @property
    def forced(self) -> bool:
        """Whether nearly all draws agree."""
        return self.still < 0.5 and not LOW <= self.up <= HIGH

    @property
    def why(self) -> str:
        """Which physics forces it; "" if that is not known."""
        return FORCED.get((self.treatment, self.read), "")


def made(kind: Kind, draws: int, seed: int = 1) -> Hosts:
    """Hosts of a kind under the prior."""
    return hosts(**kind.host, draws=draws, seed=seed, posterior="prior")


def course(who: Hosts, protocol: Protocol, days: Iterable[float], names: Iterable[str]) -> dict[str, np.ndarray]:
    """Observables over time, each (draws, days). Hosts that failed are NaN."""
    run = perform(who, protocol, np.array(sorted(days), dtype=float))
    return observe(run, names)


# What cannot be told from nothing, added to both arms: healthy bone has no pain, and a ratio to nothing says nothing.
FLOOR: Mapping[str, float] = {"pain": 0.05}


def fold_of(read: str, treated: np.ndarray, control: np.ndarray) -> np.ndarray:
    """A read-out of one arm over that of the other; nothing over nothing is 1."""
    treated, control = treated + FLOOR.get(read, 0), control + FLOOR.get(read, 0)
    with np.errstate(divide="ignore", invalid="ignore"):
        fold = treated / control
    return np.asarray(np.where((treated == 0) & (control == 0), 1.0, fold))


def direction(kind: Kind, treatment: str, read: str, fold: np.ndarray) -> Direction:
    """What the draws of one fold say."""
    with np.errstate(divide="ignore"):
        log = np.log(fold[np.isfinite(fold)])
    moved = log[np.abs(log) > _SAME]
    up = float(np.mean(moved > 0)) if len(moved) else 0.5
    still = 1 - len(moved) / max(len(log), 1)
    found = np.exp(np.quantile(log, _QUANTILES)) if len(log) else np.full(3, np.nan)
    return Direction(
        kind.name, treatment, read, up, still, tuple(map(float, found)), float(np.mean(np.abs(log) > np.log(10)))
    )


def directions(draws: int = 200, seed: int = 1, names: Iterable[str] | None = None) -> list[Direction]:
    """Every treatment of every kind of host, at the last day, against the untreated ones."""
    found = []
    for one in kinds():
        if names is not None and one.name not in names:
            continue
        who, seen = made(one, draws, seed), {}
        for arm, protocol in one.arms().items():
            seen[arm] = {name: x[:, -1] for name, x in course(who, protocol, [one.days], one.reads).items()}
        for treatment in one.treatments:
            for read in one.reads:
                found.append(direction(one, treatment, read, fold_of(read, seen[treatment][read], seen[""][read])))
    return found


class Course(NamedTuple):
    """One read-out of one arm: days, and its 5, 50 and 95 % over the draws (days, 3)."""

    kind: str
    treatment: str
    read: str
    days: np.ndarray
    quantiles: np.ndarray


def courses(kind: Kind, treatments: Iterable[str], draws: int = 200, seed: int = 1, points: int = 15) -> list[Course]:
    """Every observable of some arms of a kind, over time."""
    days, who = np.linspace(0, kind.days, points), made(kind, draws, seed)
    found = []
    for arm in treatments:
        for name, values in course(who, kind.arms()[arm], days, OBSERVABLES).items():
            found.append(Course(kind.name, arm, name, days, np.nanquantile(values, _QUANTILES, axis=0).T))
    return found


# What a read-out of any host may be at most and at least, in nine draws of ten; beyond is absurd.
PLAUSIBLE: Mapping[str, tuple[float, float]] = {
    "BV/TV": (0, 6),
    "Oc.N/BS": (0, 15),
    "N.Ob/BS": (0, 30),
    "BFR/BS": (0, 30),
    "ES/BS": (0, 40),
    "CTX": (0, 40),
    "P1NP": (0, 60),
    "calcium": (0.5, 8),
    "RANKL": (0, 50),
    "RANKL/OPG": (0, 1),
    "PTH1R ligand": (0, 500),
    "tumour burden": (0, 30),
    "sensory fibres": (0, 60),
    "sympathetic fibres": (0, 60),
    "noradrenaline": (0, 500),
    "IL-6": (0, 50),
}


def absurd(found: Iterable[Course]) -> list[Course]:
    """Courses whose 90 % interval leaves what is plausible, or that hold no numbers."""
    bad = []
    for one in found:
        low, high = PLAUSIBLE.get(one.read, (-np.inf, np.inf))
        if not np.isfinite(one.quantiles).all() or one.quantiles.min() < low or one.quantiles.max() > high:
            bad.append(one)
    return bad
