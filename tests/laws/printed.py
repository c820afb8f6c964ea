"""Compare with numbers as somebody printed them."""

import numpy as np


def assert_as_printed(found, printed: str) -> None:
    """`found` equals the numbers in `printed` within half a unit of their last digit (a tenth more: two roundings)."""
    words = printed.split()
    off = (np.ravel(np.asarray(found, float)) - np.array(words, float)) / [last_unit(word) for word in words]
    assert np.abs(off).max() < 0.6, f"off by {off.round(2)} units of the last printed digit"


def last_unit(word: str) -> float:
    """Size of one unit of the last printed digit: 0.001 for "1.234", 1e-7 for "8.04e-5"."""
    mantissa, _, exponent = word.lower().partition("e")
    return 10.0 ** (int(exponent or 0) - len(mantissa.partition(".")[2]))
