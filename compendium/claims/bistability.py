"""Two ends for one host? Whether a focus lasts may hang on its size: the size that parts the two is the separatrix.

Asked by simulation alone, from many starts, so that it does not hang on anything that was made linear or held.
"""

from typing import NamedTuple

import numpy as np

from niche.analysis.linear import ANSWERING
from niche.errors import NicheError
from niche.experiment.hosts import Hosts
from niche.experiment.protocol import Protocol
from niche.experiment.schedule import schedule
from niche.experiment.solution import perform, solve
from niche.model.state import AT_REST, State

_HALVINGS = 14


class Ends(NamedTuple):
    """Where foci of two sizes end, and the size between them, per draw, shape (draws,).

    Attributes
    ----------
    small, large
        burden at the end of the protocol from the small and from the large start
    separatrix
        share of capacity above which a focus takes and below which it is lost; NaN where both starts end alike,
        or a run failed
    """

    small: np.ndarray
    large: np.ndarray
    separatrix: np.ndarray


def ends(hosts: Hosts, protocol: Protocol, small: float = 1e-6, large: float = 0.9, taken: float = 1e-2) -> Ends:
    """Follow foci that are put into the niche of a protocol's first day, and halve the way to the size that matters.

    The separatrix is found to a factor of (large/small)**(2**-14). A focus that is still on its way at the end counts
    by its size there: let the protocol run until it no longer matters.

    Parameters
    ----------
    protocol
        what is done to the host, long enough for a focus to end one way or the other (years)
    small, large
        shares of capacity, the two starts
    taken
        burden at the end from which on a focus counts as taken

    Raises
    ------
    NicheError
        for hosts without a tumour line, a protocol that seeds, or sizes that do not increase below 1
    """
    if any(step.verb == "seed" for step in protocol.steps):
        raise NicheError("the foci are put in here: leave .seed() out of the protocol")
    if not 0 < small < taken < large < 1:
        raise NicheError(f"sizes must increase from above 0 to below 1, got {small!r}, {taken!r}, {large!r}")

    def end(size: np.ndarray) -> np.ndarray:
        run = perform(hosts.with_parameters(inoculum=size), protocol.seed("established"), np.array([protocol.days]))
        return run.states[:, -1, State._fields.index("tumour")]

    n = len(hosts)
    low, high = np.full(n, np.log(small)), np.full(n, np.log(large))
    first, last = end(np.exp(low)), end(np.exp(high))
    both = (first < small) & (last >= taken)
    for _ in range(_HALVINGS if both.any() else 0):
        middle = (low + high) / 2
        lasts = end(np.exp(middle)) >= taken
        low, high = np.where(lasts, low, middle), np.where(lasts, middle, high)
    return Ends(first, last, np.where(both, np.exp((low + high) / 2), np.nan))


def spread_of_ends(
    hosts: Hosts, burden: float, starts: int = 8, days: float = 3000.0, factor: float = 5.0, seed: int = 1
) -> np.ndarray:
    """How far apart a niche beside a held burden ends from random starts: 1 where it always ends the same, (draws,).

    Parameters
    ----------
    burden
        share of capacity between 0 and 1, held
    starts
        cells, fibres, vessels and immune cells of each host begin so often, at up to `factor` above or below
        rest

    Returns
    -------
    np.ndarray
        the largest ratio between two ends of any of these states (one below 1e-3 at both ends is left out)

    Raises
    ------
    NicheError
        for a burden outside (0, 1), or fewer than two starts
    """
    if not 0 < burden < 1:
        raise NicheError(f"the burden must lie between 0 and 1, got {burden!r}")
    if isinstance(starts, bool) or not isinstance(starts, int) or starts < 2:
        raise NicheError(f"starts must be a whole number of at least 2, got {starts!r}")
    still = hosts.with_parameters(growth=0.0, kill=0.0, inoculum=burden, turnover=0.0)
    plan, n = schedule(still, Protocol(days).seed("established")), len(hosts)
    rng, columns = np.random.default_rng(seed), [State._fields.index(name) for name in ANSWERING]
    found, moved = np.empty((starts, n, len(columns))), np.zeros((n, len(columns)), dtype=bool)
    for k in range(starts):
        start = np.tile(np.asarray(AT_REST, float), (n, 1))
        start[:, columns] = np.maximum(start[:, columns], 0.1) * factor ** rng.uniform(-1, 1, (n, len(columns)))
        start[:, State._fields.index("core")] = rng.uniform(0, 1, n)
        run = solve(plan, days, np.array([days]), start=start, rtol=1e-8)
        found[k] = np.where(run.status[:, None] == 0, run.states[:, -1, columns], np.nan)
        moved |= found[k] != start[:, columns]  # what is switched off stays where it began
    low, high = found.min(axis=0), found.max(axis=0)
    ratio = np.where((high < 1e-3) | ~moved, 1.0, high / np.maximum(low, 1e-12))
    return np.asarray(ratio.max(axis=1))
