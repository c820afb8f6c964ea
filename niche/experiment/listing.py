"""What a question can be made of, by name with a few words about each: `niche.observables()` and its kin."""

from niche.kinetics.table import read_drugs
from niche.model.observables import OBSERVABLES
from niche.params.layers import read_registry


def observables() -> dict[str, str]:
    """Every read-out that `niche.simulate` gives and `niche.effect` compares, with its unit.

    Returns
    -------
    dict[str, str]
        by name, what it is and its unit

    Examples
    --------
    >>> import niche
    >>> niche.observables()["CTX"]
    """
    return {name: f"{one.about} [{one.unit}]" for name, one in OBSERVABLES.items()}


def systems() -> dict[str, str]:
    """Every species that `niche.hosts` makes: the first thing that it is given."""
    return {name: one.about for name, one in read_registry().systems.items()}


def strains(system: str | None = None) -> dict[str, str]:
    """Every strain that `niche.hosts(..., strain=)` takes.

    Parameters
    ----------
    system
        only those of this species

    Returns
    -------
    dict[str, str]
        by name, the species and what differs from it

    Raises
    ------
    NicheError
        for an unknown species, with the nearest name
    """
    book = read_registry()
    asked = book.systems if system is None else {system: book.get("systems", system)}
    return {name: f"{kind}: {one.about}" for kind, of in asked.items() for name, one in of.strains.items()}


def lines() -> dict[str, str]:
    """Every tumour line that `niche.hosts(..., tumour=)` takes."""
    return {name: one.about for name, one in read_registry().lines.items()}


def drugs() -> dict[str, str]:
    """Every drug that a protocol can give.

    `Protocol.infuse` and `Protocol.dose` take those with a place in the model; `Protocol.regimen` takes those whose
    level is computed from doses as they are prescribed, and says of each whether that level enters the model.

    Returns
    -------
    dict[str, str]
        by name, what it is
    """
    found = {name: one.about for name, one in read_registry().drugs.items()}
    return dict(sorted({**{name: one.about for name, one in read_drugs().items()}, **found}.items(), key=_by_name))


def conditions() -> dict[str, str]:
    """Every diet, operation, genotype and treatment without a dose that a protocol can give."""
    found = read_registry().conditions.items()
    return {name: f"{one.kind}: {one.about}" for name, one in found if one.kind != "site"}


def sites() -> dict[str, str]:
    """Every site of bone that `niche.hosts(..., bone=)` reads."""
    return {name: one.about for name, one in read_registry().conditions.items() if one.kind == "site"}


def _by_name(pair: tuple[str, str]) -> str:
    return pair[0].casefold()
