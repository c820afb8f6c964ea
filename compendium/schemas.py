"""JSON schemas of the files that people write, for editors: `niche schema` writes them to params/schemas."""

from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any

from compendium.figures.journal_files import JournalFile
from compendium.run.inputs import RunFile
from compendium.sweep.files import SweepFile
from niche.evidence.papers import Paper
from niche.evidence.plan_files import PlanFile
from niche.evidence.table_row import TableRow
from niche.files import write_whole
from niche.kinetics.files import KineticsFile
from niche.params.files import ConditionFile, CouplingFile, DrugFile, LineFile, ModelFile, SystemFile
from niche.params.records import root
from niche.params.schema import json_schema
from niche.trials.files import HazardFile, RecurrenceFile, TakersFile, TranslationFile, TrialFile
from niche.verdicts.files import ClaimFile, ExpectedFile

# Name of a kind of file, what it holds, and its record.
KINDS: Mapping[str, tuple[str, Any]] = MappingProxyType(
    {
        "model": ("params/model: the numbers of the model, for every host", ModelFile),
        "systems": ("params/systems: one species", SystemFile),
        "lines": ("params/lines: tumour lines", LineFile),
        "drugs": ("params/drugs: drugs that fill a slot of the model", DrugFile),
        "conditions": ("params/conditions: diets, operations, genotypes, treatments", ConditionFile),
        "coupling": ("params/coupling: how the level of a drug enters the model", CouplingFile),
        "kinetics": ("params/kinetics: drugs in three tiers", KineticsFile),
        "hazards": ("params/trials/hazards.yaml: causes of events", HazardFile),
        "trials": ("params/trials/rows.yaml: published rows of trials", TrialFile),
        "recurrence": ("params/trials/recurrence.yaml", RecurrenceFile),
        "takers": ("params/trials/cohorts.yaml: a cohort in which a drug does nothing", TakersFile),
        "translation": ("params/trials/translation.yaml: a blocker in mouse and patient", TranslationFile),
        "claims": ("params/claims.yaml: what is claimed", ClaimFile),
        "expected_rows": ("params/expected_rows.yaml: verdicts of today", ExpectedFile),
        "experiments": ("params/experiments, and a file of one's own: how rows of evidence are simulated", PlanFile),
        "evidence_row": ("a row of a table of evidence", TableRow),
        "paper": ("params/papers: a paper as it was read", Paper),
        "journals": ("params/journals: what a journal asks of a figure", JournalFile),
        "runs": ("params/runs, and a file of one's own: parameters of notebooks", RunFile),
        "sweep": ("the specification of a sweep", SweepFile),
    }
)


def schemas() -> dict[str, str]:
    """The text of each schema, by the name of its file."""
    return {f"{name}.json": json_schema(kind, about) for name, (about, kind) in KINDS.items()}


def write_schemas(folder: Path | None = None) -> list[Path]:
    """Write each schema to a folder (params/schemas), and return the files."""
    base = folder or root() / "schemas"
    base.mkdir(parents=True, exist_ok=True)
    return [write_whole(base / name, text) for name, text in schemas().items()]
