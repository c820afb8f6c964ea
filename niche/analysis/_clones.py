"""Clones event by event, in compiled code. Imported late: it loads numba."""

import numpy as np
from numba import njit


@njit(cache=True, error_model="numpy")
def follow(
    times: np.ndarray,
    birth: np.ndarray,
    death: np.ndarray,
    bound: np.ndarray,
    rng: np.random.Generator,
    cells: int,
    established: int,
    sizes: np.ndarray,
    days: np.ndarray,
) -> None:
    """Each clone by itself, event by event, until it is extinct, established, or at the last time."""
    for clone in range(len(sizes)):
        size, day, piece = cells, times[0], 0
        while 0 < size < established and piece < len(bound):
            day += rng.standard_exponential() / (size * bound[piece])
            if day >= times[piece + 1]:
                piece += 1
                day = times[piece]
                continue
            share = (day - times[piece]) / (times[piece + 1] - times[piece])
            births = birth[piece] * (1 - share) + birth[piece + 1] * share
            deaths = death[piece] * (1 - share) + death[piece + 1] * share
            drawn = rng.random() * bound[piece]
            if drawn < births:
                size += 1
            elif drawn < births + deaths:
                size -= 1
        sizes[clone], days[clone] = size, day
