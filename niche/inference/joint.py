"""What is fitted to what: standard scores of every uncertain parameter that atoms can see, and of the spreads."""

from collections.abc import Mapping, Sequence
from functools import lru_cache

import numpy as np

from niche.atoms.build import atoms
from niche.atoms.records import Atom
from niche.frozen import Frozen
from niche.inference.blocks import CLASSES
from niche.inference.slopes import Slopes
from niche.params.layers import read_registry
from niche.params.posterior import Posterior

SPREADS = tuple(f"spread: {name}" for name in CLASSES)


def informing() -> tuple[Atom, ...]:
    """The atoms of the likelihood: all but those of trials and cohorts of patients, which are predicted from these."""
    return tuple(atom for atom in atoms() if atom.experiment is not None)


def layers_seen(chosen: Sequence[Atom]) -> set[str]:
    """The model, and the systems, tumour lines, drugs, their couplings, and conditions that these atoms use."""
    registry, layers = read_registry(), {"model"}
    for atom in chosen:
        experiment, reading = atom.experiment, atom.reading
        assert experiment is not None
        assert reading is not None
        layers |= {experiment.host["system"], experiment.host.get("tumour", "model")}
        layers |= {experiment.host["bone"]} if experiment.host.get("bone") else set()
        for arm in reading.arms:
            layers |= {layer for step in experiment.arms[arm].steps for layer in registry.layers_of_drug(step.name)}
    return layers


def seen_keys(chosen: Sequence[Atom]) -> tuple[str, ...]:
    """Every uncertain parameter that the atoms' hosts and arms use."""
    layers, uncertain = layers_seen(chosen), sorted(read_registry().uncertain().items())
    return tuple(key for key, entry in uncertain if entry.layer in layers)


class JointObjective:
    """Standard scores of parameters and spreads -> log density of all atoms. Pure: same scores, same answer.

    Attributes
    ----------
    keys
        of the parameters; after their scores come those of the spreads (`SPREADS`)
    changes
        parameters set for every host, for a variant of the model, e.g. {"b2_rankl": 0}
    """

    def __init__(
        self, chosen: Sequence[Atom], keys: Sequence[str] | None = None, changes: Mapping[str, float] | None = None
    ) -> None:
        self.atoms, self.changes = tuple(chosen), dict(changes or {})
        uncertain = read_registry().uncertain()
        self.keys = tuple(seen_keys(self.atoms) if keys is None else keys)
        self._entries = [uncertain[key] for key in self.keys]
        # Whatever is not fitted stays at its prior median, so that the same scores always give the same answer.
        self._fixed = {key: e.sample(np.array(0.5)) for key, e in uncertain.items() if key not in self.keys}

    @property
    def names(self) -> tuple[str, ...]:
        """Names of all scores: parameters, then spreads."""
        return (*self.keys, *SPREADS)

    def complete(self, scores: np.ndarray) -> Posterior:
        """Parameter values of scores (n, k), with whatever is not fitted at its prior median."""
        from scipy.special import ndtr

        scores = np.atleast_2d(scores)
        quantiles = ndtr(scores[:, : len(self.keys)])
        values = {entry.key: entry.sample(quantiles[:, i]) for i, entry in enumerate(self._entries)}
        still = {key: np.full(len(scores), value) for key, value in self._fixed.items()}
        return Posterior(Frozen({**still, **values}))

    def __eq__(self, other: object) -> bool:
        """Whether the other one fits the same parameters to the same atoms, with the same changes."""
        return isinstance(other, JointObjective) and self._identity == other._identity

    def __hash__(self) -> int:
        return hash(self._identity)

    @property
    def _identity(self) -> tuple[object, ...]:
        return tuple(map(repr, self.atoms)), self.keys, tuple(sorted(self.changes.items()))

    def slopes(self) -> Slopes:
        """Log density and its gradient for many points at once."""
        return _slopes(self)


@lru_cache(maxsize=2)  # half a minute each: a process that samples block after block makes one, or one without
def _slopes(objective: JointObjective) -> Slopes:
    return Slopes(objective)
