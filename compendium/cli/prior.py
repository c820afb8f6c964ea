"""Look at what the model says before anything is fitted."""

import argparse
from typing import Any

from niche.errors import unknown


def add(commands: Any) -> None:
    """Tell the parser of this command."""
    about = "say what the model says before anything is fitted: each treatment of each kind of host, under the prior"
    one = commands.add_parser(
        "prior-check",
        help=about,
        description=about.capitalize() + ".",
        epilog="A kind is a species (mouse, rat, human), a site of bone (mouse, vertebra), or a tumour line. A table "
        "holds the share of draws that rise, and the fold that holds 90 %% of them; = is no change. With --write all "
        "kinds are looked at, and docs/prior-predictive.md and docs/structure-mends.md are renewed.",
    )
    one.add_argument("kinds", nargs="*", metavar="KIND", help="which (default: all; what is forced is printed)")
    one.add_argument("--mends", action="store_true", help="the structure before and after its mends, instead")
    one.add_argument("--write", action="store_true", help="renew the pages and figures of docs/")
    one.add_argument("--draws", type=int, default=200, metavar="N", help="of the prior (default: 200)")
    one.add_argument("--seed", type=int, default=1, metavar="N", help="which ones (default: 1)")
    one.set_defaults(run=_check)


def _check(given: argparse.Namespace) -> int:
    from compendium.claims import prior_pages as pages
    from niche.analysis.mend_table import MENDS
    from niche.analysis.mends import shown
    from niche.analysis.prior_predictive import directions
    from niche.analysis.prior_scenarios import kinds

    names = [one.name for one in kinds()]
    for name in given.kinds:
        if name not in names:
            raise unknown("kind of host", name, names)
    if given.mends or given.write:
        text = pages.mends_page(shown(MENDS, given.draws, given.seed))
        print(f"wrote {pages.renew('structure-mends.md', 'mends', text)}" if given.write else text)
    if given.mends and not given.write:
        return 0
    found = directions(given.draws, given.seed, None if given.write else given.kinds or None)
    if given.write:
        return _write(pages.directions_page(found, given.draws), given)
    print("\n\n".join(pages.whole(found, name) for name in given.kinds) or pages.decided(found))
    return 0


def _write(text: str, given: argparse.Namespace) -> int:
    from compendium.claims.prior_pages import renew
    from compendium.figures.prior_courses import write
    from niche.params.records import root

    page = renew("prior-predictive.md", "prior", text)
    for path in (page, *write(root().parent / "docs" / "_static", given.draws, given.seed)):
        print(f"wrote {path}")
    return 0
