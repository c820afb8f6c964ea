"""Fix what a fit rests on, or tell what moved since."""

import argparse
from typing import Any


def add(commands: Any) -> None:
    """Tell the parser of this command."""
    about = "tell whether atoms, propositions and rules are what was frozen before the fit; or freeze them"
    one = commands.add_parser("freeze", help=about, description=about.capitalize() + ".")
    one.add_argument("--why", metavar="REASON", help="write the tables of params/frozen anew, and keep the reason")
    one.set_defaults(run=_freeze)


def _freeze(given: argparse.Namespace) -> int:
    from niche.inference.freeze import freeze, moved
    from niche.params.lock import read_lock

    if given.why is not None:
        print(f"wrote {freeze(given.why)}")
        return 0
    last, names = read_lock()["history"][-1], moved()
    print(f"frozen on {last['on']}: {last['why']}")
    print(f"moved since: {', '.join(names)}" if names else "nothing moved since")
    return 1 if names else 0
