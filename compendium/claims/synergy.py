"""Do two drugs together do more than expected of them? Bliss, HSA and Loewe over a grid of doses, draw by draw.

Every reference answers "what would the pair do if the drugs did not interact?", and the three mean different things:
Bliss (1939, doi:10.1111/j.1744-7348.1939.tb06990.x) that what each leaves multiplies; HSA that the pair does no more
than the better of the two; Loewe (1953) that one drug is a dilution of the other. The effect is the share left of the
untreated read-out (1 is no effect). For a read-out that treatment raises, give untreated over treated.

Loewe needs the dose of each drug alone for the effect of the pair. Where the pair does more than the weaker drug can at
any dose tried, there is no such dose, and the result says "beyond" with the drug's name instead of a number.
"""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np

from compendium.claims.dose_response import BEYOND, DEFINED, REASONS, Curve, checked, monotone
from niche.errors import NicheError

_STEPS = 48  # halvings of the logarithm of a share


class Surface(NamedTuple):
    """Share left of the untreated read-out, (draws, A, B), at doses_a (A,) and doses_b (B,), both from 0."""

    doses_a: np.ndarray
    doses_b: np.ndarray
    left: np.ndarray
    names: tuple[str, str] = ("a", "b")


class Expected(NamedTuple):
    """What a reference expects, and what the pair does beyond it; both (draws, A, B).

    Attributes
    ----------
    left
        expected share left
    excess
        ln(expected / observed), above 0 is synergy
    """

    left: np.ndarray
    excess: np.ndarray


class Loewe(NamedTuple):
    """Loewe additivity at each pair of doses, (draws, A, B) each.

    Attributes
    ----------
    ratio
        a/A + b/B, with A and B the doses that alone do what the pair does: below 1 is synergy (the combination
        index)
    left, excess
        as in `Expected`
    why, why_expected
        words for where `ratio`, or `left`, has no value (NaN there); "defined" elsewhere
    """

    ratio: np.ndarray
    left: np.ndarray
    excess: np.ndarray
    why: np.ndarray
    why_expected: np.ndarray

    def reasons(self) -> dict[str, float]:
        """Share of draws and pairs of doses (both above 0) by what `why` says, the commonest first."""
        inner, counts = self.why[:, 1:, 1:].ravel(), dict[str, float]()
        for word, times in zip(*np.unique(inner, return_counts=True), strict=True):
            counts[str(word)] = float(times / len(inner))
        return dict(sorted(counts.items(), key=lambda item: -item[1]))


def surface(
    doses_a: Sequence[float], doses_b: Sequence[float], left: np.ndarray, names: tuple[str, str] = ("a", "b")
) -> Surface:
    """A checked grid of shares left, shape (draws, A, B) or (A, B).

    Raises
    ------
    NicheError
        for doses that do not start at 0 and rise, another shape, a share that is not above 0, or an untreated
        share (both doses 0) that is not 1
    """
    values = np.asarray(left, dtype=float)
    values = values[None] if values.ndim == 2 else values
    if values.ndim != 3 or values.shape[1:] != (len(doses_a), len(doses_b)):
        raise NicheError(
            f"{len(doses_a)} doses of {names[0]} and {len(doses_b)} of {names[1]} need shares of shape "
            f"(draws, {len(doses_a)}, {len(doses_b)}), got {values.shape}"
        )
    a, b = checked(doses_a, values[:, :, 0])[0], checked(doses_b, values[:, 0, :])[0]
    if (values <= 0).any():
        raise NicheError("a share left must be above 0 (its logarithm is taken)")
    if np.nanmax(np.abs(values[:, 0, 0] - 1)) > 1e-9:
        raise NicheError("shares are relative to the untreated read-out: without drugs the share left is 1")
    return Surface(a, b, values, names)


def bliss(pair: Surface) -> Expected:
    """Independence: what each drug leaves alone multiplies. Draws of a failed host are NaN."""
    return _against(pair, pair.left[:, :, :1] * pair.left[:, :1, :])


def hsa(pair: Surface) -> Expected:
    """Highest single agent: the pair does as much as the better of the two at the same doses."""
    return _against(pair, np.minimum(pair.left[:, :, :1], pair.left[:, :1, :]))


