"""Published numbers of other models beside ours with the extensions off: a check of the code, not of biology."""

from collections.abc import Sequence
from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

from niche.analysis.row_result import RowResult, row_result
from niche.evidence.laboratory import Laboratory
from niche.evidence.plans import plans
from niche.evidence.rows import evidence, read_evidence

if TYPE_CHECKING:
    import pandas as pd

FILE = "published_models.csv"  # of params/evidence
VERIFICATION = "remodelling-balance"  # the claim that it checks
AGREES = 1.64  # errors of the printed digits: the central 90 %


class Published(NamedTuple):
    """One published number, or one question of the whole model, beside what ours gives.

    Attributes
    ----------
    agrees
        whether the number comes out as printed; None of what is no number
    """

    result: RowResult
    agrees: bool | None


def beside_published(draws: int = 1000, seed: int = 1) -> list[Published]:
    """Every number of a published model, and whether the cells come back after a push with the extensions on."""
    lab = Laboratory(draws, seed)
    return [_beside(row, lab) for row in published_rows()]


@lru_cache(maxsize=1)
def published_rows() -> tuple[str, ...]:
    """Rows of params/evidence on a published model, in their order."""
    return tuple(name for name, row in read_evidence().items() if row.file == FILE)


def verified(draws: int = 20, seed: int = 1) -> tuple[int, int]:
    """How many published numbers come out as printed, of how many. They hang on no draw."""
    numbers = [one for one in beside_published(draws, seed) if one.agrees is not None]
    return sum(bool(one.agrees) for one in numbers), len(numbers)


def published_table(found: Sequence[Published]) -> "pd.DataFrame":
    """The same for reading."""
    import pandas as pd

    lines = [
        {
            "what": one.result.label,
            "published": "come back" if one.result.value is None else f"{one.result.value:.6g}",
            "ours": _ours(one.result),
            "agrees": "" if one.agrees is None else "yes" if one.agrees else "NO",
        }
        for one in found
    ]
    return pd.DataFrame(lines).set_index("what")


def _beside(row: str, lab: Laboratory) -> Published:
    how = plans()[row]
    result = row_result(evidence(row), how, lab.agrees(row) if how.direction else lab.effect(row))
    if result.value is None or result.sd is None or result.median is None:
        return Published(result, None)
    return Published(result, abs(result.median - result.value) <= AGREES * result.sd)


def _ours(result: RowResult) -> str:
    if result.share is not None:
        return f"in {100 * result.share:.0f} % of draws"
    return "–" if result.median is None else f"{result.median:.6g}"
