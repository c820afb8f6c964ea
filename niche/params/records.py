"""Read `params/`: every number with its unit, kind, source and range, checked before it is used.

Layers: `model/*.yaml` for everybody, then a species, then a tumour line, then a drug. Each layer names what differs.
"""

import math
import re
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from niche import units
from niche.errors import NicheError, unknown
from niche.params.yaml_files import read_folder as read_folder
from niche.params.yaml_files import read_yaml as read_yaml

KINDS = ("measured", "derived", "fitted", "assumed")
_KEYS = {"value", "unit", "kind", "source", "range", "prior", "note", "from"}
_PRIOR = re.compile(r"(lognormal|normal|uniform)\(\s*([-+.\deE]+)\s*,\s*([-+.\deE]+)\s*\)$")


@dataclass(frozen=True)
class Parameter:
    """One number of the model and where it comes from.

    `range` are hard bounds (what is physically or practically possible); `prior`, where there is one, says how
    the number varies between draws: ("lognormal", median, sd of log), ("normal", mean, sd), ("uniform", a, b).
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


def read_entries(block: dict, layer: str, where: str, source: str, expected: dict[str, str]) -> dict[str, Parameter]:
    """Check a mapping of parameter entries; `expected` gives every allowed name and its unit."""
    entries = {}
    for name, entry in block.items():
        if name not in expected:
            raise NicheError(f"{where}: {unknown('parameter', name, expected)}")
        entries[name] = _entry(layer, name, entry, f"{where}, {name}", source, expected[name])
    return entries


def _entry(layer: str, name: str, entry: Any, where: str, source: str, expected: str) -> Parameter:
    if not isinstance(entry, dict):
        raise NicheError(f"{where}: expected an entry with value, unit, kind, source and range, got {entry!r}")
    for key in entry:
        if key not in _KEYS:
            raise NicheError(f"{where}: {unknown('key', key, _KEYS)}")
    if not isinstance(entry.get("unit"), str):
        raise NicheError(f"{where}: a value needs a unit as text, expected something like {expected!r}")
    scale = units.factor(entry["unit"], expected, where)
    if entry.get("kind") not in KINDS:
        raise NicheError(f"{where}: {unknown('kind', entry.get('kind'), KINDS)}")
    cited = str(entry.get("source") or source or "").strip()
    if not cited:
        raise NicheError(f"{where}: a value needs a source (or the file one)")
    value = _number(entry.get("value"), f"{where}, value") * scale
    bounds = entry.get("range")
    if not (isinstance(bounds, list) and len(bounds) == 2):
        raise NicheError(f"{where}: expected range: [low, high], got {bounds!r}")
    low, high = (_number(b, f"{where}, range") * scale for b in bounds)
    if not low <= value <= high:
        raise NicheError(f"{where}: range [{low:g}, {high:g}] excludes the value {value:g} {expected}")
    prior = _prior(entry.get("prior"), where, scale)
    if prior and _share_inside(prior, low, high) < 0.001:
        raise NicheError(f"{where}: prior {entry['prior']!r} lies outside the range [{low:g}, {high:g}] {expected}")
    note = " ".join(str(entry.get("note", "")).split())
    return Parameter(layer, name, value, expected, entry["kind"], cited, (low, high), prior, note, where.split(",")[0])


def _number(value: Any, where: str) -> float:
    if isinstance(value, str):
        raise NicheError(f"{where}: {value!r} is text, not a number; write it without quotes")
    if isinstance(value, bool) or not isinstance(value, int | float) or not abs(value) <= sys.float_info.max:
        raise NicheError(f"{where}: expected a finite number, got {value!r}")
    return float(value)


def _prior(text: Any, where: str, scale: float) -> tuple[str, float, float] | None:
    if text is None:
        return None
    match = _PRIOR.match(str(text))
    try:
        a, b = (float(match[2]), float(match[3])) if match else (math.nan, math.nan)
    except ValueError:
        a = b = math.nan
    if not match or not (math.isfinite(a) and math.isfinite(b)):
        raise NicheError(
            f"{where}: expected prior: normal(mean, sd), lognormal(median, sd of log) or uniform(low, high), "
            f"got {text!r}"
        )
    shape = match[1]
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
