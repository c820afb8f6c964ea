"""Random numbers that are a function of (seed, fibre, step): the same bits in any order, on any number of threads.

Philox4x64-10 (Salmon et al. 2011, doi:10.1145/2063384.2063405), as in NumPy, for many keys at once: a NumPy generator
for each fibre and step would cost a hundred times as much.
"""

import numpy as np
from numba import njit

_M0, _M1 = np.uint64(0xD2E7470EE14C6C93), np.uint64(0xCA5A826395121157)
_W0, _W1 = np.uint64(0x9E3779B97F4A7C15), np.uint64(0xBB67AE8584CAA73B)
_LOW, _HALF, _KEEP = np.uint64(0xFFFFFFFF), np.uint64(32), np.uint64(11)


def blocks(seed: int, fibres: np.ndarray, step: int, purpose: int) -> np.ndarray:
    """Four random integers for each fibre, shape (fibres, 4), uint64.

    Parameters
    ----------
    seed, step, purpose
        whole numbers of at least 0; `purpose` tells apart what is drawn at one step
    fibres
        shape (fibres,), uint64: names of the fibres
    """
    return np.asarray(_blocks(np.uint64(seed), fibres.astype(np.uint64), np.uint64(step), np.uint64(purpose)))


def uniforms(seed: int, fibres: np.ndarray, step: int, purpose: int) -> np.ndarray:
    """Four numbers from 0 to 1 (not 1 itself) for each fibre, shape (fibres, 4)."""
    return np.asarray((blocks(seed, fibres, step, purpose) >> _KEEP) * 2.0**-53)


@njit(cache=True, nogil=True)
def _high(a, b):  # type: ignore[no-untyped-def]
    """The upper 64 bits of a product."""
    a0, a1, b0, b1 = a & _LOW, a >> _HALF, b & _LOW, b >> _HALF
    middle = a1 * b0 + ((a0 * b0) >> _HALF)
    other = a0 * b1 + (middle & _LOW)
    return a1 * b1 + (middle >> _HALF) + (other >> _HALF)


@njit(cache=True, nogil=True)
def _blocks(seed, fibres, step, purpose):  # type: ignore[no-untyped-def]
    out = np.empty((fibres.size, 4), np.uint64)
    for i in range(fibres.size):
        k0, k1 = seed, fibres[i]
        c0, c1, c2, c3 = step, purpose, np.uint64(0), np.uint64(0)
        for _ in range(10):
            h0, l0, h1, l1 = _high(_M0, c0), _M0 * c0, _high(_M1, c2), _M1 * c2
            c0, c1, c2, c3 = h1 ^ c1 ^ k0, l1, h0 ^ c3 ^ k1, l0
            k0 += _W0
            k1 += _W1
        out[i, 0], out[i, 1], out[i, 2], out[i, 3] = c0, c1, c2, c3
    return out
