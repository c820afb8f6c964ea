"""Read params/imaging: scanners, modalities, what fibres hold, lesions, readers, and what was published of each."""

from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any, NamedTuple, TypeVar

from niche.errors import NicheError, unknown
from niche.frozen import Frozen
from niche.imaging.files import ImagingFile, ModalityEntry, PhantomEntry, PublishedEntry, ScannerEntry
from niche.params.records import Parameter, read_entries, read_folder, root
from niche.params.schema import parse

T = TypeVar("T")
ALWAYS = {"fwhm": "mm", "texture": "1", "grain": "mm"}  # of every scanner
COUNTS = {"counts": "1/mm2"}
FIELD = {"area": "mm2"}  # and noise, in the scanner's own unit
NERVES = {
    "marrow_noradrenaline": "ng/g",
    "heart_noradrenaline": "ng/g",
    "fibre_share": "1",
    "transport": "1",
    "periosteum_fold": "1",
}
LESIONS = {
    "diameter": "mm",
    "rim": "mm",
    "rim_fold": "1",
    "core_fold": "1",
    "lytic_mineral": "1",
    "formation": "1",
    "formation_depth": "mm",
    "growth": "1/day",
}
READER = {"false_positive_rate": "1", "site": "mm"}
BLOCKS: Mapping[str, Mapping[str, str]] = Frozen({"nerves": NERVES, "lesions": LESIONS, "reader": READER})


class Scanner(NamedTuple):
    """A scanner: its numbers by name, and whether its noise is that of counts or the same everywhere."""

    name: str
    counting: bool
    unit: str
    numbers: Mapping[str, Parameter]


class Tracer(NamedTuple):
    """What a modality shows of which map, on which scanner."""

    name: str
    scanner: str
    reads: str
    floor: Parameter
    gain: Parameter


class Imaging(NamedTuple):
    """Everything in params/imaging, by name."""

    scanners: Mapping[str, Scanner]
    tracers: Mapping[str, Tracer]
    nerves: Mapping[str, Parameter]
    lesions: Mapping[str, Parameter]
    reader: Mapping[str, Parameter]
    published: Mapping[str, PublishedEntry]
    phantoms: Mapping[str, PhantomEntry]

    def parameters(self) -> list[Parameter]:
        """Every number."""
        scanners = [one for scanner in self.scanners.values() for one in scanner.numbers.values()]
        tracers = [one for tracer in self.tracers.values() for one in (tracer.floor, tracer.gain)]
        return [*scanners, *tracers, *self.nerves.values(), *self.lesions.values(), *self.reader.values()]


@lru_cache(maxsize=4)
def read_imaging(folder: Path | None = None) -> Imaging:
    """What params/imaging says.

    Raises
    ------
    NicheError
        naming file and key for what is wrong, lacks, or stands in two files
    """
    return read_parts(read_folder(folder or root() / "imaging"))


def read_parts(files: Mapping[str, Any]) -> Imaging:
    """The same from the content of each file, by its name without ending."""
    parsed = {f"imaging/{name}.yaml": parse(ImagingFile, raw, f"imaging/{name}.yaml") for name, raw in files.items()}
    listed = f"(params/imaging has {', '.join(parsed)})"
    scanners: dict[str, Scanner] = {}
    tracers: dict[str, Tracer] = {}
    published: dict[str, PublishedEntry] = {}
    phantoms: dict[str, PhantomEntry] = {}
    for where, content in parsed.items():
        for name, entry in content.scanners.items():
            _add(scanners, name, _scanner(name, entry, f"{where}, scanners, {name}", content.source), where)
    for where, content in parsed.items():
        for name, own in content.modalities.items():
            at = f"{where}, modalities, {name}"
            if own.scanner not in scanners:
                raise NicheError(f"{at}, scanner: {unknown('scanner', own.scanner, scanners)} {listed}")
            made = _tracer(name, own, at, content.source, scanners[own.scanner].unit)
            _add(tracers, name, made, where)
    for where, content in parsed.items():
        for key, row in content.published.items():
            if row.modality not in tracers:
                said = unknown("modality", row.modality, tracers)
                raise NicheError(f"{where}, published, {key}, modality: {said} {listed}")
            _add(published, key, row, where)
        for key, sphere in content.phantoms.items():
            if sphere.scanner not in scanners:
                said = unknown("scanner", sphere.scanner, scanners)
                raise NicheError(f"{where}, phantoms, {key}, scanner: {said} {listed}")
            _add(phantoms, key, sphere, where)
    nerves, lesions, reader = (_block(parsed, name, units, listed) for name, units in BLOCKS.items())
    return Imaging(Frozen(scanners), Frozen(tracers), nerves, lesions, reader, Frozen(published), Frozen(phantoms))


def _block(
    parsed: Mapping[str, ImagingFile], block: str, units: Mapping[str, str], listed: str
) -> Mapping[str, Parameter]:
    """The numbers of a block, which stands whole in one file."""
    there = [(where, content) for where, content in parsed.items() if getattr(content, block)]
    if len(there) != 1:
        files = " and ".join(where for where, _ in there) or "no file"
        raise NicheError(f"{block} stand in {files}, and should in one {listed}")
    (where, content) = there[0]
    found = read_entries(
        getattr(content, block), f"imaging {block}", f"{where}, {block}", content.source, units, complete=True
    )
    return Frozen(found)


def _scanner(name: str, entry: ScannerEntry, where: str, source: str) -> Scanner:
    counting = entry.noise == "counts"
    needed = ALWAYS | (COUNTS if counting else FIELD | {"noise": entry.unit})
    numbers = read_entries(entry.numbers, f"imaging {name}", f"{where}, numbers", source, needed | {"depth": "mm"})
    if lacking := [one for one in needed if one not in numbers]:
        raise NicheError(f"{where}, numbers: lacks {', '.join(lacking)}")
    return Scanner(name, counting, entry.unit, Frozen(numbers))


def _tracer(name: str, entry: ModalityEntry, where: str, source: str, unit: str) -> Tracer:
    both = {"floor": entry.floor, "gain": entry.gain}
    numbers = read_entries(both, f"imaging {name}", where, source, dict.fromkeys(both, unit), complete=True)
    return Tracer(name, entry.scanner, entry.reads, numbers["floor"], numbers["gain"])


def _add(into: dict[str, T], name: str, made: T, where: str) -> None:
    if name in into:
        raise NicheError(f"{where}: {name} stands in another place of params/imaging already")
    into[name] = made
