"""One evidence row beside its prediction, and what may be said of a row that fails."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from niche.evidence.conversions import converted
from niche.evidence.laboratory import Laboratory
from niche.evidence.row_plan import RowPlan
from niche.evidence.rows import Evidence
from niche.model.observables import OBSERVABLES
from niche.verdicts import rules as verdicts
from niche.verdicts.controls import median
from niche.verdicts.identifiable import Measured, hangs_on
from niche.verdicts.rules import (
    FAILS_ALL_THE_SAME,
    GOOD,
    HOLDS_ALREADY,
    NEEDS_NONE,
    NOT_JUDGED,
    Z_REPRODUCED,
    RowVerdict,
)


def judge_row(
    measured: Evidence,
    lab: Laboratory,
    *,
    without: Laboratory | None = None,
    given: Any = None,
    prior: bool = False,
    judged: bool = True,
) -> RowVerdict:
    """Simulate one row and judge it by docs/verdicts.md.

    Parameters
    ----------
    without
        a laboratory with the claim's mechanism removed, for `control_median`
    given
        the effect, one per draw in the row's own unit (of a direction: whether it agrees), if it is at hand
    prior
        also say how the row is judged before anything was fitted
    judged
        False gives the numbers alone: the row is "not judged", whatever they are
    """
    how = lab.plans[measured.id]
    value, sd, scale, unit, note = judged_against(measured, how)
    counts = measured.role == "predict" and not how.cannot and not how.built_in
    role = how.role(measured)
    base = RowVerdict(
        measured.id,
        role,
        how.label or measured.statement,
        measured.effect_type,
        unit,
        scale,
        value,
        sd,
        measured.sd_basis,
        None,
        None,
        None,
        None,
        None,
        "not simulated",
        counts,
        how.built_in,
        how.cannot or note,
        None,
        0,
    )
    if how.cannot:
        return base
    drawn = np.asarray(given, dtype=float) if given is not None else _drawn(measured.id, lab)
    row = _judge(base, drawn, how)
    if without is not None and not how.direction and how.beside_control:
        row = row._replace(control_median=median(without.effect(measured.id)))
    if not judged:
        row = row._replace(verdict=NOT_JUDGED)
    fails = row.verdict not in (*GOOD, NOT_JUDGED)
    if row.counts and fails:
        against = None if how.direction or value is None else Measured(value, how.readings[0].compare.no_effect)
        if how.direction or against is not None:
            row = row._replace(hangs_on=hangs_on(drawn, against, measured.id, lab))
    flags = []
    if row.built_in and fails:
        flags.append(FAILS_ALL_THE_SAME)
    if row.counts and row.verdict == "reproduced" and _needs_none(row, how):
        flags.append(NEEDS_NONE)
    if prior:
        before = _judge(base, _drawn(measured.id, lab.under_prior()), how).verdict
        row = row._replace(prior_verdict=before)
        flags += [HOLDS_ALREADY] if row.share is None and row.verdict == before == "reproduced" else []
    none = f"{row.failed} of {len(drawn)} draws have no value" if row.failed else ""
    notes = [row.note, none, *flags]
    notes += dict.fromkeys(lab.warnings[place] for place in how.places if place in lab.warnings)
    return row._replace(note="; ".join(filter(None, notes)), flags=tuple(flags))


def contested(
    rows: Sequence[RowVerdict], groups: Mapping[str, str], asked: Mapping[str, Mapping[str, str]]
) -> tuple[RowVerdict, ...]:
    """The rows of a claim; a failing one names those that contest it, by row id.

    holds, is not built in, is of the same group, and asks for another sign of the same observable.

    Parameters
    ----------
    groups
        conflict group of each row
    asked
        what each row asks for, as in `asks`. A row contests another if it
    """
    holding = [r.id for r in rows if r.verdict in GOOD and not r.built_in]
    found = []
    for row in rows:
        group = groups.get(row.id, "")
        if row.counts and row.verdict not in GOOD and group:
            others = [other for other in holding if groups.get(other) == group]
            against = tuple(other for other in others if _opposite(asked[row.id], asked[other]))
            row = row._replace(contested_by=against)
        found.append(row)
    return tuple(found)


def asks(measured: Evidence, how: RowPlan) -> dict[str, str]:
    """The sign that a row asks for, by observable: "increase", "decrease" or "none"."""
    if how.direction:
        return {r.observable: r.sign for r in how.readings if r.sign is not None and r.against is None}
    value = judged_against(measured, how)[0]
    no_effect = how.readings[0].compare.no_effect if how.readings else None
    if value is None or no_effect is None:
        return {}
    return {how.readings[0].observable: "increase" if value > no_effect else "decrease"}


def _opposite(one: Mapping[str, str], other: Mapping[str, str]) -> bool:
    return any(one[name] != other[name] for name in set(one) & set(other))


def judged_against(measured: Evidence, how: RowPlan) -> tuple[float | None, float | None, str, str, str]:
    """What a row is judged against: value, error, scale, unit, and why if it was restated; of a trial its note.

    Raises
    ------
    NicheError
        where the row's effect type and unit do not agree with how its plan compares
    """
    note = how.note(measured)
    if how.observed is not None:
        return how.observed.value, how.observed.sd, how.observed.scale, how.observed.unit, how.observed.reason
    if measured.numeric and not how.direction and not how.readings:  # it cannot be simulated: nothing to agree with
        return measured.value, measured.sd, measured.scale, measured.unit, note
    if measured.numeric and not how.direction:
        read = how.readings[0]
        unit = OBSERVABLES[read.observable].unit if read.observable in OBSERVABLES else ""
        number = converted(measured, read.compare.name, unit=unit, events=how.experiment is None)
        told = "; ".join(filter(None, (note, number.done)))
        return number.value, number.error, number.scale, number.unit, told
    return None, None, measured.scale, measured.unit, note


def _needs_none(row: RowVerdict, how: RowPlan) -> bool:
    """Whether a model in which nothing acts would be as near to the measurement as one has to be."""
    nothing = how.readings[0].compare.no_effect_on(row.scale)
    if nothing is None or row.value is None or row.sd is None:
        return False
    away = (np.log(row.value) if row.scale == "log" else row.value) - nothing
    return bool(away != 0 and abs(away) <= Z_REPRODUCED * row.sd)


def _drawn(row: str, lab: Laboratory) -> np.ndarray:
    return lab.agrees(row) if lab.plans[row].direction else lab.effect(row)


def _judge(base: RowVerdict, drawn: np.ndarray, how: RowPlan) -> RowVerdict:
    """The row with its numbers and verdict."""
    failed = int(np.count_nonzero(~(np.isfinite(drawn) if how.direction else verdicts.valued(drawn, base.scale))))
    if how.direction:
        share, verdict = verdicts.direction(drawn)
        return base._replace(share=share, verdict=verdict, failed=failed)
    if base.value is None or base.sd is None:
        finite = drawn[np.isfinite(drawn)]
        low, middle, high = np.quantile(finite, [0.05, 0.5, 0.95]).tolist() if len(finite) else (None, None, None)
        return base._replace(median=middle, low=low, high=high, verdict="undecided", failed=failed, counts=False)
    if np.isinf(drawn).mean() >= 0.5:  # most draws never reach the median
        return base._replace(verdict="not reproduced", failed=failed)
    compare = how.readings[0].compare
    no_effect = compare.no_effect if compare.no_effect_on(base.scale) is not None else None
    numbers, verdict = verdicts.numeric(drawn, base.value, base.sd, base.scale, no_effect)
    return base._replace(**numbers, verdict=verdict, failed=failed)
