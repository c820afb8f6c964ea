"""Figures for a journal: redraw, compose, and hold saved files against the rules."""

import argparse
from pathlib import Path
from typing import Any

from niche.errors import NicheError


def add(commands: Any) -> None:
    """Tell the parser of these commands."""
    about = "redraw committed figures for a journal, compose panels, or check files against its rules"
    drawn = commands.add_parser(
        "figures",
        help=about,
        description=about.capitalize() + ".",
        epilog="The committed figures stay as they are. A figure whose table says it all is drawn from its CSV; the "
        "others run their notebook. One that cannot be drawn is named, and the others are written. The exit code is 1 "
        "if a file breaks a rule or a figure is missing. See docs/howto/figures.md.",
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
    drawn.add_argument("--scale", action="store_true", help="shrink a composed page that would be too high")
    drawn.add_argument("--jobs", "-j", type=int, metavar="N", help="notebooks at a time (default: one per core)")
    drawn.set_defaults(run=_figures)


def _figures(given: argparse.Namespace) -> int:
    from compendium.press import editing

    way = "--lint" if given.lint else "--compose" if given.compose else ""
    for option, used in (
        ("--rows", way != "--compose" and given.rows is not None),
        ("--scale", way != "--compose" and given.scale),
        ("--width", bool(way) and given.width is not None),
        ("--output", way == "--lint" and given.output is not None),
        (f"{' '.join(given.names)}:", bool(way) and bool(given.names)),
    ):
        if used:
            raise NicheError(f"{option} says nothing {f'with {way}' if way else 'without --compose'}; leave it out")
    if given.jobs is not None and given.jobs < 1:
        raise NicheError(f"--jobs: a number from 1, got {given.jobs}")
    if given.lint:
        return editing.check_figure(given.lint, given.profile)
    if given.compose:
        return editing.compose(given.compose, given.rows, given.profile, given.output, given.jobs, given.scale)
    return editing.redraw(given.names, given.profile, given.output, given.width, given.jobs)
