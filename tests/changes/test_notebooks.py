"""The stored notebooks are what they should be: executed, in the common form, and telling today's answers."""

import ast
import json
import re

import pytest

from niche.answering.claim import claim, claim_ids
from niche.evidence.papers import read_papers
from niche.evidence.rows import read_evidence
from niche.model.state import Parameters
from niche.params.records import root

FOLDER = root().parent / "notebooks"
CODE = re.compile(r"\b[A-Z]{2}\d{2,3}\b")
QUOTED = re.compile(r"`([a-z][a-z0-9_]*)`")
ASKED = [name for name in claim_ids() if not claim(name).kind]  # of the literature, not a check


def cells(name: str) -> list[dict]:
    return json.loads((FOLDER / claim(name).notebook).read_text(encoding="utf-8"))["cells"]


def text(cell: dict) -> str:
    return "".join(cell["source"])


def prose(name: str) -> str:
    return "\n\n".join(text(cell) for cell in cells(name) if cell["cell_type"] == "markdown")


def test_every_claim_has_its_notebook_and_no_other_is_there():
    found = {file.name for file in FOLDER.glob("[0-9]*.ipynb")}
    assert {claim(name).notebook for name in claim_ids()} <= found


@pytest.mark.parametrize("name", claim_ids())
def test_it_is_executed_whole_without_errors_or_noise(name):
    code = [cell for cell in cells(name) if cell["cell_type"] == "code"]
    assert [cell["execution_count"] for cell in code] == list(range(1, len(code) + 1))
    kinds = [output["output_type"] for cell in code for output in cell["outputs"]]
    assert "error" not in kinds
    assert all(output.get("name") != "stderr" for cell in code for output in cell["outputs"])


@pytest.mark.parametrize("name", claim_ids())
def test_it_has_the_common_form(name):
    tags = [tag for cell in cells(name) for tag in cell["metadata"].get("tags", [])]
    assert tags.count("parameters") == 1
    assert tags.count("nbval-check-output") == 1
    assert max(len(text(cell).splitlines()) for cell in cells(name) if cell["cell_type"] == "code") <= 15
    parts = ["**Claim.**", "**Measured.**", "<!-- answers -->", "## The mechanism"]
    if name in ASKED:
        parts = [
            *parts,
            "## What the papers say",
            "## What the model adds",
            "## Papers, prediction, control",
            "## What it hangs on",
            "## What the model was never told",
        ]
    headings = prose(name)
    assert [part for part in (*parts, "What would change our mind") if part not in headings] == []


@pytest.mark.parametrize("name", ASKED)
def test_the_papers_speak_before_any_model_and_the_answers_are_shown(name):
    shown = [text(cell) for cell in cells(name) if cell["cell_type"] == "code"]
    order = ["claim.reading()", "claim.told()", "claim_card(claim.id", "claim.hangs_on()", "niche.support("]
    places = [next(i for i, one in enumerate(shown) if part in one) for part in order]
    assert places == sorted(places)
    runs = [i for i, one in enumerate(shown) if re.search(r"\b(simulate|Laboratory|levels|species_effect)\(", one)]
    assert runs
    assert places[0] < runs[0]


@pytest.mark.parametrize("name", claim_ids())
def test_the_head_has_the_answers_of_today(name):
    assert claim(name).answers.sentence in text(cells(name)[0])


@pytest.mark.parametrize("name", claim_ids())
def test_running_text_has_no_codes_of_rows_and_no_names_of_the_code(name):
    known = {*read_evidence(), *(one.id for paper in read_papers().values() for one in paper.measurements)}
    said = prose(name) + "".join(captions(name))
    assert sorted({code for code in CODE.findall(said) if code in known}) == []
    assert sorted({word for word in QUOTED.findall(said) if word in Parameters._fields}) == []


def captions(name: str) -> list[str]:
    """What is written below figures, and what somebody hears who cannot see them."""
    found = []
    for cell in cells(name):
        calls = ast.walk(ast.parse(text(cell))) if cell["cell_type"] == "code" else ()
        words = [key for call in calls if isinstance(call, ast.Call) for key in call.keywords]
        given = [key.value for key in words if key.arg in ("caption", "alt")]
        found += [one.value for one in given if isinstance(one, ast.Constant) and isinstance(one.value, str)]
    return found
