"""The reading site, and JupyterLab on the notebooks."""

import argparse
from pathlib import Path
from typing import Any


def add(commands: Any) -> None:
    """Tell the parser of these commands."""
    about = "build the reading site, without a network"
    site = commands.add_parser(
        "site",
        help=about,
        description=about.capitalize() + ".",
        epilog="The site is read from the disk: open build/site/html/index.html in a browser.",
    )
    site.add_argument("--output", "-o", type=Path, metavar="FOLDER", help="build here (default: build/site)")
    site.add_argument("--lenient", action="store_true", help="go on after warnings")
    site.set_defaults(run=_site)

    about = "open JupyterLab on the notebooks, with the Python that runs niche as their kernel"
    lab = commands.add_parser(
        "lab",
        help=about,
        description=about.capitalize() + ".",
        epilog="What notebooks write there goes to scratch/lab, never over the stored results. Notebooks are saved "
        "where they are; with --copy a copy in scratch/lab is opened instead. The playground runs its cells by itself.",
    )
    lab.add_argument("notebook", nargs="?", metavar="CLAIM", help="open this claim, or 'playground'")
    lab.add_argument("--copy", action="store_true", help="work on a copy, and leave the notebooks as they are")
    lab.add_argument("--port", type=int, metavar="N", help="the port of the local server (default: a free one)")
    lab.add_argument("--no-browser", action="store_true", help="print the address and open no browser")
    lab.set_defaults(run=_lab)


def _site(given: argparse.Namespace) -> int:
    from compendium.site.build import build

    page = build(given.output, strict=not given.lenient)
    print(f"the site is at {page}")
    return 0


def _lab(given: argparse.Namespace) -> int:
    from compendium.lab import open_lab

    return open_lab(given.notebook, copy=given.copy, port=given.port, browser=not given.no_browser)
