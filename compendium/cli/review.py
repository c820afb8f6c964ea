"""The reviewer's report."""

import argparse
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from niche.errors import NicheError


def add(commands: Any) -> None:
    """Tell the parser of this command."""
    about = "run everything again and write a reviewer's report"
    review = commands.add_parser(
        "review",
        help=about,
        description=about.capitalize() + ".",
        epilog="The folder holds review.html (one page that needs nothing else), the same as Markdown and JSON, "
        "codecheck.yml, an RO-Crate, and the rerun's results. Nothing that is committed is touched. The exit code is "
        "0 if it holds, 1 if something differs or did not run, 2 for input that cannot be used.",
    )
    review.add_argument("claims", nargs="*", metavar="CLAIM", help="only these (default: all)")
    review.add_argument(
        "--output",
        "-o",
        type=Path,
        metavar="FOLDER",
        help="a new or empty folder (default: scratch/review, or the next free name)",
    )
    review.add_argument("--fast", action="store_true", help="few draws: inputs are compared, numbers are not")
    review.add_argument("--jobs", "-j", type=int, metavar="N", help="notebooks at a time (default: one per core)")
    review.add_argument("--timeout", type=float, metavar="SECONDS", help="time that one cell may take (default: 900)")
    review.add_argument(
        "--codecheck",
        type=Path,
        metavar="FILE",
        help="YAML of what only people can say: codechecker, certificate, report, ORCIDs",
    )
    review.set_defaults(run=_review)


def _review(given: argparse.Namespace) -> int:
    if find_spec("papermill") is None:
        raise NicheError("review needs the notebook packages: pip install 'niche[notebooks]'")
    from compendium.review.run import review

    timeout = {} if given.timeout is None else {"timeout": given.timeout}
    return review(given.claims, given.output, fast=given.fast, jobs=given.jobs, said=given.codecheck, **timeout)
