"""What an atom is: what was measured, on the scale on which it is compared, and how the model is asked for it."""

import math
from collections.abc import Mapping
from dataclasses import dataclass

from niche.evidence.readings import Reading
from niche.evidence.row_plan import Experiment
from niche.frozen import Frozen

# Errors that indirectness adds, each kind once and in quadrature; on the natural logarithm of a ratio of what varies
# between hosts as most read-outs do. Of what varies less (density by DXA: a tenth) they are less in proportion.
COSTS: Mapping[str, float] = Frozen(
    {
        "species": 0.2,
        "kind of bone": 0.3,
        "tumour site": 0.3,
        "culture": 0.4,
        "read in an abstract": 0.1,
        "read on a page that is not the paper": 0.3,
    }
)
READ: Mapping[str, str] = Frozen(
    {"full text": "", "abstract": "read in an abstract", "other page": "read on a page that is not the paper"}
)
# Where the error of an atom comes from, the first that exists.
PRINTED = ("standard error", "interval", "counts", "P", "P below", "sd", "worked out")
# The last three are the spread between hosts that other papers printed: of this assay; where fewer than three did, of
# the family of its read-out; where none did there either, of all.
BASES = (*PRINTED, "assay", "family of assays", "any assay")


@dataclass(frozen=True)
class Atom:
    """One contrast of arms, one read-out, one time.

    Attributes
    ----------
    name
        of its measurement; an order of doses has one for each neighbouring pair, "X.1", "X.2"
    group, family
        class of study and family of read-outs: what the paper has of its own is shared by one paper and family
    kind
        "number", "direction", "no effect", "above" or "below"
    y
        the effect, or its bound: natural logarithm of a ratio, or 1/day where `linear`; NaN where none was printed
    sign
        1 or -1 of a direction, else 0
    error, basis
        its standard error on the scale of y, and what that follows from
    costs
        kinds of indirectness
    experiment, reading
        how the model is asked; None where trials are simulated for it
    animals
        key of the paper whose animals these are
    counted
        whether the paper says how many hosts there were, where the error needs it; else eight were taken
    share
        how much its assay varies between hosts, against most assays of animals; at most 1
    """

    name: str
    paper: str
    laboratory: str
    group: str
    family: str
    assay: str
    kind: str
    y: float
    sign: int
    error: float
    basis: str
    costs: tuple[str, ...]
    experiment: Experiment | None
    reading: Reading | None
    linear: bool
    conflict: str
    animals: str
    counted: bool = True
    share: float = 1.0

    @property
    def indirectness(self) -> float:
        """What stands between the measurement and what is simulated, as an error on the scale of y."""
        size = self.share * math.sqrt(sum(COSTS[cost] ** 2 for cost in self.costs))
        return size * abs(self.y) if self.linear else size

    @property
    def scale(self) -> float:
        """Error and indirectness together: s of the likelihood, before what the paper has of its own."""
        return math.hypot(self.error, self.indirectness)

    @property
    def reported(self) -> bool:
        """Whether its error follows from what was printed."""
        return self.basis in PRINTED

    @property
    def assumed(self) -> bool:
        """Whether its error is neither printed nor learnt from papers with the same assay."""
        return self.basis not in (*PRINTED, "assay")
