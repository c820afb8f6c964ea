"""How much an assay varies between hosts, learnt from the papers that printed it."""

import math
from collections.abc import Mapping, Sequence
from functools import lru_cache
from statistics import median
from typing import NamedTuple

from niche.atoms.effects import RATE, effect_of, is_rate
from niche.atoms.errors import numbers_known, numbers_of, printed_error
from niche.errors import NicheError
from niche.evidence.paper_records import Ask, Measurement, Paper
from niche.evidence.papers import read_papers

LEAST = 2  # papers that make a coefficient of variation: two of one assay tell more than ten of others
SLOPE, FAMILY = "slope of ", "family "
EVENTS = "events"  # counted in whole arms: no host has a value, so the error itself is learnt
_DIRECT = ("standard error", "interval", "sd", "P")
_NO_RATIO = ("score", "points", "grade", "correlation")  # units that have no zero to be a multiple of
_ANIMALS = ("culture", "healthy rodent", "rodent with tumour")


class Variation(NamedTuple):
    """Coefficient of variation between hosts, how many papers it is the median of, and what of.

    Attributes
    ----------
    basis
        "assay", "family of assays" or "any assay"
    """

    cv: float
    papers: int
    basis: str


Known = Mapping[tuple[str, str], Variation]


@lru_cache(maxsize=1)
def variations() -> Known:
    """By assay or family of read-outs or, of all assays, ""; and by hosts: animals, people, or both ("").

    Of an assay and of a family it is the median over papers, so that one paper with a long curve counts once; of all
    it is the median over assays.
    """
    found: dict[tuple[str, str], dict[str, list[float]]] = {}
    for key, paper in read_papers().items():
        for one in paper.measurements:
            ask = one.asked if isinstance(one.asked, Ask) else Ask(observable="?")
            cv = _printed(paper, one, ask)
            if cv is None:
                continue
            for group in filter(None, _groups(one, ask)):
                for hosts in (_hosts(paper), ""):
                    found.setdefault((group, hosts), {}).setdefault(key, []).append(cv)
    by = {
        (group, hosts): Variation(median(map(median, papers.values())), len(papers), basis_of(group))
        for (group, hosts), papers in found.items()
    }
    for hosts in ("animals", "people", ""):
        levels = [one for (group, of), one in by.items() if of == hosts and group != EVENTS and SLOPE not in group]
        own = [one for one in levels if one.basis == "assay"]
        if own:
            by["", hosts] = Variation(median(one.cv for one in own), sum(one.papers for one in own), "any assay")
    return by


def variation(paper: Paper, one: Measurement, ask: Ask, known: Known) -> Variation:
    """That of a measurement's assay in such hosts; where fewer than two papers printed one, in any hosts; then that of
    the family of its read-out in such hosts; then of all assays in them."""
    own, *wider = _groups(one, ask)
    for group, hosts in ((own, _hosts(paper)), (own, ""), *((each, _hosts(paper)) for each in wider)):
        learnt = known.get((group, hosts))
        if learnt is not None and (learnt.papers >= LEAST or not group):
            return learnt
    raise NicheError(f"{one.id}: no paper of params/papers printed an error of such hosts, so none can be learnt")


def _groups(one: Measurement, ask: Ask) -> list[str]:
    """What a measurement is one of, from the narrowest.

    A slope is no level: rates of growth differ less between mice than sizes do.
    """
    kind = SLOPE if ask.compare == "slope" or one.unit in RATE else ""
    if one.family == EVENTS:
        return [EVENTS, ""]
    own = [f"{kind}{one.assay_group}"] if one.assay_group else []
    return [*own, f"{kind}{FAMILY}{one.family}", ""]


def basis_of(group: str) -> str:
    """How an error that is learnt of a group is called."""
    return "any assay" if not group else "family of assays" if FAMILY in group else "assay"


def _hosts(paper: Paper) -> str:
    return "animals" if paper.kind in _ANIMALS else "people"


def _printed(paper: Paper, one: Measurement, ask: Ask) -> float | None:
    """The coefficient of variation that a measurement implies; None where none was printed.

    Of animals eight are taken where a paper does not say; of people there is no usual number.
    """
    if one.kind != "number" or ask.log_ratio is not None or len(one.contrast) > 2 or one.family == "drug level":
        return None
    told = tuple(paper.arms[arm].n for arm in one.contrast)
    if one.family != EVENTS and _hosts(paper) == "people" and not numbers_known(one, told):
        return None
    if any(word in one.unit for word in _NO_RATIO):
        return None
    n = numbers_of(one, told)
    try:
        y = effect_of(one, ask)
        found = printed_error(one, ask, y, n)
    except NicheError:
        return _of_one_mean(one, n)
    if found is None or found[1] not in _DIRECT:
        return None
    if one.family == EVENTS:
        return found[0]
    relative = found[0] / abs(y) if is_rate(one, ask) else found[0]
    return relative / math.sqrt(_sum_of_inverses(n))


def _of_one_mean(one: Measurement, n: Sequence[int]) -> float | None:
    """sd over mean of one arm, where both were printed; of a mean of logarithms its sd is that already."""
    if not one.value:
        return None
    sd = one.sd if one.sd is not None else one.se * math.sqrt(n[0]) if one.se is not None else None
    if sd is None:
        return None
    return sd * math.log(10) if one.unit.startswith("log10") else abs(sd / one.value)


def _sum_of_inverses(n: Sequence[int]) -> float:
    return sum(1 / m for m in n)
