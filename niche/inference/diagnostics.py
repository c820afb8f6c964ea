"""Whether chains have converged: ArviZ's rank-normalised split R-hat and effective sample sizes, per parameter."""

from collections.abc import Sequence

import numpy as np

# Many walkers in little time: each by itself is too short for the usual R-hat, which is about sqrt(1 + 1 / effective
# samples of one walker) even when all is well. So walkers that began at the same point are one superchain, and R-hat is
# nested (Margossian et al. 2024, doi:10.1214/24-BA1453): whether it still shows where a walker began.
RHAT = 1.01  # Vehtari et al. 2021, doi:10.1214/20-BA1221: at most this,
ESS = 400  # and at least this many effective samples, in the bulk and in the tails
_LONGEST = 1000  # draws of a walker that are looked at; longer chains are thinned to it
Table = dict[str, dict[str, float]]


class NotConverged(Exception):
    """The chains do not yet say what the posterior is; nothing was shipped."""


def diagnose(chains: np.ndarray, keys: Sequence[str], starts: int) -> Table:
    """By parameter: rhat, rhat_ensembles, rhat_walkers, ess_bulk, ess_tail, autocorrelation (steps).

    Parameters
    ----------
    chains
        (ensembles, walkers, steps, k). Every walker of every ensemble is a chain; for rhat_ensembles each
        ensemble is one, all its walkers one after another at each step.
    starts
        points at which each ensemble began; walker i at point i % starts
    """
    from arviz_stats.base import array_stats

    ensembles, walkers, steps, k = chains.shape
    chains = chains[:, :, :: -(-steps // _LONGEST)]
    each = chains.reshape(ensembles * walkers, -1, k)
    whole = chains.transpose(0, 2, 1, 3).reshape(ensembles, -1, k)
    began = [e * starts + i % starts for e in range(ensembles) for i in range(walkers)]
    found: Table = {}
    with np.errstate(all="ignore"):
        for i, key in enumerate(keys):
            one = np.ascontiguousarray(each[:, :, i])
            found[key] = {
                "rhat": float(array_stats.rhat_nested(one, superchain_ids=began)),
                "rhat_walkers": float(array_stats.rhat(one)),
                "rhat_ensembles": float(array_stats.rhat(np.ascontiguousarray(whole[:, :, i]))),
                "ess_bulk": float(array_stats.ess(one, method="bulk")),
                "ess_tail": float(array_stats.ess(one, method="tail", prob=(0.05, 0.95))),
                "autocorrelation": autocorrelation(one) * -(-steps // _LONGEST),
            }
    return found


def failing(table: Table, margin: float = 1.0) -> list[str]:
    """A line with the numbers for each parameter that does not meet the criteria; NaN meets none.

    Parameters
    ----------
    margin
        by which criteria are to be met: 1.1 asks for a tenth more samples, and for an R-hat a tenth closer to 1
    """
    return [
        f"{key}: R-hat {r['rhat']:.3f} (between ensembles {r['rhat_ensembles']:.3f}), "
        f"effective samples {r['ess_bulk']:.0f} (tails {r['ess_tail']:.0f})"
        for key, r in table.items()
        if not (
            max(r["rhat"], r["rhat_ensembles"]) - 1 <= (RHAT - 1) / margin
            and min(r["ess_bulk"], r["ess_tail"]) >= ESS * margin
        )
    ]


def autocorrelation(chains: np.ndarray) -> float:
    """Integrated autocorrelation time of chains (m, steps), in steps, about the mean of all.

    About each chain's own mean, as usual, it would be far too small for walkers that have not yet been everywhere.
    """
    from scipy.fft import irfft, next_fast_len, rfft

    n = chains.shape[1]
    size = next_fast_len(2 * n)
    power = np.abs(rfft(chains - chains.mean(), size, axis=1)) ** 2
    covariance = irfft(power.mean(axis=0), size)[:n] / np.arange(n, 0, -1)
    if covariance[0] <= 0:
        return float("nan")
    times = 2 * np.cumsum(covariance / covariance[0]) - 1
    window = np.flatnonzero(np.arange(n) >= 5 * times)  # Sokal's
    return float(times[window[0]] if len(window) else times[-1])


def lag_of(chain: np.ndarray) -> float:
    """Autocorrelation time of chains (steps, walkers), in steps, at least 1."""
    found = autocorrelation(np.ascontiguousarray(chain.T)) if np.ptp(chain) else 1.0
    return max(1.0, found) if np.isfinite(found) else 1.0
