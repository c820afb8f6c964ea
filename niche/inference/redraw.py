"""Draws of chains, drawn again along single parameters: for the few that trajectories hardly move.

Where a parameter is told sharply on one side and not at all on the other, its posterior is a peak with a plateau, and a
trajectory that is fit for the peak gets lost on the plateau. But such a parameter has hardly anything to do with the
others, so its values in all draws together propose good ones: a Metropolis step whose proposal is that distribution,
smoothed, with all else held (an independence sampler in a Gibbs sweep, Tierney 1994, doi:10.1214/aos/1176325750). A
step keeps the posterior as it is, so a chain whose draws took one each is a chain of the same posterior; the walkers
themselves go on from where they were. Only papers that answer to the parameter are computed again.
"""

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple, Protocol

import numpy as np

from niche.inference.checkpoint import Store
from niche.processes import ProcessPool
from niche.provenance import digest_bytes
from niche.sums import sum_last

DRAWS = 4_000  # at most so many are drawn again: a chain forgets one parameter so slowly that each needs only some
_PASSES = 3  # at a look
_MARGIN = 1.1  # by which the bars are to be met where the first pass leaves a score alone
_KNOTS = 500  # draws whose values make up a proposal
_BROAD = 0.05  # share of proposals from the prior, so that no place is forgotten
_MOST = 6  # steps along one axis
_LOOKS = 24  # draws at which it is seen which papers answer


Slow = Callable[[np.ndarray, float], list[int]]


class Density(Protocol):
    """A log density that is a sum of parts, the last of them the prior: `niche.inference.slopes.Slopes`."""

    names: tuple[str, ...]

    def values(self, scores: np.ndarray, wanted: Sequence[int]) -> np.ndarray:
        """Log likelihood (n, wanted) of these parts at scores (n, k)."""

    def answering(self, scores: np.ndarray, moved: np.ndarray) -> list[int]:
        """Parts that say something else at the scores `moved` than at `scores`, both (n, k)."""


class Axis(NamedTuple):
    """One score that is drawn again: its proposal, and which parts of the density answer to it.

    Attributes
    ----------
    place
        of the score
    knots
        centres of the Gaussians that make up the proposal, (m,)
    width
        sd of each of them
    parts
        places of the parts that answer
    """

    place: int
    knots: np.ndarray
    width: float
    parts: tuple[int, ...]

    def sample(self, n: int, random: np.random.Generator) -> np.ndarray:
        """Proposals (n,)."""
        near = random.choice(self.knots, n) + self.width * random.standard_normal(n)
        return np.where(random.random(n) < _BROAD, random.standard_normal(n), near)

    def log_density(self, x: np.ndarray) -> np.ndarray:
        """Log density of the proposal at x (n,), but for a constant."""
        apart = (x[:, None] - self.knots) / self.width
        near = np.exp(-0.5 * apart**2).mean(axis=1) / self.width
        return np.asarray(np.log((1 - _BROAD) * near + _BROAD * np.exp(-0.5 * x**2)))


