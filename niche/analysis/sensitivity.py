"""What the head of a proposition hangs on: every uncertain parameter that acts on it, screened, then ranked.

The head is the one contrast of the model that stands for a proposition, as the likelihood reads it. Each parameter
varies by itself as the posterior leaves it (its marginal), or as its prior has it: shares of variance need independent
inputs. Where the fit ties parameters together, that makes the effect wider than it is under the posterior; `joint` and
`independent` say by how much, and `known` ranks parameters over the posterior's own draws.
"""

from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from typing import NamedTuple

import numpy as np

from niche.analysis.indices import ElementaryEffects, Shares, kept_settings, morris, sobol
from niche.atoms.records import Atom
from niche.errors import NicheError, unknown
from niche.evidence.laboratory import Laboratory
from niche.experiment.hosts import hosts
from niche.experiment.steps import Given
from niche.frozen import Frozen
from niche.params.layers import read_registry
from niche.params.posterior import Posterior, read_posterior
from niche.params.records import Parameter
from niche.predictions.outcomes import head_atoms, heads
from niche.propositions.reading import proposition, read_propositions

INPUTS = ("posterior", "prior")
INSIDE = (0.005, 0.995)  # quantiles: the central 99 % of what is known
OTHERS = "all others"
MATTERS, MOST = 0.05, 14  # a parameter matters from a twentieth of the largest effect on; at most so many are ranked
_CHUNK = 1024  # hosts at a time: some tens of megabytes
RTOL = 1e-5  # moves a row by less than a hundredth of its error
_JOINT = 1000  # draws of the posterior as it is


class Sensitivity(NamedTuple):
    """What the head of one proposition hangs on.

    Attributes
    ----------
    scale
        "log fold" or "1/day"
    effects
        Morris, of every parameter
    shares
        Sobol, of those that matter and of all others together, or None
    known
        (k,) share of the variance over the posterior's draws that knowing a parameter would take away, or None
    joint, independent
        standard deviation of the effect over the posterior's draws, and with inputs made independent
    runs
        hosts simulated, each in every arm of the head
    """

    proposition: str
    scale: str
    inputs: str
    effects: ElementaryEffects
    shares: Shares | None
    known: np.ndarray | None
    joint: float
    independent: float
    runs: int


class HeadEffect:
    """The head of a proposition as a function of quantiles of its parameters; see `uncertain_of`.

    Attributes
    ----------
    inputs
        "posterior" (marginals of the calibrated draws; of what was not calibrated, the prior) or "prior"
    seen
        called with the number of hosts after each piece of work

    Raises
    ------
    NicheError
        for unknown inputs, and a head that no host is simulated for or that differs from person to person
    """

    def __init__(
        self,
        name: str,
        inputs: str = "posterior",
        seen: Callable[[int], object] | None = None,
        workers: int | None = None,
    ) -> None:
        if inputs not in INPUTS:
            raise unknown("inputs", inputs, INPUTS)
        if _personal(head_atoms(name)):
            raise NicheError(f"the head of {name} has a drug as a regimen, whose level differs from person to person")
        self.name, self.inputs, self._seen, self._workers = name, inputs, seen, workers
        self.entries = uncertain_of(name)
        self.runs = 0

    @property
    def names(self) -> tuple[str, ...]:
        """The parameters, "layer:name", in the order of the columns of quantiles."""
        return tuple(self.entries)

    def __call__(self, quantiles: np.ndarray) -> np.ndarray:
        """The head at each row of `quantiles` (n, k), shape (n,): a logarithm, or a rate in 1/day."""
        return np.concatenate([self._some(quantiles[i : i + _CHUNK]) for i in range(0, len(quantiles), _CHUNK)])

    def _some(self, quantiles: np.ndarray) -> np.ndarray:
        draws = {key: self.values(key, quantiles[:, i]) for i, key in enumerate(self.names)}
        still = np.array([0.5])
        for key in read_registry().uncertain():
            if key not in draws:  # acts on another head: one value for all, so that nothing varies with the order
                draws[key] = np.repeat(self.values(key, still), len(quantiles))
        lab = Laboratory(len(quantiles), 0, Posterior(Frozen(draws)), None, RTOL, self._workers, {})
        effect = heads([self.name], lab)[:, 0]
        self.runs += len(quantiles)
        if self._seen is not None:
            self._seen(len(quantiles))
        return effect

    def over_draws(self, seed: int) -> tuple[float, np.ndarray]:
        """Standard deviation of the head over the posterior's own draws, and what `given` says of each parameter."""
        lab = Laboratory(_JOINT, seed, rtol=RTOL, workers=self._workers, plans={})
        effect = heads([self.name], lab)[:, 0]
        experiment = head_atoms(self.name)[0].experiment
        assert experiment is not None
        drawn = lab.hosts(experiment)
        inputs = np.stack([drawn.values(entry) for entry in self.entries.values()], axis=1)
        self.runs += _JOINT
        if self._seen is not None:
            self._seen(_JOINT)
        return float(np.std(effect[np.isfinite(effect)])), kept_settings(inputs, effect)

    def values(self, key: str, quantiles: np.ndarray) -> np.ndarray:
        """Values of one parameter at the given quantiles (n,), inside its bounds."""
        entry = read_registry().uncertain()[key]
        if self.inputs == "posterior" and key in (draws := read_posterior().draws):
            return np.asarray(np.clip(np.quantile(draws[key], quantiles), *entry.range))
        return entry.sample(quantiles)


