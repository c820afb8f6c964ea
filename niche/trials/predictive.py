"""One large virtual population, resampled into many trials: between which values a published statistic should lie.

The trials take the parameter draws of the population in turn, so that their variance is the sum of two: that of what is
not known, between draws, and that of chance, of who is enrolled and has events, within a draw.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from niche.errors import NicheError
from niche.trials.design import Design, Population, enrol

_CHUNK = 25  # trials that one worker does at a time; the numbers do not depend on it


@dataclass(frozen=True)
class TrialValues:
    """A statistic in many trials: values (trials,), NaN in the `failed` ones (an arm without events)."""

    values: np.ndarray
    failed: int

    def interval(self, share: float = 0.9) -> tuple[float, float, float]:
        """Median and central interval over the trials that could be analysed; inf where a median was not reached."""
        tail = (1 - share) / 2
        values = np.sort(self.values[~np.isnan(self.values)])
        median, low, high = (_quantile(values, q) for q in (0.5, tail, 1 - tail))
        return median, low, high


def _quantile(values: np.ndarray, share: float) -> float:
    """A quantile of sorted values, which may end in infinite ones."""
    at = share * (len(values) - 1)
    below, above = values[int(np.floor(at))], values[int(np.ceil(at))]
    return float(above if np.isinf(above) else below + (at - np.floor(at)) * (above - below))


def predictive_values(
    statistic: Callable[..., Any],
    population: Population,
    design: Design,
    *arguments: Any,
    trials: int = 1000,
    seed: int = 1,
    executor: Any = None,
) -> TrialValues:
    """A statistic of `niche.trials.analysis` in many trials of one design.

    Parameters
    ----------
    statistic
        called with a `Sample` and the `arguments` (such as treated, control); if it returns several numbers the
        first counts
    executor
        anything with `map` (a process pool, a cluster's client); None does all here. Each trial has a seed of
        its own, so the numbers are the same with any

    Raises
    ------
    NicheError
        if no trial could be analysed, or for fewer than 1 trial
    """
    if isinstance(trials, bool) or not isinstance(trials, int) or trials < 1:
        raise NicheError(f"trials must be a whole number of at least 1, got {trials!r}")
    tasks = [
        (statistic, population, design, arguments, seed, range(i, min(i + _CHUNK, trials)))
        for i in range(0, trials, _CHUNK)
    ]
    parts = map(_some, tasks) if executor is None else executor.map(_some, tasks)
    values = np.concatenate(list(parts))
    failed = int(np.isnan(values).sum())
    if failed == trials:
        raise NicheError(f"none of {trials} trials could be analysed: an arm never has an event")
    return TrialValues(values, failed)


def _some(task: tuple[Callable[..., Any], Population, Design, tuple, int, Sequence[int]]) -> np.ndarray:
    statistic, population, design, arguments, seed, numbers = task
    found = []
    for number in numbers:
        sample = enrol(population, design, np.random.default_rng([seed, 7, number]), number % population.draws)
        try:
            value = statistic(sample, *arguments)
        except NicheError:
            if number == 0:
                _check(sample, arguments)
            value = np.nan
        found.append(value[0] if isinstance(value, tuple) else value)
    return np.array(found, dtype=float)


def _check(sample: Any, arguments: tuple) -> None:
    """A misspelt arm is an error, not a trial that failed."""
    from niche.trials.analysis import check_arm

    for arm in arguments:
        if isinstance(arm, str):
            check_arm(sample, arm)
