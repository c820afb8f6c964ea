"""One row at a time: what was measured, and whether the model predicted it. Rows may stand in files of one's own."""

from collections.abc import Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from niche.analysis.plan_template import template
from niche.analysis.predictive import Predictive, predictive_of
from niche.analysis.row_result import RowResult, measured_text, predicted_text, row_result
from niche.atoms.build import atoms
from niche.errors import NicheError, unknown
from niche.evidence.compared import compared
from niche.evidence.laboratory import Laboratory
from niche.evidence.plans import plans as all_plans
from niche.evidence.plans import read_plans
from niche.evidence.row_plan import RowPlan
from niche.evidence.rows import Evidence, read_evidence, read_rows
from niche.frozen import Frozen
from niche.params.layers import read_registry
from niche.params.mechanisms import gains, switched_off
from niche.params.own_layers import with_lines, with_strains


class RowPrediction(NamedTuple):
    """A row and what the model makes of it. Without a plan, `result` is None and `template` is a plan to fill in.

    Attributes
    ----------
    predictive
        the distribution of the measurement and its scores
    ended
        how many draws have a value, and by "experiment, arm" how each simulation ended
    model
        what was removed or left out, "" for the fitted model as it is
    fitted
        whether the row is among those that the fit of all papers used, so that its prediction has seen it
    """

    evidence: Evidence
    plan: RowPlan | None
    result: RowResult | None
    read: tuple[str, ...]
    warnings: tuple[str, ...]
    template: str
    predictive: Predictive | None = None
    ended: Mapping[str, Any] = Frozen({})
    model: str = ""
    fitted: bool = False

    @property
    def inside(self) -> bool | None:
        """Whether the measurement lies within the 90 % interval of its prediction; None of what is no number."""
        if self.predictive is None or self.predictive.pit is None:
            return None
        return 0.05 <= self.predictive.pit <= 0.95

    def to_dict(self) -> dict[str, Any]:
        """Plain values: the shape of `niche predict --json`."""
        known = {k: getattr(self.evidence, k) for k in ("id", "role", "statement", "doi", "file")}
        if self.result is None:
            return {**known, "planned": False, "template": self.template}
        experiment = self.plan.experiment.name if self.plan and self.plan.experiment else None
        found = {"planned": True, "experiment": experiment, "read": list(self.read), "warnings": list(self.warnings)}
        scored = {"predictive": self.predictive.to_dict() if self.predictive is not None else None}
        about = {"inside": self.inside, "ended": dict(self.ended), "model": self.model, "fitted": self.fitted}
        return {**known, **found, **self.result.to_dict(), **scored, **about}


def predict_rows(
    rows: Sequence[str] = (),
    evidence: Path | None = None,
    experiment: Path | None = None,
    *,
    draws: int = 1000,
    seed: int = 1,
    without: Sequence[str] = (),
    prior: bool = False,
    line: Path | None = None,
    strain: Path | None = None,
) -> list[RowPrediction]:
    """What the model predicts for rows of params/evidence, or of one's own files, which nothing is written to.

    Parameters
    ----------
    rows
        ids; none means every row of the files
    evidence
        a CSV file of further rows, with role predict or context
    experiment
        a YAML file that says how rows without a plan are simulated: experiments, trials, or levels of a drug;
        it may use what params/ has
    without
        mechanisms to remove, as params/model names them, such as "beta2" or "CGRP"
    prior
        before anything was fitted
    line, strain
        YAML files of tumour lines or strains of one's own, which experiments may name

    Raises
    ------
    NicheError
        for unknown rows, or for what is wrong in a file, by name
    """
    known, plans = dict(read_evidence()), dict(all_plans())
    asked = list(rows)
    own = read_rows(evidence, known=known, outside=True) if evidence is not None else {}
    known |= own
    registry = read_registry()
    registry = with_lines(registry, line) if line is not None else registry
    registry = with_strains(registry, strain) if strain is not None else registry
    planned = read_plans(experiment, known, registry) if experiment is not None else {}
    plans |= planned
    asked = list(dict.fromkeys(asked or [*own, *planned]))
    if not asked:
        raise NicheError("name at least one row, like SB06, or give files: --evidence FILE.csv --experiment FILE.yaml")
    for row in asked:
        if row not in known:
            raise unknown("evidence row", row, known)
    for row in asked:  # what disagrees is said before anything is simulated
        if row in plans and not plans[row].cannot:
            compared(known[row], plans[row])
    whole = Laboratory(draws, seed, "prior" if prior else "calibrated", plans=plans, registry=registry)
    lab = whole.without(gains_off(without)) if without else whole
    model = ", ".join([*(f"without {name}" for name in without), *(["before any fit"] if prior else [])])
    return [_predict(known[row], plans.get(row), lab, prior, model) for row in asked]


