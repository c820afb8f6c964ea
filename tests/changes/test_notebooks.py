"""The stored notebooks are what they should be: executed, in the common form, and telling today's verdict."""

import json

import pytest

from niche.params.records import root
from niche.verdicts.claims import claim, claim_ids

FOLDER = root().parent / "notebooks"


def cells(name: str) -> list[dict]:
    return json.loads((FOLDER / claim(name).notebook).read_text(encoding="utf-8"))["cells"]


def text(cell: dict) -> str:
    return "".join(cell["source"])


def test_every_claim_has_its_notebook_and_no_other_is_there():
    assert {claim(name).notebook for name in claim_ids()} == {file.name for file in FOLDER.glob("[0-9]*.ipynb")}


@pytest.mark.parametrize("name", claim_ids())
def test_it_is_executed_without_errors_or_noise(name):
    code = [cell for cell in cells(name) if cell["cell_type"] == "code"]
    counts = [cell["execution_count"] for cell in code]
    assert counts == sorted(set(counts))
    kinds = [output["output_type"] for cell in code for output in cell["outputs"]]
    assert "error" not in kinds
    assert all(output.get("name") != "stderr" for cell in code for output in cell["outputs"])


@pytest.mark.needs_judged
@pytest.mark.parametrize("name", claim_ids())
def test_no_cell_was_taken_out_since_it_ran(name):
    """Of a kept notebook cells may be gone whose measurements are."""
    code = [cell for cell in cells(name) if cell["cell_type"] == "code"]
    assert [cell["execution_count"] for cell in code] == list(range(1, len(code) + 1))


@pytest.mark.parametrize("name", claim_ids())
def test_it_has_the_common_form(name):
    tags = [tag for cell in cells(name) for tag in cell["metadata"].get("tags", [])]
    assert tags.count("parameters") == 1
    assert tags.count("nbval-check-output") == 1
    assert max(len(text(cell).splitlines()) for cell in cells(name) if cell["cell_type"] == "code") <= 15
    headings = "\n".join(text(cell) for cell in cells(name) if cell["cell_type"] == "markdown")
    parts = [
        "**Claim.**",
        "**Measured.**",
        "## The mechanism",
        "## Control",
        "## Verdict",
        "What would change our mind",
    ]
    assert [part for part in parts if part not in headings] == []


@pytest.mark.needs_judged
@pytest.mark.parametrize("name", claim_ids())
def test_the_words_agree_with_the_registry_and_the_stored_verdict(name):
    assert f"**Verdict: {claim(name).expected}.**" in text(cells(name)[0])
    stored = json.loads((root().parent / "figures" / name / "verdict.json").read_text(encoding="utf-8"))
    assert stored["verdict"] == claim(name).expected
    assert stored["changed"] == []