class Redraw:
    """Chains drawn again until nothing fails, pass after pass; each pass is kept, and is repeated with longer chains.

    Attributes
    ----------
    passes
        places of the scores of each pass so far
    """

    def __init__(self, pool: ProcessPool, objective: Any, store: Store, seed: int) -> None:
        self._pool, self._objective, self._store, self._seed = pool, objective, store, seed
        held = store.load("passes") or {}
        self.passes = [held[name].tolist() for name in sorted(held)]

    def __call__(self, chains: np.ndarray, parts: np.ndarray, slow: Slow) -> tuple[np.ndarray, np.ndarray]:
        """Chains (ensembles, walkers, steps, k) and the parts of the log density there, thinned and drawn again.

        Parameters
        ----------
        slow
            gives the places of the scores that fail in chains, with a margin
        """
        every = -(-int(np.prod(chains.shape[:3])) // DRAWS)
        chains, parts = chains[:, :, ::every], parts[:, :, ::every]
        for places in self.passes:
            chains, parts = redrawn(self._pool, self._objective, chains, parts, places, self._store, self._seed)
        for _ in range(_PASSES):
            places = slow(chains, 1.0)
            if not places:
                break
            # first with those that nearly fail: they would fail next time, by chance
            self.passes.append(places if self.passes else slow(chains, _MARGIN))
            self._store.save("passes", {f"{i:02}": np.array(one) for i, one in enumerate(self.passes)})
            chains, parts = redrawn(
                self._pool, self._objective, chains, parts, self.passes[-1], self._store, self._seed
            )
        return chains, parts


def redrawn(
    pool: ProcessPool,
    objective: Any,
    chains: np.ndarray,
    parts: np.ndarray,
    places: Sequence[int],
    store: Store,
    seed: int,
) -> tuple[np.ndarray, np.ndarray]:
    """Chains (ensembles, walkers, steps, k) and parts of the log density there, these scores drawn again.

    What the store holds of the same draws is not done again.

    Parameters
    ----------
    objective
        whose `slopes()` is a `Density`
    places
        of the scores; along a score that few parts answer to, several steps are taken
    """
    from tqdm import tqdm

    ensembles, walkers, steps, _ = chains.shape
    # a task for each step of all walkers
    scores = np.ascontiguousarray(np.moveaxis(chains, 2, 0), dtype=float).reshape(steps, ensembles * walkers, -1)
    told = np.ascontiguousarray(np.moveaxis(parts, 2, 0), dtype=float).reshape(steps, ensembles * walkers, -1)
    names = [_name(scores[t], told[t], places, seed) for t in range(steps)]
    done = {t: held for t in range(steps) if (held := store.load(names[t])) is not None}
    missing = [t for t in range(steps) if t not in done]
    axes: list[Any] = [None] * len(places)
    for i, axis in pool.as_completed(_axis, [(objective, scores, place) for place in places if missing]):
        axes[i] = axis
    axes = [axis for axis in axes for _ in range(_times(axis, parts.shape[3]))] if missing else []
    tasks = [(objective, scores[t], told[t], axes, (seed, 5, int(names[t][-16:], 16))) for t in missing]
    with tqdm(total=steps, initial=len(done), desc="drawing slow ones again", unit="step", leave=False) as bar:
        for j, held in pool.as_completed(again, tasks):
            done[missing[j]] = held
            store.save(names[missing[j]], held)
            bar.update()
    chain, own = (np.stack([done[t][name] for t in range(steps)]) for name in ("chain", "parts"))
    return (
        np.moveaxis(chain.reshape(steps, ensembles, walkers, -1), 0, 2),
        np.moveaxis(own.reshape(steps, ensembles, walkers, -1), 0, 2),
    )


def again(
    objective: Any, scores: np.ndarray, parts: np.ndarray, axes: Sequence[Axis], seed: Sequence[int]
) -> dict[str, np.ndarray]:
    """One step along each axis for draws (n, k) with their parts (n, parts): "chain", "parts", "accepted" (axes,)."""
    density, random = objective.slopes(), np.random.default_rng(list(seed))
    scores, parts, accepted = scores.copy(), parts.copy(), []
    for axis in axes:
        there, own = scores.copy(), scores[:, axis.place]
        there[:, axis.place] = axis.sample(len(scores), random)
        new, wanted = parts.copy(), list(axis.parts)
        new[:, wanted] = density.values(there, wanted)
        new[:, -1] = -0.5 * sum_last(there**2)
        back = axis.log_density(own) - axis.log_density(there[:, axis.place])
        with np.errstate(invalid="ignore"):
            likelier = sum_last(new) - sum_last(parts) + back
        yes = np.log(random.random(len(scores))) < likelier
        scores[yes], parts[yes] = there[yes], new[yes]
        accepted.append(yes.mean())
    return {"chain": scores, "parts": parts, "accepted": np.array(accepted)}


def _times(axis: Axis, parts: int) -> int:
    """Steps along an axis: several where few of the parts answer, since they cost little."""
    return min(max(1, parts // max(1, len(axis.parts))), _MOST)


def _name(scores: np.ndarray, parts: np.ndarray, places: Sequence[int], seed: int) -> str:
    """The name under which the store keeps what was drawn again from these draws."""
    return f"again-{digest_bytes(scores.tobytes() + parts.tobytes() + repr((list(places), seed)).encode())[:16]}"


def _axis(objective: Any, scores: np.ndarray, place: int) -> Axis:
    """The proposal that draws (steps, walkers, k) make up; and which parts answer to a long move along it."""
    scores = scores.reshape(-1, scores.shape[-1])
    order = np.argsort(scores[:, place], kind="stable")
    knots = scores[order[np.linspace(0, len(order) - 1, min(_KNOTS, len(order))).astype(int)], place]
    low, high = np.percentile(knots, [25, 75])
    width = max(1.06 * min(knots.std(), (high - low) / 1.35) * len(knots) ** -0.2, 1e-3)  # Silverman's rule
    some = scores[np.linspace(0, len(scores) - 1, _LOOKS).astype(int)]
    moved = some.copy()
    moved[:, place] = np.where(some[:, place] < np.median(knots), knots.max(), knots.min())
    return Axis(place, knots, float(width), tuple(objective.slopes().answering(some, moved)))
