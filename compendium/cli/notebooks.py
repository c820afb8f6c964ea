"""Run the notebooks."""

import argparse
import os
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from niche.errors import NicheError


def add(commands: Any) -> None:
    """Tell the parser of these commands."""
    about = "run the notebooks of the claims, and regenerate their figures"
    rerun = commands.add_parser(
        "reproduce",
        help=about,
        description=about.capitalize() + ".",
        epilog="Results replace the committed ones only if all of it went well, and never with --fast, -p, -f or "
        "--output. The exit code is 1 if a notebook fails.",
    )
    rerun.add_argument("claims", nargs="*", metavar="CLAIM", help="only these (default: all)")
    rerun.add_argument("--fast", action="store_true", help="few draws, in a scratch folder")
    rerun.add_argument(
        "--changed", action="store_true", help="only those whose inputs changed since their stored results were made"
    )
    rerun.add_argument("--list", action="store_true", help="name the files of those that would run, and run none")
    rerun.add_argument("--jobs", "-j", type=int, metavar="N", help="notebooks at a time (default: one per core)")
    rerun.add_argument("--output", "-o", type=Path, metavar="FOLDER", help="put the results here")
    rerun.add_argument(
        "--press", action="store_true", help="figures also as PDF, and PNG at 300 dpi, as for a release; needs --output"
    )
    rerun.add_argument("--timeout", type=float, metavar="SECONDS", help="time that one cell may take (default: 900)")
    rerun.add_argument(
        "-p",
        "--parameter",
        action="append",
        default=[],
        metavar="NAME=VALUE",
        help="set a parameter of the notebooks; more than one -p is possible",
    )
    rerun.add_argument(
        "-f", "--file", action="append", default=[], type=Path, metavar="FILE", help="set those of a YAML file"
    )
    rerun.set_defaults(run=_reproduce)


def _reproduce(given: argparse.Namespace) -> int:
    if find_spec("papermill") is None:
        raise NicheError("reproduce needs the notebook packages: pip install 'niche[notebooks]'")
    from compendium.run import Request, reproduce

    if given.press:
        if given.output is None or given.fast:
            raise NicheError("--press needs --output FOLDER and a full run: git holds small pictures only")
        os.environ["NICHE_FIGURE_PRESS"] = "1"  # the notebooks run in processes of their own
    more = {"changed": given.changed, "listed": given.list} | (
        {} if given.timeout is None else {"timeout": given.timeout}
    )
    return reproduce(Request(given.claims, given.fast, given.parameter, given.file, given.output, given.jobs, **more))
