"""What papers say of a finding without any model: how many stand where, and a number that was published."""

import math

from compendium.claims.finding_words import plain
from niche.errors import NicheError
from niche.evidence.rows import evidence
from niche.propositions.reading import read_propositions
from niche.propositions.votes import STANDS, votes


def published(row: str) -> tuple[float, float, float]:
    """A published ratio with its 95 % interval, from its error on the logarithm."""
    measured = evidence(row)
    if measured.value is None or measured.sd is None or measured.scale != "log":
        raise NicheError(f"row {row} is no ratio with an error")
    reach = math.exp(1.959964 * measured.sd)
    return measured.value, measured.value / reach, measured.value * reach


def said_by_papers(proposition: str, printed: tuple[float, float, float] | None) -> str:
    """What papers say, without a model: how many stand where to a proposition, and the published number."""
    said = []
    if proposition:
        one = read_propositions()[proposition]
        stands = [vote.stand for vote in votes(one).votes]
        counts = [f"{stands.count(stand)} {stand}" for stand in STANDS if stand in stands]
        said.append(f"papers on “{one.statement.rstrip('.')}”: {', '.join(counts)}")
    if printed is not None:
        said.append(f"published {plain(printed[0])} ({plain(printed[1])} to {plain(printed[2])}), no part of the fit")
    return "; ".join(said)
