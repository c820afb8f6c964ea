"""Numbers as a reader sees them."""

from typing import Any


def number(value: Any) -> str:
    """A value as a reader sees it; a number with four digits."""
    if isinstance(value, float | int) and not isinstance(value, bool):
        return f"{value:.4g}"
    return "–" if value is None or value == "" else str(value)
