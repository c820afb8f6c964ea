"""When a lesion that grows is first seen with each modality, and how far one is ahead of another."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from niche.errors import NicheError
from niche.imaging.detect import FALSE_POSITIVES, SITE, chance
from niche.imaging.lesions import Lesion
from niche.imaging.modalities import Modality


class Course(NamedTuple):
    """A lesion over time: one draw.

    Attributes
    ----------
    days
        rising, shape (T,)
    lesions
        one for each day
    """

    days: np.ndarray
    lesions: Sequence[Lesion]


def chances(course: Course, modality: Modality, rate: float = FALSE_POSITIVES, site: float = SITE) -> np.ndarray:
    """Share of such lesions that are seen on each day, shape (T,)."""
    return np.array([chance(one, modality, rate, site) for one in course.lesions])


def first_seen(
    course: Course, modality: Modality, rate: float = FALSE_POSITIVES, site: float = SITE, bar: float = 0.5
) -> float:
    """Day on which a share `bar` of such lesions is seen for the first time, between days by a straight line.

    Infinite if that is never reached; the first day if it is reached already then.

    Raises
    ------
    NicheError
        for days that do not rise, another number of lesions, or a bar outside 0 to 1
    """
    days = np.asarray(course.days, dtype=float)
    if days.ndim != 1 or len(days) != len(course.lesions) or not len(days) or not (np.diff(days) > 0).all():
        raise NicheError(f"a course needs days that rise and a lesion for each, got {len(course.lesions)} and {days!r}")
    if not 0 < bar < 1:
        raise NicheError(f"bar lies between 0 and 1, got {bar!r}")
    return crossing(days, chances(course, modality, rate, site), bar)


def crossing(days: np.ndarray, share: np.ndarray, bar: float) -> float:
    """First day on which `share` reaches `bar`, by a straight line from the day before; infinite if it never does."""
    above = np.flatnonzero(share >= bar)
    if not len(above):
        return float("inf")
    i = int(above[0])
    if i == 0:
        return float(days[0])
    part = (bar - share[i - 1]) / (share[i] - share[i - 1])
    return float(days[i - 1] + part * (days[i] - days[i - 1]))


def lead(first: np.ndarray, reference: np.ndarray) -> np.ndarray:
    """Days by which one modality is ahead of another, draw by draw; either may be infinite.

    Parameters
    ----------
    first, reference
        day on which either modality first sees the lesion, shape (draws,); infinite if never

    Returns
    -------
    np.ndarray
        days, shape (draws,): inf where only the reference never sees the lesion, -inf where only the other never does,
        NaN where neither does
    """
    a, b = np.broadcast_arrays(np.asarray(first, dtype=float), np.asarray(reference, dtype=float))
    never = np.isinf(a) & np.isinf(b)
    return np.where(never, np.nan, np.where(never, 0.0, b) - np.where(never, 0.0, a))
