"""Steps of a protocol in which `$name` stands for a number that is varied."""

import re
from collections.abc import Mapping
from typing import Any

from niche.errors import NicheError
from niche.evidence.protocols import protocol_of
from niche.experiment.protocol import Protocol

_NAME = re.compile(r"\$(?:\{(\w+)\}|(\w+))")


def named_in(steps: Any) -> set[str]:
    """Every name that stands as $name (or ${name}) in steps."""
    if isinstance(steps, str):
        return {first or second for first, second in _NAME.findall(steps)}
    if isinstance(steps, Mapping):
        return set().union(*(named_in(one) for one in steps.values()))
    return set().union(*(named_in(one) for one in steps)) if isinstance(steps, list) else set()


def substitute(steps: Any, values: Mapping[str, float]) -> Any:
    """The steps with numbers for names: "$level" becomes the number, "$dose mg/kg" a text with all its digits."""
    if isinstance(steps, str):
        alone = _NAME.fullmatch(steps)
        if alone:
            return values[alone[1] or alone[2]]
        return _NAME.sub(lambda found: repr(float(values[found[1] or found[2]])), steps)
    if isinstance(steps, Mapping):
        return {key: substitute(one, values) for key, one in steps.items()}
    return [substitute(one, values) for one in steps] if isinstance(steps, list) else steps


def arms_at(steps: Mapping[str, Any], days: float, values: Mapping[str, float]) -> dict[str, Protocol]:
    """The protocol of each arm at one point. Raises `NicheError` naming the arm and what is wrong in it."""
    return {str(arm): protocol_of(days, substitute(one, values), f"arm {arm!r}") for arm, one in steps.items()}


def whole_number(value: Any, what: str, least: int, most: int | None = None) -> int:
    """A whole number within bounds, or an error that names it."""
    if isinstance(value, bool) or not isinstance(value, int) or value < least or (most is not None and value > most):
        upper = f" and at most {most}" if most is not None else ""
        raise NicheError(f"{what}: expected a whole number of at least {least}{upper}, got {value!r}")
    return value
