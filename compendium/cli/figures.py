"""Figures for a journal: redraw, compose, and hold saved files against the rules."""

import argparse
from pathlib import Path
from typing import Any


def add(commands: Any) -> None:
    """Tell the parser of these commands."""
    about = "redraw committed figures for a journal, compose panels, or check files against its rules"
    drawn = commands.add_parser(
        "figures",
        help=about,
        description=about.capitalize() + ".",
        epilog="The committed figures stay as they are. A figure whose table says it all is drawn from its CSV; the "
        "others run their notebook. The exit code is 1 if a file breaks a rule. See docs/howto/figures.md.",
    )
    drawn.add_argument("names", nargs="*", metavar="CLAIM[/FIGURE]", help="only these (default: all)")
    drawn.add_argument("--profile", required=True, metavar="JOURNAL", help="nature, plos, or a file of params/journals")
    drawn.add_argument("--output", "-o", type=Path, metavar="FOLDER", help="write here (default: scratch/JOURNAL)")
    drawn.add_argument("--width", type=float, metavar="MM", help="the width of every figure, instead of its column")
    what = drawn.add_mutually_exclusive_group()
    what.add_argument(
        "--compose",
        nargs="+",
        metavar="a=CLAIM/FIGURE",
        help="put panels on one page with letters: pairs, or one YAML file of panels, rows, width and widths",
    )
    what.add_argument("--lint", nargs="+", type=Path, metavar="FILE", help="only check these files, whoever made them")
    drawn.add_argument("--rows", metavar="ab/c", help="which panels share a row (default: each has its own)")
    drawn.add_argument("--jobs", "-j", type=int, metavar="N", help="notebooks at a time (default: one per core)")
    drawn.set_defaults(run=_figures)


def _figures(given: argparse.Namespace) -> int:
    from compendium.press import editing

    if given.lint:
        return editing.check_figure(given.lint, given.profile)
    if given.compose:
        return editing.compose(given.compose, given.rows, given.profile, given.output, given.jobs)
    return editing.redraw(given.names, given.profile, given.output, given.width, given.jobs)
