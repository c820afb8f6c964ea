"""Standard scores of parameters -> standard scores of the rows that are fitted, and their log density."""

from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor

import numpy as np

from niche.evidence.laboratory import Laboratory
from niche.evidence.plans import read_experiments
from niche.evidence.rows import read_evidence
from niche.frozen import Frozen
from niche.inference.gradient import Slopes
from niche.inference.likelihood import standard_score
from niche.inference.manifest import APART, fitted_target, layers_of
from niche.params.layers import read_registry
from niche.params.posterior import Posterior
from niche.sums import sum_last

_RTOL = 1e-5  # moves a row by less than a hundredth of its error


def fitted_rows() -> tuple[str, ...]:
    """Numeric rows whose role is calibrate and that the model can observe, in the order of the files."""
    plans, rows = read_experiments(), read_evidence()
    chosen = [r for r, plan in plans.items() if rows[r].role == "calibrate" and not plan.cannot]
    return tuple(r for r in chosen if plans[r].observed is not None or rows[r].numeric)


def fitted_keys(rows: Sequence[str]) -> tuple[str, ...]:
    """Every uncertain parameter that the rows' hosts and arms use."""
    layers = layers_of(rows)
    uncertain = sorted(read_registry().uncertain().items())
    return tuple(key for key, entry in uncertain if entry.layer in layers and key not in APART)


class Objective:
    """Standard scores of parameters -> standard scores of rows. Pure: same scores, same answer.

    Attributes
    ----------
    changes
        parameters set for every host, for a variant of the model, e.g. {"b2_rankl": 0}
    threads
        1 or 2; the numbers do not depend on it
    """

    def __init__(
        self,
        keys: Sequence[str],
        rows: Sequence[str],
        changes: Mapping[str, float] | None = None,
        threads: int = 2,
    ) -> None:
        self.keys, self.rows, self.changes = tuple(keys), tuple(rows), dict(changes or {})
        self.threads = threads
        self._entries = [read_registry().uncertain()[key] for key in self.keys]
        # Whatever is not fitted stays at its prior median, so that the same scores always give the same answer.
        others = [e for key, e in read_registry().uncertain().items() if key not in self.keys]
        self._fixed = {e.key: e.sample(np.array(0.5)) for e in others}
        self._targets = [fitted_target(row) for row in self.rows]

    def only(self, keys: Sequence[str]) -> "Objective":
        """The same with these parameters alone; the others stay at their prior median."""
        return Objective(keys, self.rows, self.changes, self.threads)

    def posterior(self, scores: np.ndarray) -> Posterior:
        """Parameter values of scores (n, k)."""
        from scipy.special import ndtr

        quantiles = ndtr(np.atleast_2d(scores))
        values = {e.key: e.sample(quantiles[:, i]) for i, e in enumerate(self._entries)}
        return Posterior(Frozen(values))

    def complete(self, scores: np.ndarray) -> Posterior:
        """`posterior`, with whatever is not fitted at its prior median."""
        still = {key: np.full(len(scores), value) for key, value in self._fixed.items()}
        return Posterior(Frozen({**self.posterior(scores).draws, **still}))

    def rows_scores(self, scores: np.ndarray) -> np.ndarray:
        """(model - measured) / error for scores (n, k): shape (n, rows); clipped where nothing can be read."""
        n = len(np.atleast_2d(scores))
        half = (n + 1) // 2 if n >= 16 and self.threads > 1 else n
        parts = [np.atleast_2d(scores)[i : i + half] for i in range(0, n, half)]
        with ThreadPoolExecutor(len(parts)) as pool:
            return np.concatenate(list(pool.map(self._some, parts)))

    def _some(self, scores: np.ndarray) -> np.ndarray:
        posterior = self.complete(scores)
        lab = Laboratory(len(scores), 0, posterior, changes=self.changes, rtol=_RTOL, workers=1)
        found = [standard_score(lab.effect(row), t)[0] for row, t in zip(self.rows, self._targets, strict=True)]
        return np.stack(found, axis=1)

    def log_posterior(self, scores: np.ndarray) -> np.ndarray:
        """Log density (up to a constant) of scores (n, k), shape (n,)."""
        scores = np.atleast_2d(scores)
        return np.asarray(-0.5 * (sum_last(self.rows_scores(scores) ** 2) + sum_last(scores**2)))

    def slopes(self) -> Slopes:
        """Log density and its gradient for many points at once: `Slopes(scores)` gives both."""
        return Slopes(self)

    def residuals(self, x: np.ndarray) -> np.ndarray:
        """Rows and prior of one score vector (k,), for least squares."""
        return np.concatenate([self.rows_scores(x[None])[0], x])

    def jacobian(self, x: np.ndarray) -> np.ndarray:
        """Forward differences, all at once: half the runs of central ones, and the search ends at the same costs."""
        k, step = len(x), 4e-3
        found = self.rows_scores(np.concatenate([x[None], x + step * np.eye(k)]))
        return np.concatenate([(found[1:] - found[0]).T / step, np.eye(k)])
