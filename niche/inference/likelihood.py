"""How far the model is from a measurement, in errors of that measurement."""

import numpy as np

MISSED = 8.0  # standard score given to a row that a draw has nothing to say on


def standard_score(effect: np.ndarray, target: tuple[float, float, str]) -> tuple[np.ndarray, np.ndarray]:
    """(model - measured) / error of one row, and its slope by the effect; `MISSED` where nothing can be read.

    Parameters
    ----------
    target
        value, error and scale, as `niche.inference.manifest.target` gives them
    """
    value, sd, scale = target
    with np.errstate(divide="ignore", invalid="ignore"):
        out = ((np.log(effect) - np.log(value)) if scale == "log" else effect - value) / sd
        slope = 1 / (sd * effect) if scale == "log" else np.full_like(effect, 1 / sd)
    fine = np.isfinite(out)
    out, slope = np.where(fine, out, MISSED), np.where(fine, slope, 0.0)
    # Far out a score grows only slowly, so that one absurd row does not hide the others from a search.
    beyond = np.maximum(np.abs(out) - MISSED, 0.0)
    return np.sign(out) * (np.minimum(np.abs(out), MISSED) + np.log1p(beyond)), slope / (1 + beyond)
