"""A claim of the literature as Python has it: `niche.claim("vicious-cycle")`.

What only an answer needs is imported when it is asked for: names and numbers of claims are asked for far more often.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from niche.answering.registry import claim_ids as claim_ids
from niche.answering.registry import known_id, read_entries

if TYPE_CHECKING:
    from niche.answering.hangs_on import HangsOn
    from niche.answering.reading import Reading
    from niche.answering.records import ClaimAnswer
    from niche.answering.told import Told


@dataclass(frozen=True)
class Claim:
    """One claim of the registry.

    Attributes
    ----------
    kind
        what it is where no paper could speak to it: a verification of the code, of the fit
    """

    id: str
    number: int
    title: str
    statement: str
    source: str
    kind: str = ""

    @property
    def notebook(self) -> str:
        """File name of its notebook."""
        return f"{self.number:02d}_{self.id}.ipynb"

    @property
    def answers(self) -> "ClaimAnswer":
        """What is said of each of its propositions: by the papers, by the mechanism, by the model."""
        return answers([self.id])[0]

    def reading(self) -> "Reading":
        """What the papers say of it before any model is asked: a table for a notebook."""
        from niche.answering.reading import reading_of

        return reading_of(self.answers)

    def told(self) -> "Told":
        """The three answers to each of its statements in words, each with its numbers: for a notebook."""
        from niche.answering.told import told_of

        return told_of(self.answers)

    def hangs_on(self) -> "HangsOn":
        """Of each statement the couplings and the papers that its answers hang on, and what would tell most."""
        from niche.answering.hangs_on import hangs_on_of

        return hangs_on_of(self.answers)


def claim(name: str) -> Claim:
    """One claim, or an error with the nearest id.

    Parameters
    ----------
    name
        its id, its number ("2", "02"), or its notebook ("02_vicious-cycle", with or without folder and ending)
    """
    found = known_id(name)
    one = read_entries()[found]
    return Claim(found, one.number, one.title, " ".join(one.statement.split()), one.source, one.kind)


def answers(names: Sequence[str] = ()) -> "tuple[ClaimAnswer, ...]":
    """What is said of these claims, of all if none is named (`niche.answering.claims.answers`)."""
    from niche.answering.claims import answers as of_claims

    return of_claims(names)
