"""The few named shapes that the equations are made of. Each works on numbers, arrays and SymPy symbols alike."""

import math
from typing import Any

_E = 2.718281828459045


def hill(x: Any, half: Any) -> Any:
    """Share of a saturating response: x / (x + half)."""
    return x / (x + half)


def brake(x: Any, half: Any) -> Any:
    """Share that a saturating inhibitor leaves: half / (x + half)."""
    return half / (x + half)


def exponential(x: Any) -> Any:
    """e to the x. As a power it works on symbols too; compiled, it is the library's exponential, thrice as fast."""
    return _E**x


exponential.compiled_as = math.exp  # type: ignore[attr-defined]


def fold(gain: Any, signal: Any) -> Any:
    """What a log-fold gain does to a rate: e**(gain * signal). Never negative; gain 0 is no effect; either sign."""
    return exponential(gain * signal)


def swing(ratio: Any) -> Any:
    """A ratio to rest as a signal between -1 (none), 0 (rest) and 1 (without end)."""
    return (ratio - 1) / (ratio + 1)


def switched(x: Any) -> Any:
    """1 where a switch of at least 0 is on, 0 where it is 0: a state without a part to play does not move."""
    return x / (x + 1e-9)


def positive(x: Any) -> Any:
    """x where it is positive, else 0."""
    return (x + (x * x) ** 0.5) / 2
