"""Say what to cite."""

import argparse
from typing import Any


def add(commands: Any) -> None:
    """Tell the parser of this command."""
    about = "rint the evidence, models, methods and software behind claims, as BibTeX, RIS or CSL-JSON"
    one = commands.add_parser(
        "cite",
        help=f"p{about}",
        description=f"P{about}.",
        epilog="A work of which not all is recorded says so in its note, with what cites it and why the rest was not "
        "found; a reference manager fills in the rest from the DOI.",
    )
    one.add_argument("claims", nargs="*", metavar="CLAIM", help="only these (default: all)")
    one.add_argument(
        "--format", metavar="NAME", default="bibtex", help="bibtex (default), ris, or csl-json for Zotero and Pandoc"
    )
    one.add_argument("--missing", action="store_true", help="instead, list what is not recorded of which work, and why")
    one.set_defaults(run=_cite)


def _cite(given: argparse.Namespace) -> int:
    from compendium.citing import cite, gaps

    print(gaps(given.claims) if given.missing else cite(given.claims, given.format), end="")
    return 0
