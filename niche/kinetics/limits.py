"""How far from the sources a dose may be, and how many people can be simulated here."""

import os
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path

import numpy as np

from niche.amounts import MOST_TIMES, Amount, read_amount
from niche.errors import NicheError
from niche.kinetics.doses import Doses
from niche.kinetics.table import Kinetics

FORCE = "If it is meant, say beyond_sources=True (--beyond-sources)."
_SAME = 1 + 1e-9
_SMALL = 1e8  # bytes that any machine has
_ARRAYS = 8  # of people by times: three of levels, and what is made of them to be told or drawn


def beyond_sources(
    drug: Kinetics, parts: Sequence[Doses], mass: np.ndarray, surface: np.ndarray | None, allowed: bool
) -> tuple[str, ...]:
    """A sentence for each dose that lies outside those that the source studied; none is no dose.

    Parameters
    ----------
    mass
        of each person [kg]
    surface
        of each person [m2]
    allowed
        whether the caller wants to go far beyond the source

    Raises
    ------
    NicheError
        for a dose of more than `MOST_TIMES` times the most, unless allowed
    """
    least, most = (amount.milligrams(mass) for amount in _studied(drug.studied))
    said = []
    for part in parts:
        dose = part.amount.milligrams(mass, surface)
        if (dose > MOST_TIMES * most * _SAME).any() and not allowed:
            raise NicheError(
                f"{drug.name}: {part.amount} is {float(np.max(dose / most)):.3g} times {drug.studied[1]}, the most "
                f"that its source used; nothing is known there. Is the unit right? {FORCE}"
            )
        if ((dose > most * _SAME) | ((dose < least / _SAME) & (dose > 0))).any():
            studied = " to ".join(dict.fromkeys(drug.studied))
            said.append(
                f"{drug.name}: {part.amount} {part.route} lies outside the doses that its numbers come from, {studied}"
            )
    return tuple(dict.fromkeys(said))


@lru_cache(maxsize=64)
def _studied(texts: tuple[str, str]) -> tuple[Amount, ...]:
    """Least and most dose of a source."""
    return tuple(read_amount(text, ("mg/kg", "mg"), "studied") for text in texts)


def fits_memory(people: int, times: int) -> None:
    """Raises `NicheError` if the levels of so many people at so many times do not fit into the memory that is free."""
    need = 8.0 * _ARRAYS * people * times
    if need > _SMALL and need > (free := _free()):
        raise NicheError(
            f"the levels of {people:,} people at {times:,} times need about {need / 1e9:,.3g} GB of memory, and about "
            f"{free / 1e9:.3g} GB are free: ask for at most {int(people * free / need):,} people, or for fewer times"
        )


def _free() -> float:
    """Bytes of memory that are free; a guess where the system does not say."""
    try:
        lines = Path("/proc/meminfo").read_text(encoding="ascii").splitlines()
        return 1024.0 * next(int(line.split()[1]) for line in lines if line.startswith("MemAvailable"))
    except (OSError, ValueError, StopIteration):
        pass
    try:
        return 0.5 * os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    except (AttributeError, OSError, ValueError):
        return 4e9
