"""What a review found, one thing at a time."""

from typing import NamedTuple

# What may be found, in the order in which a reader needs it, and how a page calls it.
KINDS = {
    "failed": "did not run",
    "input": "input, not that of the results",
    "stored": "stored, changed since",
    "number": "numbers beyond tolerance",
    "figure": "figures",
    "environment": "packages",
    "bundle": "this report",
}


class Finding(NamedTuple):
    """One difference.

    Attributes
    ----------
    kind
        a key of KINDS
    where
        a file or claim
    what
        in words
    committed, now
        what stood there, and what stands there now or came out; "" where there is nothing to show
    counts
        whether the review does not hold because of it
    """

    kind: str
    where: str
    what: str
    committed: str = ""
    now: str = ""
    counts: bool = True


def ordered(findings: list[Finding]) -> list[Finding]:
    """Those that count first, then by kind and place."""
    kinds = list(KINDS)
    return sorted(findings, key=lambda f: (not f.counts, kinds.index(f.kind), f.where, f.what))
