"""Virtual patients of one tumour line, draw by draw of the parameters: what they share, and in what they differ."""

import hashlib
from collections.abc import Mapping
from types import MappingProxyType

import numpy as np

from niche.experiment.hosts import Hosts, hosts, posterior_rows
from niche.params.layers import read_registry
from niche.params.posterior import PRIOR, Posterior, draw, read_posterior
from niche.params.records import Parameter


def patients_of_line(
    line: str,
    draws: int,
    patients: int,
    seed: int = 1,
    posterior: Posterior | str = "calibrated",
    changes: Mapping[str, float] | None = None,
) -> Hosts:
    """Hosts of shape (draws x patients,), those of one draw beside each other.

    Patients of a draw share every number of the model and of the drugs: what is not known is the same for all who are
    treated in one trial. They differ in the numbers of their tumour (growth, killing, size when found), whose spread
    is that between patients (doubling times of 25 to 1000 days), and in the kinetics of their drugs. In each draw the
    patients are spread evenly over each number of the tumour (a Latin hypercube), so that few stand for many. How far
    the middle of that spread is itself uncertain is not told apart from it.

    changes : parameters set for every patient
    """
    registry = read_registry()
    base = posterior if isinstance(posterior, Posterior) else read_posterior() if posterior == "calibrated" else PRIOR
    registry.get("lines", line)
    outer, made = posterior_rows(draws, seed, len(base)), {}
    for key, entry in registry.entries(note=False).items():  # `hosts` looks up what it uses
        if entry.prior is not None or key in base.draws:
            if entry.layer == line:
                made[key] = _spread(entry, draws, patients, seed, base)
            else:
                made[key] = np.repeat(draw(entry, outer, seed, base), patients)
    # A seed of its own for each line, so that nobody's kinetics stand in two of them.
    person = seed * 1_000_000 + list(registry.lines).index(line)
    found = hosts(
        "human", tumour=line, draws=draws * patients, seed=person, posterior=Posterior(MappingProxyType(made))
    )
    return found.with_parameters(**changes) if changes else found


def _spread(entry: Parameter, draws: int, patients: int, seed: int, base: Posterior) -> np.ndarray:
    """One number of a tumour: evenly over its calibrated draws, or its prior, in each draw in another random order."""
    stream = int.from_bytes(hashlib.sha256(entry.key.encode()).digest()[:8], "little")
    even = np.tile((np.arange(patients) + 0.5) / patients, (draws, 1))
    even = np.random.default_rng([seed, 8, stream]).permuted(even, axis=1).ravel()
    known = base.draws.get(entry.key)
    return np.asarray(entry.sample(even) if known is None else np.quantile(known, even))
