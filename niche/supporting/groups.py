"""What counts as alike: read-outs, treatments and tumour lines in groups, as params/support.yaml has them."""

from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

from niche.errors import unknown
from niche.frozen import Frozen
from niche.params.records import read_yaml, root
from niche.params.schema import Positive, Record, Text, parse
from niche.params.yaml_files import Spot

FILE = "support.yaml"
OWN = "a tumour that no paper had"  # the kind of a line of one's own


class Limit(Record):
    """What no host has been seen to exceed: the most, its unit, what that is in words, and where it comes from."""

    most: Positive
    unit: Text
    words: Text
    source: Text


class SupportFile(Record):
    """params/support.yaml."""

    read_outs: dict[Text, list[list[Text]]]
    multiples_of_rest: list[Text]
    treatments: dict[Text, list[Text]]
    tumours: dict[Text, dict[Text, list[Text]]]
    limits: dict[Text, Limit]


class ReadOutGroup(NamedTuple):
    """A kind of read-outs, and within it the read-outs that read the same thing."""

    kind: str
    same: frozenset[str]


class TumourGroup(NamedTuple):
    """Where a tumour grows ("bone", "soft tissue", or "" where it is not known), and what it is."""

    place: str
    kind: str


class Groups(NamedTuple):
    """The groups by the name of what is in them; and the read-outs that are multiples of rest, and limits."""

    read_outs: Mapping[str, ReadOutGroup]
    treatments: Mapping[str, str]
    tumours: Mapping[str, TumourGroup]
    multiples: tuple[str, ...]
    limits: Mapping[str, Limit]

    def read_out(self, name: str) -> ReadOutGroup:
        """The group of a read-out; its own where it stands in none."""
        return self.read_outs.get(name) or ReadOutGroup(name, frozenset({name}))

    def treatment(self, name: str) -> str:
        """The class of a treatment; its own name where it stands in none."""
        return self.treatments.get(name, name)

    def tumour(self, name: str) -> TumourGroup:
        """The group of a tumour line; that of one's own lines where it stands in none."""
        return self.tumours.get(name, TumourGroup("", OWN))


@lru_cache(maxsize=4)
def read_groups(file: Path | None = None) -> Groups:
    """The groups of params/support.yaml, or of another file like it.

    Raises
    ------
    NicheError
        with file and key: for a name that stands in two groups, and for a multiple of rest that is no read-out
    """
    path = file or root() / FILE
    spot = Spot(path.name, path)
    found = parse(SupportFile, read_yaml(path), spot)
    read_outs: dict[str, ReadOutGroup] = {}
    for kind, groups in found.read_outs.items():
        for group in groups:
            for name in group:
                _once(name, read_outs, spot.at("read_outs", kind))
                read_outs[name] = ReadOutGroup(kind, frozenset(group))
    treatments: dict[str, str] = {}
    for kind, names in found.treatments.items():
        for name in names:
            _once(name, treatments, spot.at("treatments", kind))
            treatments[name] = kind
    tumours: dict[str, TumourGroup] = {}
    for place, kinds in found.tumours.items():
        for kind, names in kinds.items():
            for name in names:
                _once(name, tumours, spot.at("tumours", place, kind))
                tumours[name] = TumourGroup(place, kind)
    for i, name in enumerate(found.multiples_of_rest, 1):
        if name not in read_outs:
            raise spot.at("multiples_of_rest", f"item {i}").error(unknown("read-out", name, read_outs))
    for name in found.limits:
        if name not in read_outs:
            raise spot.at("limits", name).error(unknown("read-out", name, read_outs))
    return Groups(
        Frozen(read_outs),
        Frozen(treatments),
        Frozen(tumours),
        tuple(found.multiples_of_rest),
        Frozen(found.limits),
    )


def _once(name: str, there: Mapping[str, object], spot: Spot) -> None:
    if name in there:
        raise spot.error(f"{name!r} stands in the group {there[name]!r} already; a name is in one group")
