"""A row's measurement as its plan compares it: restated where the plan says so, in the unit of what is read."""

from typing import NamedTuple

from niche.evidence.conversions import converted
from niche.evidence.row_plan import RowPlan
from niche.evidence.rows import Evidence
from niche.model.observables import OBSERVABLES


class Compared(NamedTuple):
    """What stands beside a prediction.

    Attributes
    ----------
    value, sd
        the number and its error; None of a direction
    scale
        "linear" or "log", on which `sd` is
    note
        why it was restated, or how converted; of a trial what is assumed of it
    """

    value: float | None
    sd: float | None
    scale: str
    unit: str
    note: str


def compared(measured: Evidence, how: RowPlan) -> Compared:
    """The measurement of a row as its plan compares it.

    Raises
    ------
    NicheError
        where the row's effect type and unit do not agree with how its plan compares
    """
    note = how.note(measured)
    if how.observed is not None:
        return Compared(how.observed.value, how.observed.sd, how.observed.scale, how.observed.unit, how.observed.reason)
    if measured.numeric and not how.direction and not how.readings:  # it cannot be simulated: nothing to agree with
        return Compared(measured.value, measured.sd, measured.scale, measured.unit, note)
    if measured.numeric and not how.direction:
        read = how.readings[0]
        unit = OBSERVABLES[read.observable].unit if read.observable in OBSERVABLES else ""
        number = converted(measured, read.compare.name, unit=unit, events=how.experiment is None)
        told = "; ".join(filter(None, (note, number.done)))
        return Compared(number.value, number.error, number.scale, number.unit, told)
    return Compared(None, None, measured.scale, measured.unit, note)
