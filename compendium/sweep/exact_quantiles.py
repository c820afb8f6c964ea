"""Exact quantiles of columns that come in parts, without ever holding more than a part: by radix selection."""

import math
from collections.abc import Callable, Iterable, Sequence

import numpy as np

HELD = 1 << 20  # numbers (8 MB) that may be held at once; below that they are simply sorted
_BITS = 16
_ALL = np.uint64(0xFFFFFFFFFFFFFFFF)
_SIGN = np.uint64(1 << 63)


def quantiles(parts: Callable[[], Iterable[np.ndarray]], asked: Sequence[float], held: int = HELD) -> np.ndarray:
    """Quantiles of each column over its finite numbers, (len(asked), columns); NaN for a column without any.

    Parameters
    ----------
    parts
        called for each pass, gives arrays (n, columns), the same each time; with few numbers there is one pass,
        else five. As `numpy.quantile` by its default (linear interpolation).
    """
    kept, size, counts = [], 0, None
    for part in parts():
        finite = np.isfinite(part).sum(axis=0)
        counts = finite if counts is None else counts + finite
        size += part.size
        if size <= held:
            kept.append(np.array(part))
        else:
            kept.clear()
    if counts is None:
        return np.empty((len(asked), 0))
    if size <= held:
        columns = np.concatenate(kept).T
        return np.stack([_sorted(column[np.isfinite(column)], asked) for column in columns], axis=1)
    return _selected(parts, [int(n) for n in counts], asked)


def _sorted(column: np.ndarray, asked: Sequence[float]) -> np.ndarray:
    return np.quantile(column, asked) if len(column) else np.full(len(asked), np.nan)


def _selected(parts: Callable[[], Iterable[np.ndarray]], counts: Sequence[int], asked: Sequence[float]) -> np.ndarray:
    """The numbers of the ranks around each quantile, found sixteen bits at a time from the top."""
    places = [[(n - 1) * q for q in asked] if n else [] for n in counts]
    # Of each column and rank: the leading bits of its number, and its rank among the numbers that share them.
    state = {(i, edge): (0, edge) for i, column in enumerate(places) for p in column for edge in _edges(p)}
    for shift in range(64 - _BITS, -1, -_BITS):
        tallies = {(i, lead): np.zeros(1 << _BITS, np.int64) for (i, _), (lead, _) in state.items()}
        for part in parts():
            columns = {i: _ordered(part[:, i]) for i in {i for i, _ in tallies}}
            for (i, lead), tally in tallies.items():
                among = columns[i]
                if shift < 64 - _BITS:
                    among = among[among >> np.uint64(shift + _BITS) == np.uint64(lead)]
                digits = (among >> np.uint64(shift)) & np.uint64((1 << _BITS) - 1)
                np.add.at(tally, digits.astype(np.int64), 1)
        for (i, rank), (lead, left) in state.items():
            above = np.cumsum(tallies[i, lead])
            digit = int(np.searchsorted(above, left, side="right"))
            state[i, rank] = (lead << _BITS) | digit, left - (int(above[digit - 1]) if digit else 0)
    found = np.full((len(asked), len(counts)), np.nan)
    for i, column in enumerate(places):
        for k, place in enumerate(column):
            low, high = (_number(state[i, edge][0]) for edge in _edges(place))
            found[k, i] = np.quantile([low, high], place - _edges(place)[0])
    return found


def _edges(place: float) -> tuple[int, int]:
    """The ranks between which a quantile lies."""
    return math.floor(place), math.ceil(place)


def _ordered(column: np.ndarray) -> np.ndarray:
    """Finite numbers as integers in the same order."""
    bits = np.ascontiguousarray(column[np.isfinite(column)], dtype=np.float64).view(np.uint64)
    return np.where(bits & _SIGN, bits ^ _ALL, bits | _SIGN)


def _number(bits: int) -> float:
    whole = np.uint64(bits)
    return float((whole ^ _SIGN if whole & _SIGN else whole ^ _ALL).view(np.float64))
