"""Read `params/`: every number with its unit, kind, source and range, checked before it is used.

Layers: `model/*.yaml` for everybody, then a species, then a tumour line, then a drug. Each layer names what differs.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import get_args

import numpy as np

from niche import units
from niche.errors import NicheError, unknown
from niche.params.files import Entry, Kind
from niche.params.yaml_files import read_folder as read_folder
from niche.params.yaml_files import read_yaml as read_yaml

KINDS: tuple[str, ...] = get_args(Kind)


@dataclass(frozen=True)
class Parameter:
    """One number of the model and where it comes from.

    `range` are hard bounds (what is physically or practically possible); `prior`, where there is one, says how
    the number varies between draws: ("lognormal", median, sd of log), ("normal", mean, sd), ("uniform", a, b).
    A half-normal prior is a normal one about 0 that the range cuts there.

    Attributes
    ----------
    off
        the value that switches a coupling off
    mechanism
        what it belongs to
    informed_by
        rows of evidence that it, or its sign, was taken from
    """

    layer: str
    name: str
    value: float
    unit: str
    kind: str
    source: str
    range: tuple[float, float]
    prior: tuple[str, float, float] | None
    note: str
    file: str
    off: float | None = None
    mechanism: tuple[str, ...] = ()
    informed_by: tuple[str, ...] = ()

    @property
    def key(self) -> str:
        """Name in the posterior: "layer:name"."""
        return f"{self.layer}:{self.name}"

    def sample(self, quantile: np.ndarray) -> np.ndarray:
        """Prior values at the given quantiles (0 to 1), inside the bounds; a fixed number stays what it is."""
        if self.prior is None:
            return np.full(np.shape(quantile), self.value)
        from scipy.special import ndtr, ndtri  # late: most of the import time of scipy

        shape, a, b = self.prior
        low, high = self.range
        if shape == "uniform":
            return np.asarray(max(a, low) + (min(b, high) - max(a, low)) * quantile)
        if shape == "lognormal":
            low, high, a = (math.log(low) if low > 0 else -math.inf), math.log(high), math.log(a)
        cut = ndtr((low - a) / b), ndtr((high - a) / b)
        z = a + b * ndtri(cut[0] + (cut[1] - cut[0]) * quantile)
        # Far bounds are at quantiles 0 and 1 to machine precision, where z is infinite.
        return np.clip(np.exp(z) if shape == "lognormal" else z, *self.range)


def root() -> Path:
    """The folder `params/`: inside an installed package, else beside it in the repository."""
    package = Path(__file__).parents[1]
    inside = package / "_params"
    return inside if inside.is_dir() else package.parent / "params"


def read_entries(
    block: Mapping[str, Entry],
    layer: str,
    where: str,
    source: str,
    expected: Mapping[str, str],
    *,
    complete: bool = False,
) -> dict[str, Parameter]:
    """Numbers from their entries, each in the unit that is expected of it.

    Parameters
    ----------
    where
        file, and key of the block
    source
        that of the file, for entries without one of their own
    expected
        every allowed name and its unit
    complete
        whether each of them has to be there

    Raises
    ------
    NicheError
        naming file and key, for an unknown name, a unit that does not fit, no source, or a value or prior
        outside the range
    """
    for name in block:
        if name not in expected:
            raise NicheError(f"{where}: {unknown('parameter', name, expected)}")
    lacking = [name for name in expected if complete and name not in block]
    if lacking:
        raise NicheError(f"{where}: lacks {', '.join(lacking)}")
    return {
        name: _parameter(layer, name, entry, f"{where}, {name}", source, expected[name])
        for name, entry in block.items()
    }


def _parameter(layer: str, name: str, entry: Entry, where: str, source: str, expected: str) -> Parameter:
    scale = units.factor(entry.unit, expected, f"{where}, unit")
    cited = (entry.source or source).strip()
    if not cited:
        raise NicheError(f"{where}: a value needs a source (or the file one)")
    value, (low, high) = entry.value * scale, (bound * scale for bound in entry.range)
    if not low <= value <= high:
        raise NicheError(f"{where}, range: [{low:g}, {high:g}] excludes the value {value:g} {expected}")
    prior = None if entry.prior is None else _prior(entry.prior, f"{where}, prior", scale)
    if entry.prior is not None and entry.prior.startswith("half") and low != 0:
        raise NicheError(f"{where}, prior: {entry.prior!r} begins at 0, so the range does too; got {low:g} {expected}")
    if prior and _share_inside(prior, low, high) < 0.001:
        raise NicheError(f"{where}, prior: {entry.prior!r} lies outside the range [{low:g}, {high:g}] {expected}")
    if entry.off is not None and not low <= entry.off * scale <= high:
        raise NicheError(f"{where}, off: {entry.off * scale:g} lies outside the range [{low:g}, {high:g}] {expected}")
    return Parameter(
        layer=layer,
        name=name,
        value=value,
        unit=expected,
        kind=entry.kind,
        source=cited,
        range=(low, high),
        prior=prior,
        note=" ".join(entry.note.split()),
        file=where.split(",")[0],
        off=None if entry.off is None else entry.off * scale,
        mechanism=entry.mechanism,
        informed_by=entry.informed_by,
    )


def _prior(text: str, where: str, scale: float) -> tuple[str, float, float]:
    shape, _, ends = text.rstrip(") ").partition("(")
    if shape == "halfnormal":  # about 0, where the range cuts it
        shape, ends = "normal", f"0, {ends}"
    try:
        a, b = (float(end) for end in ends.split(","))
    except ValueError:
        a = b = math.nan
    if not (math.isfinite(a) and math.isfinite(b)):
        raise NicheError(f"{where}: expected two numbers, as in {shape}(1, 0.5), got {text!r}")
    if (shape == "lognormal" and a <= 0) or (shape != "uniform" and b <= 0) or (shape == "uniform" and b <= a):
        raise NicheError(f"{where}: {text!r} is not a distribution")
    return shape, a * scale, b * scale if shape != "lognormal" else b


def _share_inside(prior: tuple[str, float, float], low: float, high: float) -> float:
    """How much of a prior its bounds keep."""
    shape, a, b = prior
    if shape == "uniform":
        return max(min(b, high) - max(a, low), 0.0) / (b - a)
    if shape == "lognormal":
        low, high, a = (math.log(x) if x > 0 else -math.inf for x in (low, high, a))
    return 0.5 * (math.erf((high - a) / b / math.sqrt(2)) - math.erf((low - a) / b / math.sqrt(2)))