def uncertain_of(name: str) -> Mapping[str, Parameter]:
    """Every uncertain parameter that the hosts of a head, and what is done to them, have: by name in the posterior."""
    layers = {"model"}
    for atom in head_atoms(name):
        assert atom.experiment is not None
        assert atom.reading is not None
        one = hosts(**atom.experiment.host, draws=1, posterior="prior")
        layers |= {layer for layer in (one.system, one.strain, one.tumour, one.bone) if layer is not None}
        steps = [step for arm in atom.reading.arms for step in atom.experiment.arms[arm].steps]
        layers |= {layer for step in steps for layer in one.registry.layers_of_drug(step.name)}
    return {key: entry for key, entry in read_registry().uncertain().items() if entry.layer in layers}


@lru_cache(maxsize=1)
def analysed() -> tuple[str, ...]:
    """The propositions whose head is ranked.

    Not those whose head is read from virtual trials, or is that of a drug given as a regimen: its level differs from
    person to person, and who a host is is no parameter that could be ranked.
    """
    known = {name: _hosted(name) for name in read_propositions()}
    return tuple(name for name, found in known.items() if found and not _personal(found))


def _hosted(name: str) -> tuple[Atom, ...]:
    """What hosts are simulated for; nothing where there is no head, or a trial is."""
    if proposition(name).head is None:
        return ()
    try:
        return head_atoms(name)
    except NicheError:  # it is of a trial
        return ()


def _personal(found: Sequence[Atom]) -> bool:
    return any(
        isinstance(step, Given)
        for atom in found
        if atom.experiment is not None and atom.reading is not None
        for arm in atom.reading.arms
        for step in atom.experiment.arms[arm].steps
    )


def sensitivity(
    name: str,
    *,
    method: str = "sobol",
    samples: int | None = None,
    trajectories: int = 40,
    seed: int = 1,
    inputs: str = "posterior",
    seen: Callable[[int], object] | None = None,
    workers: int | None = None,
) -> Sensitivity:
    """Screen all parameters of a head by Morris and, with method "sobol", share its variance out.

    Parameters
    ----------
    name
        of the proposition
    samples
        base samples of Sobol (1024), or trajectories of Morris if that is the method
    seen
        called with the number of hosts after each piece of work
    workers
        threads, None for all cores

    Raises
    ------
    NicheError
        for an unknown method or inputs, or sizes that cannot work
    """
    if method not in ("morris", "sobol"):
        raise unknown("method", method, ("morris", "sobol"))
    if method == "morris" and samples is not None:
        trajectories = samples
    effect = HeadEffect(name, inputs, seen, workers)
    effects = morris(effect.names, effect, trajectories=trajectories, seed=seed, inside=INSIDE)
    shares = None
    if method == "sobol" and effects.mean_absolute.any():
        few = set(matter(effects))
        groups = [key if key in few else OTHERS for key in effect.names]
        shares = sobol(effect.names, effect, samples=samples or 1024, seed=seed, groups=groups, inside=INSIDE)
    joint, known = effect.over_draws(seed) if inputs == "posterior" else (np.nan, None)
    independent = float(np.sqrt(shares.variance)) if shares is not None else np.nan
    scale = "1/day" if head_atoms(name)[0].linear else "log fold"
    return Sensitivity(name, scale, inputs, effects, shares, known, joint, independent, effect.runs)


def runs(name: str, method: str, samples: int | None, trajectories: int = 40) -> int:
    """Hosts that `sensitivity` simulates at most, for a progress bar."""
    k = len(uncertain_of(name))
    if method == "morris":
        return (samples or trajectories) * (k + 1) + _JOINT
    return trajectories * (k + 1) + (samples or 1024) * (min(k, MOST) + 3) + _JOINT


def matter(effects: ElementaryEffects, share: float = MATTERS, most: int = MOST) -> tuple[str, ...]:
    """The parameters whose mean absolute effect is at least `share` of the largest, the largest first."""
    size = effects.mean_absolute
    order = [i for i in np.argsort(-size, kind="stable") if size[i] > 0 and size[i] >= share * size.max()]
    return tuple(effects.names[i] for i in order[:most])


def ranked(names: Sequence[str], values: np.ndarray) -> list[int]:
    """Places of `values` from the largest to the smallest; what stands for the rest comes last."""
    return sorted(range(len(names)), key=lambda i: (names[i] == OTHERS, -values[i]))
