"""Which experiment would decide most? The variance, and the doubt about the best choice, that its result would remove.

Draws of the posterior are taken as possible truths. In each truth an experiment has a predicted result, and gives data
with a stated error. The data make some draws likelier than others, and so change what is believed of a target: a
number (how far the first choice leads), or which of several choices is best. This is averaged over all truths, before
there are any data (preposterior analysis: Raiffa and Schlaifer 1961; Lindley 1956, doi:10.1214/aoms/1177728069):

- the share of the target's variance that is removed, by weights and by regression. The second is the closed form where
  everything is linear and Gaussian, and misses what is not;
- the information about which choice is best, in bits;
- the chance of choosing the best before and after.

A truth is never among the draws that judge it: with some hundreds of draws it would recognise itself, and every precise
experiment would seem to decide everything. What is left of that shortage makes the measures too low, not too high.
"""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np

from niche.errors import NicheError

FEW = 10.0  # effective draws below which a result of an experiment falls between the draws


class Worth(NamedTuple):
    """What an experiment is worth.

    Attributes
    ----------
    removed, linear
        shares of the variance of the target that it removes, 0 to 1; below 0 within sampling error
    removed_se
        error of `removed` over draws
    bits
        information about the best choice [bits]
    entropy
        doubt about the best choice before [bits]
    before, after
        chances of choosing the best
    effective
        median number of draws that a result leaves in play
    """

    removed: float
    removed_se: float
    linear: float
    bits: float
    entropy: float
    before: float
    after: float
    effective: float

    @property
    def sparse(self) -> bool:
        """Whether a typical result falls between the draws: the measures are then too low, and more draws help."""
        return self.effective < FEW


def worth(
    predicted: np.ndarray,
    error: float | Sequence[float],
    target: np.ndarray,
    best: np.ndarray | None = None,
    repeats: int = 4,
    seed: int = 1,
) -> Worth:
    """What one experiment would tell.

    Parameters
    ----------
    predicted
        its result in each draw, (draws,), or (draws, k) if it reads k things at once
    error
        standard error of each reading, on the scale of `predicted` (one number, or k); above 0
    target
        the number of interest in each draw, (draws,)
    best
        which choice is best in each draw, (choices, draws), columns that sum to 1; None leaves that part NaN
    repeats
        results drawn per truth
    seed
        of their errors

    Raises
    ------
    NicheError
        for shapes that do not fit, fewer than 20 draws, values that are not finite, or an error of 0
    """
    y, s, t, member = _checked(predicted, error, target, best)
    rng = np.random.default_rng(seed)
    losses, effective, told = [], [], []
    for _ in range(repeats):
        weights = _weights(y, y + s * rng.standard_normal(y.shape), s)
        losses.append((t - weights @ t) ** 2)
        effective.append(1 / (weights**2).sum(axis=1))
        if member is not None:
            told.append(_told(member, weights, effective[-1]))
    others = (t.sum() - t) / (len(t) - 1)  # a guess before the data leaves the truth out too
    before, after = (t - others) ** 2, np.mean(losses, axis=0)
    left = after.mean() / before.mean()
    sampling = float(np.std(after - left * before) / before.mean() / np.sqrt(len(t)))
    bits, chance = np.mean(told, axis=0) if told else (np.nan, np.nan)
    shares = np.array([np.nan]) if member is None else member.mean(axis=1)
    held = shares[shares > 0]
    entropy = np.nan if member is None else max(0.0, -(held * np.log2(held)).sum())
    return Worth(
        float(1 - left),
        sampling,
        linear(y, s, t),
        float(bits),
        float(entropy),
        float(shares.max()),
        float(chance),
        float(np.median(effective)),
    )


def linear(predicted: np.ndarray, error: np.ndarray | float, target: np.ndarray) -> float:
    """Share of the target's variance that regression on the data would remove: exact if all is linear and Gaussian.

    cov(T, y) (cov(y) + error^2)^-1 cov(y, T) / var(T), from the draws; shapes as in `worth`.
    """
    y = np.asarray(predicted, dtype=float).reshape(len(target), -1)
    both = np.cov(np.column_stack([y, target]), rowvar=False)
    noisy = both[:-1, :-1] + np.diag(np.broadcast_to(np.asarray(error, dtype=float) ** 2, (y.shape[1],)))
    return float(both[-1, :-1] @ np.linalg.solve(noisy, both[:-1, -1]) / both[-1, -1])


def compare_choices(
    experiments: Mapping[str, tuple[np.ndarray, float | Sequence[float]]],
    target: np.ndarray,
    best: np.ndarray | None = None,
    **options: Any,
) -> dict[str, Worth]:
    """The worth of each experiment (name -> predicted result and its error), the one that removes most first."""
    found = {name: worth(y, s, target, best, **options) for name, (y, s) in experiments.items()}
    return dict(sorted(found.items(), key=lambda item: -item[1].removed))


def _weights(y: np.ndarray, data: np.ndarray, s: np.ndarray) -> np.ndarray:
    """Weight of each draw (columns) for the data of each truth (rows), its own draw left out; rows sum to 1."""
    logs = -0.5 * (((data[:, None] - y[None]) / s) ** 2).sum(axis=2)
    np.fill_diagonal(logs, -np.inf)
    weights = np.exp(logs - logs.max(axis=1, keepdims=True))
    return np.asarray(weights / weights.sum(axis=1, keepdims=True))


def _told(member: np.ndarray, weights: np.ndarray, effective: np.ndarray) -> tuple[float, float]:
    """Mean over truths of the bits gained on what is best, and of the chance that the likeliest choice is right.

    The belief after the data counts as `effective` draws, and that before as one more: a choice that no weighted draw
    makes is rare, not impossible.
    """
    shares = member.sum(axis=1, keepdims=True) - member + 0.5 / len(member)  # of the other draws
    prior = shares / shares.sum(axis=0)
    belief = (effective * (member @ weights.T) + prior) / (effective + 1)
    right = member[belief.argmax(axis=0), np.arange(member.shape[1])]
    return float((member * np.log2(belief / prior)).sum(axis=0).mean()), float(right.mean())


def _checked(predicted: Any, error: Any, target: Any, best: Any) -> tuple:
    t = np.asarray(target, dtype=float)
    y = np.asarray(predicted, dtype=float)
    y = y[:, None] if y.ndim == 1 else y
    if t.ndim != 1 or y.ndim != 2 or len(y) != len(t):
        raise NicheError(f"predicted {np.shape(predicted)} and target {np.shape(target)} must have the same draws")
    if len(t) < 20:
        raise NicheError(f"{len(t)} draws say nothing of what an experiment would tell; use at least 20")
    s = np.broadcast_to(np.asarray(error, dtype=float), (y.shape[1],))
    if not (np.isfinite(s).all() and (s > 0).all()):
        raise NicheError(f"the error of a measurement must be above 0, got {error!r}")
    if not (np.isfinite(y).all() and np.isfinite(t).all()):
        raise NicheError("a draw without a value (a host that failed) cannot be weighed: leave it out first")
    if t.std() == 0:
        raise NicheError("the target is the same in every draw: there is nothing to decide")
    member = None if best is None else np.asarray(best, dtype=float)
    if member is not None and (member.shape[1:] != t.shape or not np.allclose(member.sum(axis=0), 1)):
        raise NicheError(f"best needs one column per draw that sums to 1, got an array of shape {np.shape(best)}")
    return y, s, t, member
