"""What the files of params/imaging hold, key by key."""

from typing import Annotated, Literal

from msgspec import Meta, field

from niche.params.files import Entry
from niche.params.schema import Number, Record, Share, Text

Reads = Literal["sympathetic", "tumour", "formation", "mineral"]
Noise = Literal["counts", "field"]
Basis = Literal["lesion", "patient"]


class ScannerEntry(Record):
    """How a scanner blurs, and how noisy its pictures are.

    Attributes
    ----------
    noise
        counts (Poisson: variance goes with uptake) or field (the same everywhere)
    numbers
        fwhm, texture, grain, and counts, or noise and area; depth for a projection
    unit
        of what a picture shows: 1 for uptake and for Hounsfield units
    """

    noise: Noise
    numbers: dict[Text, Entry]
    about: str = ""
    unit: Text = "1"


class ModalityEntry(Record):
    """What a scanner shows: floor + gain times a map of tissue, in the unit of the floor.

    Attributes
    ----------
    reads
        the map: fold of normal marrow (sympathetic, formation, mineral), or share of the volume (tumour)
    gain
        of a whole unit of the map. For sympathetic fibres that of the heart: what marrow holds over the heart scales it
    """

    scanner: Text
    reads: Reads
    floor: Entry
    gain: Entry
    about: str = ""


class PublishedEntry(Record):
    """Sensitivity and specificity as a paper pooled them."""

    modality: Text
    basis: Basis
    sensitivity: Share
    specificity: Share
    source: Text
    note: str = ""


class PhantomEntry(Record):
    """The smallest sphere that readers saw in a phantom: contrast is sphere over background."""

    scanner: Text
    contrast: Annotated[float, Meta(gt=1, le=1e6, description="a number above 1")]
    diameter: Annotated[tuple[Number, Number], Meta(description="[least, most] in mm, over scanners")]
    used: Annotated[bool, Meta(description="true if a number of the scanner was fitted to it")]
    source: Text


class ImagingFile(Record):
    """params/imaging/*.yaml."""

    source: str = ""
    scanners: dict[Text, ScannerEntry] = field(default_factory=dict)
    modalities: dict[Text, ModalityEntry] = field(default_factory=dict)
    nerves: dict[Text, Entry] = field(default_factory=dict)
    lesions: dict[Text, Entry] = field(default_factory=dict)
    reader: dict[Text, Entry] = field(default_factory=dict)
    published: dict[Text, PublishedEntry] = field(default_factory=dict)
    phantoms: dict[Text, PhantomEntry] = field(default_factory=dict)
