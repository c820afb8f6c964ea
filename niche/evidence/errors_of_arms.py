"""The error of an effect from both arms as a paper prints them: mean and SE, or mean, SD and n."""

import math
import re
from collections.abc import Iterator

from niche.errors import NicheError
from niche.evidence.printed_effect import Effect, EffectError, derived
from niche.evidence.printed_numbers import half_unit, printed_value
from niche.evidence.printed_uncertainty import arm_sizes, per_arms

_ARMS = re.compile(r"(.+?)\s+(?:vs\.?|versus|against)\s+(.+)")


def error_of_arms(effect: Effect, kind: str) -> Iterator[EffectError]:
    """From the means of both arms with their errors: of a difference, or of a ratio by the delta method.

    Parameters
    ----------
    kind
        "SE" or "SD", where the cell itself does not say
    """
    text = effect.cells.get("arms", "")
    if not text:
        return
    both = _ARMS.fullmatch(text)
    if both is None:
        raise NicheError(f"arms: {text!r} is not two arms, like '1618 ± 334 (n=8) vs 1257 ± 414 (n=8)'")
    (a, ea, one), (b, eb, other) = (_arm(part, text, kind, effect.decimal) for part in both.groups())
    if effect.spelled.null is None:
        expected, error, told = a - b, math.hypot(ea, eb), f"sqrt({one}^2 + {other}^2)"
    elif a <= 0 or b <= 0 or not 0 < a / b < math.inf:
        raise NicheError(f"arms: {text!r} cannot be divided: a mean is not above 0")
    else:
        expected, error = effect.spelled.back(a / b), math.hypot(ea / a, eb / b)
        told = f"sqrt(({one}/{a:g})^2 + ({other}/{b:g})^2)"
        if not effect.logs:
            level = a / b / effect.per_fold if not effect.spelled.base else 1 / math.log(effect.spelled.base)
            error, told = level * error, f"{level:.4g} x {told}"
    one_fold = 0.0 if effect.spelled.null is None else abs(effect.spelled.back(2.0) - effect.spelled.null)
    near = 0.02 * max(abs(expected), one_fold)
    if abs(expected - effect.value) > near + half_unit(effect.cells["value"]):
        raise NicheError(f"arms: {text!r} give {expected:.4g}, but value is {effect.value:g}")
    yield derived(error, told, "from both arms", 0.05)


def _arm(text: str, whole: str, kind: str, decimal: str) -> tuple[float, float, str]:
    """Mean, error of the mean, and that in text."""
    try:
        found = printed_value(text, decimal)
    except NicheError as error:
        raise NicheError(f"arms: {error}") from None
    kind = found.kind or kind
    if found.spread is None or found.spread <= 0:
        raise NicheError(f"arms: {whole!r} needs an error above 0 in both arms, like '1618 ± 334 vs 1257 ± 414'")
    if kind == "SE":
        return found.value, found.spread, f"{found.spread:g}"
    sizes = arm_sizes(found.n)
    if kind != "SD":
        raise NicheError(f"arms: say in uncertainty_type whether the errors of {whole!r} are SE or SD")
    if len(sizes) != 1:
        raise NicheError(f"arms: {whole!r} gives SDs of animals without how many they are; write (n=8) behind each")
    factor, how = per_arms(sizes)
    return found.value, found.spread * factor, f"({found.spread:g}{how})"
