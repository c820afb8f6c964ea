"""Numbers and probabilities of findings as a reader takes them in."""

import math


def digits(value: float) -> float:
    """Three significant digits: draws tell no more, and another machine's last bits make no other file."""
    return float(f"{value:.3g}") if math.isfinite(value) else value


def plain(value: float) -> str:
    """A number as it is read: two significant digits, without a power of ten."""
    return f"{float(f'{value:.2g}'):,.10g}"


def percent(share: float | None) -> str:
    """A probability as a reader takes it in; never 0 or 100 %, which no number of draws can show."""
    if share is None:
        return "–"
    if share < 0.005:
        return "below 1 %"
    return "above 99 %" if share > 0.995 else f"{100 * share:.0f} %"
