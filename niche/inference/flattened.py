"""One chain for many left-out papers: a density that is raised where one of them says little.

The posterior times 1 + sum of s_i / p(rows of paper i | draw) is a mixture of the posterior of all papers and of those
without each of some of them, with shares that s_i decides. Weights of its draws towards each of these are bounded;
weights of draws of the posterior of all papers may have no mean (Silva & Zanella 2024,
doi:10.1080/01621459.2023.2257893).
"""

from collections.abc import Sequence
from typing import Any

import numpy as np

from niche.inference.sampler import Density

RAISED = "raised where left-out papers say little"


class Flattened:
    """A density that is a sum of parts, with one part more, by which it is raised.

    Attributes
    ----------
    names
        of the parts, the last is `RAISED`
    out
        (papers,) parts that are to be left out, each by itself
    log_shares
        (papers,) log s_i; where it is log p(rows of i | all other papers), each has as large a share as the whole
    """

    def __init__(self, density: Density, out: Sequence[int], log_shares: np.ndarray) -> None:
        self._density, self.out = density, list(out)
        self.log_shares = np.asarray(log_shares, dtype=float)
        self.names = (*density.names, RAISED)

    def parts(self, scores: np.ndarray, wanted: Sequence[int] | None = None) -> tuple[np.ndarray, np.ndarray]:
        """Values (n, parts) and slopes (n, parts, k) of these parts or of all."""
        last = len(self.names) - 1
        places = list(range(last + 1)) if wanted is None else list(wanted)
        if last not in places:
            return self._density.parts(scores, places)
        asked = list(dict.fromkeys([*(p for p in places if p != last), *self.out]))
        values, slopes = self._density.parts(scores, asked)
        own = [asked.index(i) for i in self.out]
        value, share = raised(values[:, own], self.log_shares)
        slope = -np.einsum("ni,nik->nk", share, slopes[:, own])
        values = np.concatenate([values, value[:, None]], axis=1)
        slopes = np.concatenate([slopes, slope[:, None]], axis=1)
        order = [len(asked) if p == last else asked.index(p) for p in places]
        return values[:, order], slopes[:, order]


class FlattenedObjective:
    """What a sampler takes: an objective whose slopes are `Flattened`."""

    def __init__(self, objective: Any, out: Sequence[int], log_shares: np.ndarray) -> None:
        self.objective, self.out, self.log_shares = objective, list(out), np.asarray(log_shares)
        self.names = objective.names

    def slopes(self) -> Flattened:
        """Log density and its gradient, part by part."""
        return Flattened(self.objective.slopes(), self.out, self.log_shares)


def raised(log_likelihood: np.ndarray, log_shares: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Logarithm (n,) of 1 + sum of s_i / p_i, and the share (n, papers) of each term of that sum but the first.

    Parameters
    ----------
    log_likelihood
        log p_i of each paper at each draw, (n, papers)
    """
    terms = log_shares - log_likelihood
    terms = np.where(np.isfinite(terms), terms, -np.inf)  # such a draw is refused anyway
    top = np.maximum(terms.max(axis=1, initial=0.0), 0.0)
    total = np.exp(-top) + np.exp(terms - top[:, None]).sum(axis=1)
    return top + np.log(total), np.exp(terms - top[:, None]) / total[:, None]
