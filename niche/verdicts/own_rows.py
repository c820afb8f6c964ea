"""One row at a time: what was measured, and whether the model predicted it. Rows may stand in files of one's own."""

import json
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from niche.errors import NicheError, unknown
from niche.evidence.laboratory import Laboratory
from niche.evidence.plans import plans as all_plans
from niche.evidence.plans import read_plans
from niche.evidence.row_plan import RowPlan
from niche.evidence.rows import Evidence, read_evidence, read_rows
from niche.model.observables import OBSERVABLES
from niche.verdicts.judging import judge_row, judged_against
from niche.verdicts.rules import RowVerdict
from niche.verdicts.tables import excuse, measured, predicted

_COMPARE = {"percent_change": "percent", "fold_change": "fold", "hazard_ratio": "fold", "absolute": "value"}
_FALLS = re.compile(r"\b(decreas|lower|down|fall|fell|reduc|less|inhibit)", re.IGNORECASE)
_SYSTEMS = (("human", r"\b(human|women|men|patients|volunteers)\b"), ("rat", r"\brats?\b"))


class RowPrediction(NamedTuple):
    """A row and what the model makes of it. Without a plan, `verdict` is None and `template` is a plan to fill in."""

    evidence: Evidence
    plan: RowPlan | None
    verdict: RowVerdict | None
    read: tuple[str, ...]
    warnings: tuple[str, ...]
    template: str

    def to_dict(self) -> dict[str, Any]:
        """Plain values: the shape of `niche predict --json`."""
        from niche.verdicts.record import plain_row

        known = {k: getattr(self.evidence, k) for k in ("id", "role", "statement", "doi", "file")}
        if self.verdict is None:
            return {**known, "planned": False, "template": self.template}
        experiment = self.plan.experiment.name if self.plan and self.plan.experiment else None
        found = {"planned": True, "experiment": experiment, "read": list(self.read), "warnings": list(self.warnings)}
        return {**known, **found, **plain_row(self.verdict)}


def predict_rows(
    rows: Sequence[str] = (),
    evidence: Path | None = None,
    experiment: Path | None = None,
    *,
    draws: int = 1000,
    seed: int = 1,
) -> list[RowPrediction]:
    """Judge rows of params/evidence, or of one's own files, which nothing is written to.

    rows : ids; none means every row of the files
    evidence : a CSV file of further rows, with role predict or context
    experiment : a YAML file that says how rows without a plan are simulated; it may use the experiments of params/
    raises : NicheError for unknown rows, or for what is wrong in a file, by name
    """
    known, plans = dict(read_evidence()), dict(all_plans())
    asked = list(rows)
    own = read_rows(evidence, known=known, outside=True) if evidence is not None else {}
    known |= own
    planned = read_plans(experiment, known) if experiment is not None else {}
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
    lab = Laboratory(draws, seed, plans=plans)
    return [_predict(known[row], plans.get(row), lab) for row in asked]


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


def _predict(row: Evidence, how: RowPlan | None, lab: Laboratory) -> RowPrediction:
    if how is None:
        return RowPrediction(row, None, None, (), (), template(row))
    verdict = judge_row(row, lab, prior=True)
    read, warnings = [], [lab.warnings[place] for place in how.places if place in lab.warnings]
    for reading in how.readings if how.experiment is not None else ():
        assert how.experiment is not None
        drawn = lab.read(how.experiment, reading)
        finite = drawn[np.isfinite(drawn)]
        low, middle, high = np.quantile(finite, [0.05, 0.5, 0.95]) if len(finite) else (np.nan,) * 3
        asks = f"; asked: {reading.asks}" if reading.asks else ""
        read.append(f"{reading}: {middle:.3g} ({low:.3g} to {high:.3g}){asks}")
    return RowPrediction(row, how, verdict, tuple(read), tuple(dict.fromkeys(warnings)), "")


def _predicted(verdict: RowVerdict) -> str:
    said = predicted(verdict) + (", median and 5-95 % of draws" if verdict.median is not None else "")
    return said + (f"; {verdict.failed} draws without a value" if verdict.failed else "")


def _said(verdict: RowVerdict) -> str:
    why = {"calibrate": "fitted to it: no test"}.get(verdict.role, f"{verdict.role}, does not count")
    why = "built in: it supports nothing" if verdict.built_in else "" if verdict.role == "predict" else why
    return verdict.verdict + "".join(f"; {part}" for part in (why, excuse(verdict)) if part)
