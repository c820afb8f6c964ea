"""List the atoms of papers: what the model is asked, with the error and what it follows from."""

import argparse
from typing import Any

from niche.errors import NicheError


def add(commands: Any) -> None:
    """Tell the parser of this command."""
    about = "list what the model is asked of each paper: effect, error and what it follows from"
    one = commands.add_parser("atoms", help=about, description=about.capitalize() + ".")
    one.add_argument("papers", nargs="*", metavar="PAPER", help="a file of params/papers, without its ending; all")
    one.add_argument("--finite", action="store_true", help="also simulate, and say which readings are not finite")
    one.add_argument("--write", action="store_true", help="write the table to params/atoms.csv")
    one.add_argument("--counts", action="store_true", help="write how many there are to docs/evidence-counts.md")
    one.set_defaults(run=_atoms)


def _atoms(given: argparse.Namespace) -> int:
    from niche.atoms.build import atoms_of
    from niche.atoms.check import not_finite, rehearse_paper
    from niche.atoms.table import as_text, write_table
    from niche.evidence.papers import read_papers

    if given.write:
        print(f"wrote {write_table()}")
    if given.counts:
        from compendium.site.evidence_counts import write_page

        print(f"wrote {write_page()}")
    if given.write or given.counts:
        return 0
    failed = 0
    for key in given.papers or read_papers():
        try:
            rehearse_paper(key)
            found = atoms_of(key)
        except NicheError as error:
            print(f"{key}: {error}")
            failed += 1
            continue
        print(as_text(key, found))
        if given.finite:
            for name, said in not_finite(found).items():
                print(f"  {name}: {said}")
    return 1 if failed else 0
