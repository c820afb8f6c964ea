"""JSON schemas of the files that people write, for editors: `niche schema` writes them to params/schemas."""

import json
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any

from compendium.figures.journal_files import JournalFile
from compendium.press.layout import PanelFile
from compendium.run.inputs import RunFile
from compendium.sweep.files import SweepFile
from niche.analysis.stored import StoredFile
from niche.answering.records import AnswerFile
from niche.answering.registry import ClaimFile
from niche.evidence.paper_records import Paper
from niche.evidence.plan_files import PlanFile, RowEntry
from niche.evidence.table_row import TableRow
from niche.files import write_whole
from niche.imaging.files import ImagingFile
from niche.kinetics.files import KineticsFile, LevelRowEntry
from niche.params.files import ConditionFile, CouplingFile, DrugFile, LineFile, ModelFile, SystemFile
from niche.params.own_layers import OwnStrainFile
from niche.params.records import root
from niche.params.schema import Text, json_schema
from niche.predictions.candidates import CandidateFile
from niche.propositions.records import PropositionFile
from niche.supporting.groups import SupportFile
from niche.trials.files import (
    CohortEntry,
    DrugGiven,
    HazardFile,
    RecurrenceFile,
    TakersFile,
    TranslationFile,
    TrialEntry,
    TrialFile,
    TrialRowEntry,
)

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
        "imaging": ("params/imaging: scanners, what they show, what is seen", ImagingFile),
        "hazards": ("params/trials/hazards.yaml: causes of events", HazardFile),
        "trials": ("params/trials/rows.yaml: published rows of trials", TrialFile),
        "recurrence": ("params/trials/recurrence.yaml", RecurrenceFile),
        "takers": ("params/trials/cohorts.yaml: a cohort in which a drug does nothing", TakersFile),
        "translation": ("params/trials/translation.yaml: a blocker in mouse and patient", TranslationFile),
        "claims": ("params/claims.yaml: what is claimed", ClaimFile),
        "experiments": ("params/experiments: how rows of evidence are simulated", PlanFile),
        "tissue": ("params/tissue: what a slice of marrow needs beyond the model", ModelFile),
        "own_strains": ("strains of one's own, for niche predict --strain", OwnStrainFile),
        "evidence_row": ("a row of a table of evidence", TableRow),
        "paper": ("params/papers: a paper as it was read", Paper),
        "support": ("params/support.yaml: what counts as alike for niche.support", SupportFile),
        "candidates": ("params/candidates.yaml: experiments that nobody has published", CandidateFile),
        "propositions": ("params/propositions: what claims assert piece by piece", PropositionFile),
        "journals": ("params/journals: what a journal asks of a figure", JournalFile),
        "panels": ("a file for niche figures --compose: what stands where on a page", PanelFile),
        "runs": ("params/runs, and a file of one's own: parameters of notebooks", RunFile),
        "answers": ("params/answers.json: what the fit says of each proposition", AnswerFile),
        "stored": ("params/sensitivity: how tables were made, and what they belong to", StoredFile),
        "sweep": ("the specification of a sweep", SweepFile),
    }
)


class OwnPlan(PlanFile):
    """A plan file outside params/: experiments and what trials are made of, and rows of three kinds."""

    cohorts: dict[Text, CohortEntry] | None = None
    regimens: dict[Text, tuple[DrugGiven, ...]] | None = None
    trials: dict[Text, TrialEntry] | None = None


def schemas() -> dict[str, str]:
    """The text of each schema, by the name of its file."""
    made = {f"{name}.json": json_schema(kind, about) for name, (about, kind) in KINDS.items()}
    return made | {"own_plan.json": _own_plan()}


def _own_plan() -> str:
    """A row of an own plan is one of three kinds, told apart by its keys, which no record can say."""
    made = json.loads(json_schema(OwnPlan, "a plan file for niche predict: experiments, trials, levels of drugs"))
    others = json.loads(json_schema(tuple[LevelRowEntry, TrialRowEntry], ""))
    made["$defs"] |= others["$defs"]
    kinds = [{"$ref": f"#/$defs/{kind.__name__}"} for kind in (RowEntry, LevelRowEntry, TrialRowEntry)]
    made["$defs"]["OwnPlan"]["properties"]["rows"] = {"type": "object", "additionalProperties": {"anyOf": kinds}}
    return json.dumps(made, indent=1, ensure_ascii=False) + "\n"


def write_schemas(folder: Path | None = None) -> list[Path]:
    """Write each schema to a folder (params/schemas), and return the files."""
    base = folder or root() / "schemas"
    base.mkdir(parents=True, exist_ok=True)
    return [write_whole(base / name, text) for name, text in schemas().items()]
