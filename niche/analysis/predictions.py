"""One row at a time: what was measured, and whether the model predicted it. Rows may stand in files of one's own."""

import json
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from niche.analysis.predictive import Predictive, predictive_of
from niche.errors import NicheError, unknown
from niche.evidence.laboratory import Laboratory
from niche.evidence.plans import plans as all_plans
from niche.evidence.plans import read_plans
from niche.evidence.row_plan import RowPlan
from niche.evidence.rows import Evidence, read_evidence, read_rows
from niche.frozen import Frozen
from niche.model.observables import OBSERVABLES
from niche.params.judging_state import not_judged
from niche.params.layers import read_registry
from niche.params.mechanisms import gains, switched_off
from niche.params.own_layers import with_lines, with_strains
from niche.verdicts.judging import judge_row, judged_against
from niche.verdicts.rules import RowVerdict
from niche.verdicts.tables import excuse, measured, predicted

_COMPARE = {"percent_change": "percent", "fold_change": "fold", "hazard_ratio": "fold", "absolute": "value"}
_FALLS = re.compile(r"\b(decreas|lower|down|fall|fell|reduc|less|inhibit)", re.IGNORECASE)
_SYSTEMS = (("human", r"\b(human|women|men|patients|volunteers)\b"), ("rat", r"\brats?\b"))


class RowPrediction(NamedTuple):
    """A row and what the model makes of it. Without a plan, `verdict` is None and `template` is a plan to fill in.

    "experiment, arm" how each simulation ended; model : what was removed or left out, "" for the fitted model as it is

    Attributes
    ----------
    predictive
        the distribution of the measurement and its scores
    ended
        how many draws have a value, and by
    """

    evidence: Evidence
    plan: RowPlan | None
    verdict: RowVerdict | None
    read: tuple[str, ...]
    warnings: tuple[str, ...]
    template: str
    predictive: Predictive | None = None
    ended: Mapping[str, Any] = Frozen({})
    model: str = ""

    def to_dict(self) -> dict[str, Any]:
        """Plain values: the shape of `niche predict --json`."""
        from niche.verdicts.record import plain_row

        known = {k: getattr(self.evidence, k) for k in ("id", "role", "statement", "doi", "file")}
        if self.verdict is None:
            return {**known, "planned": False, "template": self.template}
        experiment = self.plan.experiment.name if self.plan and self.plan.experiment else None
        found = {"planned": True, "experiment": experiment, "read": list(self.read), "warnings": list(self.warnings)}
        scored = {"predictive": self.predictive.to_dict() if self.predictive is not None else None}
        return {**known, **found, **plain_row(self.verdict), **scored, "ended": dict(self.ended), "model": self.model}


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
    """Judge rows of params/evidence, or of one's own files, which nothing is written to.

    While no claim is judged, rows are judged before any fit alone: the shipped draws are of a former model.

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
            judged_against(known[row], plans[row])
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
    """What `niche predict` prints of a row."""
    row, how, verdict = found.evidence, found.plan, found.verdict
    lines = [("statement", row.statement), ("source", " ".join(filter(None, (row.doi, f"({row.file})"))))]
    if how is None or verdict is None:
        head = (
            f"{row.id} is in the evidence, but nothing says how it is simulated. Write a plan into a file of your own"
        )
        return "\n".join([f"{head},\nand run: niche predict {row.id} --experiment FILE.yaml\n", found.template])
    number = measured(verdict) if verdict.value is not None else f"{row.text} {row.unit}".strip()
    error = f" (error {verdict.sd_basis})" if verdict.sd is not None else ""
    lines += [("measured", number + error), ("predicted", _predicted(verdict))]
    lines += [("model", found.model)] if found.model else []
    lines += _scored(found.predictive, verdict)
    lines += [("z", f"{verdict.z:+.2f}")] if verdict.z is not None else []
    lines += [("verdict", _said(verdict)), ("prior", verdict.prior_verdict or "-")]
    if how.experiment is not None:
        host = ", ".join(str(v) for v in how.experiment.host.values())
        lines += [("experiment", f"{how.experiment.name}: {host}")]
        lines += [("assumed", how.experiment.note)] if how.experiment.note else []
    lines += [("reads", one) for one in found.read] + [("warning", one) for one in found.warnings]
    note = verdict.note
    for one in found.warnings:
        note = note.replace(one, "").strip("; ")
    lines += [("note", note)] if note else []
    return "\n".join([f"{row.id}  {verdict.label}", *(f"  {name:<11} {said}" for name, said in lines)])


def template(row: Evidence) -> str:
    """A plan to fill in for a row, which can be read as it stands."""
    system = next((name for name, form in _SYSTEMS if re.search(form, row.system, re.IGNORECASE)), "mouse")
    read = "observable: BV/TV, treated: treated, control: control, day: 14"
    if row.numeric:
        compare = _COMPARE.get(row.effect_type, "fold")
        reading = f"    {read.replace('control: control, ', '') if compare == 'value' else read}, compare: {compare}"
        reading = "    " + reading.strip().replace(", ", "\n    ")
    else:
        sign = "decrease" if _FALLS.search(row.text) else "none" if row.text.startswith("no ") else "increase"
        reading = f"    expect:\n      - {{{read}, sign: {sign}}}"
    about = [row.statement, f"{row.system}; {row.intervention}; {row.readout}; {row.time}".rstrip("; ")]
    about += [f"measured: {row.text} {row.unit}".rstrip(), f"observables: {', '.join(OBSERVABLES)}"]
    head = "\n".join(f"# {' '.join(line.split())}" for line in about)
    return f"""{head}
