"""A modality with its numbers filled in: at their values, or drawn from what is known of them."""

from collections.abc import Callable, Mapping
from typing import NamedTuple
from zlib import crc32

import numpy as np

from niche.errors import NicheError, unknown
from niche.imaging.table import Imaging, read_imaging
from niche.params.records import Parameter


class Modality(NamedTuple):
    """A tracer on a scanner, in numbers.

    Attributes
    ----------
    reads
        the map of tissue that it shows
    floor, gain
        a picture is floor + gain times the map, before blur and noise
    fwhm
        mm
    counts
        noise-equivalent counts per unit of the picture and mm^2; NaN where noise does not go with uptake
    density
        variance times area of the noise [unit^2 mm^2]; NaN where noise is that of counts
    texture, grain
        how uneven normal tissue is: relative standard deviation, and length [mm] over which it stays the same
    depth
        mm that a projection averages over; 0 for a tomograph, which shows a slice
    """

    name: str
    reads: str
    floor: float
    gain: float
    fwhm: float
    counts: float
    density: float
    texture: float
    grain: float
    depth: float

    @property
    def normal(self) -> float:
        """What normal marrow shows."""
        return self.floor + (0.0 if self.reads == "tumour" else self.gain)


def modality(name: str, imaging: Imaging | None = None) -> Modality:
    """A modality at the values of params/imaging. Raises `NicheError` for an unknown name."""
    return _made(name, imaging or read_imaging(), lambda number: number.value)


def drawn(name: str, draws: int, seed: int, imaging: Imaging | None = None) -> list[Modality]:
    """A modality, `draws` times, each number from its prior; fixed numbers stay.

    A number's draws hang on the seed and its own name alone, so that two modalities on one scanner share them, and one
    more modality changes no other.

    Raises
    ------
    NicheError
        for an unknown name, or draws below 1
    """
    table = imaging or read_imaging()
    columns = {number.key: sampled(number, draws, seed) for number in table.parameters()}

    def one(i: int) -> Modality:
        return _made(name, table, lambda number: float(columns[number.key][i]))

    return [one(i) for i in range(draws)]


def sampled(number: Parameter, draws: int, seed: int) -> np.ndarray:
    """Draws of one number from its prior, shape (draws,), stratified: one in each of `draws` equal parts of it."""
    if draws < 1:
        raise NicheError(f"draws must be at least 1, got {draws!r}")
    rng = np.random.default_rng([seed, crc32(number.key.encode())])
    return number.sample((rng.permutation(draws) + rng.random(draws)) / draws)


def marrow_over_heart(nerves: Mapping[str, float]) -> float:
    """What sympathetic fibres of marrow take up over those of the heart, per gram of tissue.

    By their noradrenaline, of which fibres hold a share in marrow, times how much more or less a fibre there transports
    for what it holds.
    """
    held = nerves["fibre_share"] * nerves["marrow_noradrenaline"] / nerves["heart_noradrenaline"]
    return held * nerves["transport"]


def _made(name: str, table: Imaging, value: Callable[[Parameter], float]) -> Modality:
    if name not in table.tracers:
        raise unknown("modality", name, table.tracers)
    tracer = table.tracers[name]
    own = {key: value(number) for key, number in table.scanners[tracer.scanner].numbers.items()}
    gain = value(tracer.gain)
    if tracer.reads == "sympathetic":
        gain *= marrow_over_heart({key: value(number) for key, number in table.nerves.items()})
    return Modality(
        name,
        tracer.reads,
        value(tracer.floor),
        gain,
        own["fwhm"],
        own.get("counts", np.nan),
        own["noise"] ** 2 * own["area"] if "noise" in own else np.nan,
        own["texture"],
        own["grain"],
        own.get("depth", 0.0),
    )
