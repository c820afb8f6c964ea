"""One more entry of any table of params/ leaves every other number as it was: nothing hangs on a place in a list."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np

import niche
from niche.params.records import root

NUMBERS = """
import sys
import numpy as np
import niche
from niche.evidence.laboratory import Laboratory
from niche.kinetics import levels
from niche.trials import VirtualPatients
from niche.trials.cohort import Cohort
from niche.trials.row_effects import trial_effect
from niche.trials.rows import trial_row
found = {}
ward = VirtualPatients(2, 2)
for line in ("breast cancer patient", "lung cancer patient", "prostate cancer patient"):
    people = ward.people(line)
    found |= {f"{line} {n}": x for n, x in zip(people.parameters._fields, people.parameters)}
    found[f"{line} bodies"] = people.bodies
found["trial"] = trial_effect(trial_row("CL012"), ward)
made = ward.population(Cohort({"breast cancer patient": 1.0}), {"": ()}, 56, ["SRE", "death"], 5)
found |= {f"frailty {n}": x for n, x in made.frailty.items()}
lab = Laboratory(4, 1)
found |= {row: lab.effect(row) for row in ("SB34", "VC28", "CL097")}
found["level"] = levels("denosumab", "120 mg sc every 4 weeks", 60, people=3, seed=2).free
from niche.kinetics.table import read_drugs
from niche.params.layers import read_registry
from niche.evidence.rows import read_evidence
from niche.answering.registry import read_entries
base = read_registry()
tables = (base.lines, base.conditions, base.drugs, read_drugs(), read_evidence(), read_entries())
found["entries"] = np.array([len(table) for table in tables])
found |= {f"of bone destruction {row}": lab.effect(row) for row in ("VC48", "VC49", "VC51", "VC52", "BE04")}
np.savez(sys.argv[1], **{str(i): x for i, x in enumerate(found.values())}, names=np.array(list(found)))
"""


ADDED = {
    "lines/aaa.yaml": """
source: made up
lines:
  AAA:
    about: a line that nobody has
    parameters:
      growth: {value: 0.4, unit: 1/day, kind: assumed, range: [0.2, 0.81], prior: "lognormal(0.3, 0.5)"}
      inoculum: {value: 3.0e-6, unit: "1", kind: assumed, range: [1.0e-9, 0.01], prior: "lognormal(3.0e-6, 1)"}
""",
    "conditions/aaa.yaml": """
source: made up
conditions:
  aaa:
    kind: diet
    about: a diet that nobody eats
    inputs:
      PTH_added: {value: 250, unit: pM/day, kind: assumed, range: [0, 20000], prior: "lognormal(250, 1)"}
""",
}
CLAIM = """
  aaa:
    number: 99
    title: One more
    statement: One more claim.
    source: made up
"""


def copied(folder: Path) -> Path:
    """The science and its numbers, to be changed."""
    shutil.copytree(Path(niche.__file__).parent, folder / "niche", ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copytree(root(), folder / "params")
    return folder / "params"


def with_one_more(params: Path) -> None:
    """A line, a condition, a drug with its kinetics and its way into the model, a row and a claim, each first."""
    for name, text in ADDED.items():
        (params / name).write_text(text, encoding="utf-8")
    for table in ("drugs", "kinetics"):
        for file in sorted((params / table).glob("*.yaml")):
            text = file.read_text(encoding="utf-8")
            if "\n  denosumab:" in text:
                block = re.search(r"\n  denosumab:.*?(?=\n  \w|\Z)", text, re.DOTALL)
                assert block is not None
                source = 'source: "made up"\ndrugs:'
                (params / table / "aaa.yaml").write_text(source + block[0].replace("denosumab:", "aaa mab:", 1) + "\n")
    rows = (params / "evidence/added.csv").read_text(encoding="utf-8").splitlines()
    (params / "evidence/aaa.csv").write_text("\n".join([rows[0], "AA99" + rows[1][rows[1].index(",") :]]) + "\n")
    with (params / "claims.yaml").open("a", encoding="utf-8") as file:
        file.write(CLAIM)


def numbers(folder: Path) -> dict[str, np.ndarray]:
    there = {**os.environ, "PYTHONPATH": str(folder)}
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", NUMBERS, str(folder / "found.npz")],
        env=there,
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    with np.load(folder / "found.npz") as kept:
        return {str(name): kept[str(i)] for i, name in enumerate(kept["names"])}


def test_one_more_entry_of_each_table_changes_no_other_number(tmp_path):
    copied(tmp_path / "before")
    with_one_more(copied(tmp_path / "after"))
    before, after = numbers(tmp_path / "before"), numbers(tmp_path / "after")
    assert before.keys() == after.keys()
    assert after.pop("entries").sum() == before.pop("entries").sum() + 6  # it was read
    changed = [name for name, value in before.items() if not np.array_equal(value, after[name], equal_nan=True)]
    assert not changed
