"""A plan to fill in for a row of evidence that has none."""

import json
import re

from niche.evidence.rows import Evidence
from niche.model.observables import OBSERVABLES

_COMPARE = {"percent_change": "percent", "fold_change": "fold", "hazard_ratio": "fold", "absolute": "value"}
_FALLS = re.compile(r"\b(decreas|lower|down|fall|fell|reduc|less|inhibit)", re.IGNORECASE)
_SYSTEMS = (("human", r"\b(human|women|men|patients|volunteers)\b"), ("rat", r"\brats?\b"))


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
