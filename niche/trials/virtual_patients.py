"""Virtual patients of one tumour line, draw by draw of the parameters: what they share, and in what they differ."""

import hashlib
from collections.abc import Mapping
from dataclasses import replace

import numpy as np

from niche.experiment.hosts import Hosts, hosts
from niche.frozen import Frozen
from niche.params.layers import read_registry
from niche.params.posterior import PRIOR, Posterior, draw, posterior_rows, read_posterior
from niche.params.records import Parameter

BODIES = 240  # people among whom patients of a line find theirs: their levels of a drug are solved once for all draws
HALVES = 2  # samples of patients in each draw, apart from one another: how far they differ is the error of either


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
    treated in one trial. They differ in the numbers of their tumour (growth, killing, size when found), whose spread is
    that between patients (doubling times of 25 to 1000 days), and in the kinetics of their drugs. Each half of the
    patients of a draw is spread evenly over each number of the tumour (a Latin hypercube), so that few stand for many,
    and all draws together hold every part of it. How far the middle of that spread is itself uncertain is not told
    apart from it. The patients of a row of the posterior are the same whatever other rows, lines or drugs there are.

    Parameters
    ----------
    line
        tumour line of all patients
    draws, patients
        how many parameter sets, and how many patients of each
    seed, posterior
        as in `niche.experiment.hosts`
    changes
        parameters set for every patient
    """
    registry = read_registry()
    base = posterior if isinstance(posterior, Posterior) else read_posterior() if posterior == "calibrated" else PRIOR
    registry.get("lines", line)
    outer, made = posterior_rows(draws, seed, len(base)), {}
    for key, entry in registry.entries(note=False).items():  # `hosts` looks up what it uses
        if entry.prior is not None or key in base.draws:
            if entry.layer == line:
                made[key] = _spread(entry, outer, patients, seed, base)
            else:
                made[key] = np.repeat(draw(entry, outer, seed, base), patients)
    # By the name of the line, so that nobody's kinetics stand in two of them, and one more line changes nobody.
    person = stream(f"{seed} {line}") % 2**32
    found = hosts("human", tumour=line, draws=draws * patients, seed=person, posterior=Posterior(Frozen(made)))
    people = (outer[:, None] * patients + np.arange(patients)).ravel() % BODIES
    found = replace(found, people=people)
    return found.with_parameters(**changes) if changes else found


def halves(patients: int) -> np.ndarray:
    """Which half each of the patients of a draw belongs to, (patients,)."""
    return np.arange(patients) * HALVES // max(patients, HALVES)


def stream(name: str) -> int:
    """A number for a name, to seed what belongs to it."""
    return int.from_bytes(hashlib.sha256(name.encode()).digest()[:8], "little")


def _spread(entry: Parameter, rows: np.ndarray, patients: int, seed: int, base: Posterior) -> np.ndarray:
    """One number of a tumour: evenly over its calibrated draws, or its prior, in each draw in another random order."""
    shape = (int(rows.max()) + 1, patients)  # a row of the posterior finds the same numbers among few and many
    order = np.random.default_rng([seed, 8, stream(entry.key)]).random(shape)[rows]
    within = np.random.default_rng([seed, 9, stream(entry.key)]).random(shape)[rows]
    even = np.empty_like(order)
    half = halves(patients)
    for one in np.unique(half):
        own = half == one
        even[:, own] = (np.argsort(np.argsort(order[:, own], axis=1), axis=1) + within[:, own]) / own.sum()
    known = base.draws.get(entry.key)
    return np.asarray(entry.sample(even.ravel()) if known is None else np.quantile(known, even.ravel()))