def loewe(pair: Surface, alone: tuple[Curve, Curve] | None = None) -> Loewe:
    """Dose additivity: a/A + b/B is 1 where one drug is a dilution of the other.

    Parameters
    ----------
    alone
        a curve of each drug alone, from `dose_response.monotone` (through simulated doses, perhaps beyond those
        of the grid) or `dose_response.fit_hill` (measurements); None takes the edges of the grid, monotone
    """
    curves = alone or (monotone(pair.doses_a, pair.left[:, :, 0]), monotone(pair.doses_b, pair.left[:, 0, :]))
    given = pair.doses_a[None, :, None], pair.doses_b[None, None, :]
    index, code, who = _index(curves, given, pair.left)
    left, code_expected, who_expected = _solve(curves, given, pair.left.shape)
    single = (given[0] == 0) | (given[1] == 0)  # one drug: additive by definition
    index, left = np.where(single, 1.0, index), np.where(single, pair.left, left)
    code, code_expected = (np.where(single, DEFINED, c) for c in (code, code_expected))
    words, words_expected = _words(code, who, pair.names), _words(code_expected, who_expected, pair.names)
    with np.errstate(invalid="ignore"):
        excess = np.log(left / pair.left)
    return Loewe(index, left, excess, words, words_expected)


def intervals(values: np.ndarray) -> dict[str, np.ndarray]:
    """5, 50 and 95 % of draws (axis 0) and the share of draws with a value: "low", "median", "high", "defined"."""
    has = np.isfinite(values)
    filled = np.where(has.any(axis=0), values, 0.0)  # a place without any value is set below, and does not warn
    low, middle, high = np.where(has.any(axis=0), np.nanquantile(filled, [0.05, 0.5, 0.95], axis=0), np.nan)
    return {"low": low, "median": middle, "high": high, "defined": has.mean(axis=0)}


def reference_effects(pair: Surface, alone: tuple[Curve, Curve] | None = None) -> Mapping[str, np.ndarray]:
    """ln(expected / observed) by Bliss, HSA and Loewe, (draws, A, B) each; above 0 is synergy."""
    return {"Bliss": bliss(pair).excess, "HSA": hsa(pair).excess, "Loewe": loewe(pair, alone).excess}


def _against(pair: Surface, expected: np.ndarray) -> Expected:
    return Expected(expected, np.log(expected / pair.left))


def _index(
    curves: tuple[Curve, Curve], given: tuple[np.ndarray, np.ndarray], left: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """a/A + b/B at a share left, the code of `REASONS`, and whose it is: 0, 1, or 2 for both drugs."""
    (needed_a, why_a), (needed_b, why_b) = (curve.dose(left) for curve in curves)
    code = np.where(why_a != DEFINED, why_a, why_b)
    who = np.where((why_a != DEFINED) & (why_a == why_b), 2, np.where(why_a != DEFINED, 0, 1))
    with np.errstate(divide="ignore", invalid="ignore"):
        total = given[0] / needed_a + given[1] / needed_b
    return np.where(code == DEFINED, total, np.nan), code, who


def _solve(
    curves: tuple[Curve, Curve], given: tuple[np.ndarray, np.ndarray], shape: tuple[int, ...]
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """The share left at which a/A + b/B is 1, by halving between no effect and the weaker drug's strongest."""
    ends = np.stack([curve.strongest() for curve in curves])
    least = np.log(np.maximum(ends.max(axis=0), 1e-12) * (1 + 1e-12))
    weaker = np.broadcast_to(least[:, None, None], shape)
    at_end, code, who = _index(curves, given, np.exp(weaker))
    # At the weaker drug's strongest effect the doses are still more than it takes: the sum would do more than it can.
    over = (code == DEFINED) & (at_end > 1 + 1e-9)
    code, who = np.where(over, BEYOND, code), np.where(over, np.argmax(ends, axis=0)[:, None, None], who)
    low, high = weaker.copy(), np.zeros(shape)
    for _ in range(_STEPS):
        middle = (low + high) / 2
        total = _index(curves, given, np.exp(np.minimum(middle, -1e-15)))[0]
        too_weak = np.nan_to_num(total, nan=np.inf) > 1  # the doses are more than this effect takes
        low, high = np.where(too_weak, low, middle), np.where(too_weak, middle, high)
    return np.where(code == DEFINED, np.exp((low + high) / 2), np.nan), code, who


def _words(code: np.ndarray, who: np.ndarray, names: tuple[str, str]) -> np.ndarray:
    """A sentence for each code, with the drug that it is about."""
    about = np.array([*names, f"{names[0]} and {names[1]}"])[who]
    table = np.array(REASONS)[code]
    return np.where(code == DEFINED, table, np.char.add(np.char.add(about, ": "), table))