def gains_off(mechanisms: Sequence[str]) -> dict[str, float]:
    """The gains that carry any of these mechanisms, each with the value that switches it off.

    Raises
    ------
    NicheError
        for a mechanism that there is not, or that no gain which can be off carries
    """
    found: dict[str, float] = {}
    for name in mechanisms:
        carried = gains(name)
        if not carried:
            raise NicheError(f"mechanism {name!r} is carried by no gain that can be off: there is nothing to remove")
        found |= switched_off(carried)
    return found


def predictions_text(found: RowPrediction) -> str:
    """What `niche predict` prints of a row: the measurement and the prediction first."""
    row, how, result = found.evidence, found.plan, found.result
    if how is None or result is None:
        head = (
            f"{row.id} is in the evidence, but nothing says how it is simulated. Write a plan into a file of your own"
        )
        return "\n".join([f"{head},\nand run: niche predict {row.id} --experiment FILE.yaml\n", found.template])
    number = measured_text(result) if result.value is not None else f"{row.text} {row.unit}".strip()
    error = f" (error {result.sd_basis})" if result.sd is not None else ""
    lines = [("measured", number + error), ("predicted", _predicted(result))]
    lines += [("so", said)] if (said := _said(found)) else []
    lines += [("model", found.model)] if found.model else []
    lines += _scored(found.predictive, result)
    lines += [("z", f"{result.z:+.2f}")] if result.z is not None else []
    lines += [("statement", row.statement), ("source", " ".join(filter(None, (row.doi, f"({row.file})"))))]
    if how.experiment is not None:
        host = ", ".join(str(v) for v in how.experiment.host.values())
        lines += [("experiment", f"{how.experiment.name}: {host}")]
        lines += [("assumed", how.experiment.note)] if how.experiment.note else []
    lines += [("reads", one) for one in found.read] + [("warning", one) for one in found.warnings]
    lines += [("note", result.note)] if result.note else []
    return "\n".join([f"{row.id}  {result.label}", *(f"  {name:<11} {said}" for name, said in lines)])


def _scored(found: Predictive | None, result: RowResult) -> list[tuple[str, str]]:
    if found is None or found.pit is None:
        return []
    (first, third), (low, high) = found.half, found.ninety
    spread = f"{found.median:.3g}; half within {first:.3g} to {third:.3g}, nine of ten within {low:.3g} to {high:.3g}"
    scores = f"PIT {found.pit:.2f}, CRPS {found.crps:.3g}, log score {found.log_score:.3g}"
    on = " in logarithms" if result.scale == "log" else ""
    return [("with error", f"{spread} {result.unit}".rstrip()), ("scores", scores + on)]


def _predict(row: Evidence, how: RowPlan | None, lab: Laboratory, before: bool, model: str) -> RowPrediction:
    if how is None:
        return RowPrediction(row, None, None, (), (), template(row))
    seen = None
    if not how.cannot:
        seen = lab.agrees(row.id) if how.direction else lab.effect(row.id)
    result = row_result(row, how, seen)
    read, warnings = [], [lab.warnings[place] for place in how.places if place in lab.warnings]
    for reading in how.readings:
        drawn = lab.effect(row.id) if how.experiment is None else lab.read(how.experiment, reading)
        finite = drawn[np.isfinite(drawn)]
        low, middle, high = np.quantile(finite, [0.05, 0.5, 0.95]) if len(finite) else (np.nan,) * 3
        asks = f"; asked: {reading.asks}" if reading.asks else ""
        read.append(f"{reading}: {middle:.3g} ({low:.3g} to {high:.3g}){asks}")
    predictive = predictive_of(result, seen) if seen is not None else None
    ended = {"draws": lab.draws, "without_value": result.failed, "arms": _ended(how, lab)}
    told = tuple(read), tuple(dict.fromkeys(warnings))
    fitted = not before and row.id in fitted_rows()
    return RowPrediction(row, how, result, *told, "", predictive, ended, model, fitted)


@lru_cache(maxsize=1)
def fitted_rows() -> frozenset[str]:
    """Measurements that the fit of all papers used, by the ids that rows of params/evidence have too."""
    used = [one.name for one in atoms() if one.experiment is not None]
    return frozenset(used) | {name.rpartition(".")[0] for name in used if "." in name}


def _ended(how: RowPlan, lab: Laboratory) -> dict[str, dict[str, int]]:
    """By arm, how many hosts ended how; of trials and levels how many failed."""
    found = {place: lab.arms.ended[place] for place in how.places if place in lab.arms.ended}
    return found | {p: {"failed": lab.failed[p]} for p in how.places if p in lab.failed and p not in found}


def _predicted(result: RowResult) -> str:
    said = predicted_text(result) + (", median and 5-95 % of draws" if result.median is not None else "")
    return said + (f"; {result.failed} draws without a value" if result.failed else "")


def _said(found: RowPrediction) -> str:
    """Whether the measurement is where it was predicted to be, and whether that is a test."""
    said = ""
    if found.inside is not None:
        said = f"the measurement lies {'within' if found.inside else 'OUTSIDE'} the 90 % interval of its prediction"
    seen = "the fit has seen this measurement: 'niche claims' shows it with its paper left out"
    return "; ".join(filter(None, (said, seen if found.fitted else "")))
