"""How each kind of result is drawn: what `answer.plot()` and `niche ... --plot FILE` show."""

from functools import singledispatch
from typing import TYPE_CHECKING, Any

from compendium.figures.claim_card import claim_card
from compendium.figures.left_out import left_out_forest
from compendium.figures.votes import votes
from niche.answering.reading import Reading
from niche.answering.records import ClaimAnswer, PropositionAnswer
from niche.errors import NicheError

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.figure import Figure


@singledispatch
def draw(result: object, **options: Any) -> tuple["Figure", "pd.DataFrame"]:
    """Figure and the table drawn, of a result.

    A claim is its card (`claim_card`), a statement its measurements beside what is predicted for them without their
    paper (`left_out_forest`), a reading its papers (`votes`).

    Raises
    ------
    NicheError
        for what has no picture
    """
    known = ", ".join(kind.__name__ for kind in draw.registry if kind is not object)
    raise NicheError(f"a {type(result).__name__} has no picture; there is one of: {known}")


@draw.register(ClaimAnswer)
def _(result: ClaimAnswer, **options: Any) -> tuple["Figure", "pd.DataFrame"]:
    return claim_card(result.id, answers=[result], **options)


@draw.register(PropositionAnswer)
def _(result: PropositionAnswer, **options: Any) -> tuple["Figure", "pd.DataFrame"]:
    return left_out_forest(result, **options)


@draw.register(Reading)
def _(result: Reading, **options: Any) -> tuple["Figure", "pd.DataFrame"]:
    return votes(result, **options)
