"""How much an assay varies between hosts, learnt from the papers that printed it."""

import math
from collections.abc import Mapping, Sequence
from functools import lru_cache
from statistics import median
from typing import NamedTuple

from niche.atoms.effects import effect_of, is_rate
from niche.atoms.errors import numbers_of, printed_error
from niche.errors import NicheError
from niche.evidence.paper_records import Ask, Measurement, Paper
from niche.evidence.papers import read_papers

LEAST = 3  # papers that make a coefficient of variation; with fewer it is that of the family, or of all
_DIRECT = ("standard error", "sd", "P")


class Variation(NamedTuple):
    """Coefficient of variation between hosts of an assay: the median over papers of what each printed, and how many."""

    cv: float
    papers: int
    of: str


@lru_cache(maxsize=1)
def variations() -> Mapping[str, Variation]:
    """By group of assays, by family ("family: ..."), and over all ("")."""
    found: dict[str, dict[str, list[float]]] = {}
    for key, paper in read_papers().items():
        for one in paper.measurements:
            if (cv := _printed(paper, one)) is not None:
                for group in {one.assay_group, f"family: {one.family}", ""}:
                    found.setdefault(group, {}).setdefault(key, []).append(cv)
    by = {group: [median(values) for values in papers.values()] for group, papers in found.items()}
    return {group: Variation(median(values), len(values), group) for group, values in by.items()}


def variation(assay: str, family: str, known: Mapping[str, Variation]) -> Variation:
    """That of a group of assays; where fewer than three papers printed one, of the family, else of all."""
    for group in filter(None, (assay, f"family: {family}")):
        if group in known and known[group].papers >= LEAST:
            return known[group]
    if "" not in known:
        raise NicheError("no paper of params/papers printed an error, so none can be learnt")
    return known[""]


def _printed(paper: Paper, one: Measurement) -> float | None:
    """The coefficient of variation that a measurement of animals or cells implies; None where none was printed."""
    if one.kind != "number" or paper.kind not in ("culture", "healthy rodent", "rodent with tumour"):
        return None
    ask = one.asked if isinstance(one.asked, Ask) else Ask(observable="?")
    if ask.log_ratio is not None or is_rate(one, ask) or len(one.contrast) > 2:
        return None
    n = numbers_of(one, tuple(paper.arms[arm].n for arm in one.contrast))
    known = one.n or all(paper.arms[arm].n for arm in one.contrast)
    try:
        y = effect_of(one, ask)
        error = printed_error(one, ask, y, n)
    except NicheError:
        return _of_one_mean(one, n) if known else None
    if error is None or error[1] not in _DIRECT or not known:
        return None
    return error[0] / math.sqrt(_sum_of_inverses(n))


def _of_one_mean(one: Measurement, n: Sequence[int]) -> float | None:
    """sd over mean of one arm, where both were printed."""
    if not one.value:
        return None
    sd = one.sd if one.sd is not None else one.se * math.sqrt(n[0]) if one.se is not None else None
    return None if sd is None else abs(sd / one.value)


def _sum_of_inverses(n: Sequence[int]) -> float:
    return sum(1 / m for m in n)
