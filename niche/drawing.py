"""Results that draw themselves, where the package that draws is installed; `niche` alone knows no figure."""

from importlib import import_module
from typing import Any

from niche.errors import NicheError

_BY = "compendium.figures.results"  # by name, as pandas finds matplotlib: nothing here stands on the compendium


def drawn(result: object, **options: Any) -> Any:
    """The figure of a result, in the house style: what its `plot` gives.

    Parameters
    ----------
    options
        of the function that draws it, such as `width` in mm or "single"; `compendium.figures.results` says which

    Returns
    -------
    Figure
        of matplotlib; the last line of a notebook's cell shows it

    Raises
    ------
    NicheError
        where the package that draws is missing, or for what it cannot draw
    """
    try:
        results = import_module(_BY)
    except ModuleNotFoundError as missing:
        raise NicheError(
            f"a plot needs the package that draws, which lacks {missing.name}: install the whole repository"
        ) from None
    return results.draw(result, **options)[0]