experiments:
  {json.dumps(f"{row.id} as it was done")}:
    host: {{system: {system}}}  # and strain, sex, tumour
    days: 14
    arms:  # steps as in niche.Protocol; these are examples
      control: []
      treated: [{{infuse: [isoprenaline, 5 mg/kg/day]}}]
rows:
  {json.dumps(row.id)}:
    label: {json.dumps(row.statement[:60], ensure_ascii=False)}
    experiment: {json.dumps(f"{row.id} as it was done")}
{reading}
"""


def _scored(found: Predictive | None, verdict: RowVerdict) -> list[tuple[str, str]]:
    if found is None or found.pit is None:
        return []
    (first, third), (low, high) = found.half, found.ninety
    spread = f"{found.median:.3g}; half within {first:.3g} to {third:.3g}, nine of ten within {low:.3g} to {high:.3g}"
    scores = f"PIT {found.pit:.2f}, CRPS {found.crps:.3g}, log score {found.log_score:.3g}"
    on = " in logarithms" if verdict.scale == "log" else ""
    return [("with error", f"{spread} {verdict.unit}".rstrip()), ("scores", scores + on)]


def _predict(row: Evidence, how: RowPlan | None, lab: Laboratory, before: bool, model: str) -> RowPrediction:
    if how is None:
        return RowPrediction(row, None, None, (), (), template(row))
    seen = None
    if not how.cannot:
        seen = lab.agrees(row.id) if how.direction else lab.effect(row.id)
    verdict = judge_row(row, lab, given=seen, prior=not before, judged=before or not not_judged())
    read, warnings = [], [lab.warnings[place] for place in how.places if place in lab.warnings]
    for reading in how.readings:
        drawn = lab.effect(row.id) if how.experiment is None else lab.read(how.experiment, reading)
        finite = drawn[np.isfinite(drawn)]
        low, middle, high = np.quantile(finite, [0.05, 0.5, 0.95]) if len(finite) else (np.nan,) * 3
        asks = f"; asked: {reading.asks}" if reading.asks else ""
        read.append(f"{reading}: {middle:.3g} ({low:.3g} to {high:.3g}){asks}")
    predictive = predictive_of(verdict, seen) if seen is not None else None
    ended = {"draws": lab.draws, "without_value": verdict.failed, "arms": _ended(how, lab)}
    return RowPrediction(row, how, verdict, tuple(read), tuple(dict.fromkeys(warnings)), "", predictive, ended, model)


def _ended(how: RowPlan, lab: Laboratory) -> dict[str, dict[str, int]]:
    """By arm, how many hosts ended how; of trials and levels how many failed."""
    found = {place: lab.arms.ended[place] for place in how.places if place in lab.arms.ended}
    return found | {p: {"failed": lab.failed[p]} for p in how.places if p in lab.failed and p not in found}


def _predicted(verdict: RowVerdict) -> str:
    said = predicted(verdict) + (", median and 5-95 % of draws" if verdict.median is not None else "")
    return said + (f"; {verdict.failed} draws without a value" if verdict.failed else "")


def _said(verdict: RowVerdict) -> str:
    why = {"calibrate": "fitted to it: no test"}.get(verdict.role, f"{verdict.role}, does not count")
    why = "built in: it supports nothing" if verdict.built_in else "" if verdict.role == "predict" else why
    return verdict.verdict + "".join(f"; {part}" for part in (why, excuse(verdict)) if part)
