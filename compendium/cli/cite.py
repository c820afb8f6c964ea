"""Say what to cite."""

import argparse
from typing import Any


def add(commands: Any) -> None:
    """Tell the parser of this command."""
    about = "print BibTeX of the evidence, models, methods and software behind claims"
    one = commands.add_parser(
        "cite",
        help=about,
        description=about.capitalize() + ".",
        epilog="A work of which only a DOI, a PMID or a page is recorded is given as @misc with that, and a note that "
        "says what cites it; a reference manager fills in the rest.",
    )
    one.add_argument("claims", nargs="*", metavar="CLAIM", help="only these (default: all)")
    one.set_defaults(run=_cite)


def _cite(given: argparse.Namespace) -> int:
    from compendium.citing import cite

    print(cite(given.claims), end="")
    return 0
