"""`--plot FILE`: what a command printed, drawn in the house style."""

import argparse
from pathlib import Path
from typing import TYPE_CHECKING, Any

from niche.errors import NicheError
from niche.files import prepared

if TYPE_CHECKING:
    from matplotlib.figure import Figure

KINDS = (".pdf", ".svg", ".png")


def add_plot(command: argparse.ArgumentParser, what: str = "draw it too") -> None:
    """Tell a command of the option."""
    command.add_argument("--plot", type=Path, metavar="FILE", help=f"{what} (.pdf, .svg or .png), in the house style")


def check_plot(file: Path | None) -> None:
    """Refuse a file that could not be written before anything is computed. Raises `NicheError`."""
    if file is None:
        return
    if file.suffix.lower() not in KINDS:
        raise NicheError(f"--plot: {file} should end in {', '.join(KINDS[:-1])} or {KINDS[-1]}")
    if not file.parent.is_dir():
        raise NicheError(f"--plot: there is no folder {file.parent}")
    if file.is_dir():
        raise NicheError(f"--plot: {file} is a folder")


def write_plot(drawn: "tuple[Figure, Any]", file: Path) -> None:
    """Write a figure whole, and beside it the table drawn, as CSV."""
    from compendium.figures.fitting import fit_to_page
    from compendium.figures.house_style import laid_out, look
    from compendium.figures.saving import as_csv

    figure, data = drawn
    if look().journal is not None:
        fit_to_page(figure)
    with laid_out(figure), prepared(file) as beside:
        figure.savefig(beside, format=file.suffix[1:].lower(), dpi=300)
    with prepared(file.with_suffix(".csv")) as beside:
        beside.write_bytes(as_csv(data))
