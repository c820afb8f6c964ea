"""The page "What we learned": the answer first, every finding with its word, number and what would refute it."""

import json

import pytest

from compendium.claims.findings import WORDS, Finding
from compendium.claims.stored_findings import CLAIM, read_findings, write_findings
from compendium.site.learned import notebook_of, page, summary
from niche.errors import NicheError


def made(name: str, word: str, **changes) -> Finding:
    values = {
        "id": name,
        "topic": "Does it?",
        "statement": f"{name} does <it>.",
        "number": "ratio of one over the other",
        "median": 1.4,
        "low": 1.1,
        "high": 1.9,
        "probability": 0.98,
        "before": 0.5,
        "word": word,
        "draws": 1000,
        "refuted_by": "A ratio of 1.",
        "rests_on": "doses that are assumed",
    }
    return Finding(**(values | changes))


def test_before_the_notebook_has_run_the_page_says_so(tmp_path):
    assert "Nothing yet" in page(tmp_path)
    assert read_findings(tmp_path) is None


def test_the_answer_comes_first_and_nothing_is_lost(tmp_path):
    found = [made(f"Thing {i}", word) for i, word in enumerate(WORDS)]
    write_findings(found, 1000, tmp_path)
    stored = read_findings(tmp_path)
    assert stored is not None
    assert list(stored.findings) == found
    text = page(tmp_path, "26_what-the-field-did-not-know")
    first = text.split("\n\n")[1]
    assert "Of 8 statements" in first
    assert "1 stands" in first
    assert "- Thing 0 does <it>." in text
    assert "*Not so:* Thing 4 does <it>." in text
    for i in range(len(WORDS)):
        assert f"Thing {i} does &lt;it&gt;." in text
    for word in ("1.4 (1.1 to 1.9)", "98 % of the draws", "50 % before any paper"):
        assert text.count(word) == len(WORDS)
    assert text.count("would refute it: a ratio of 1") == 3  # of what stands, is likely, or open
    assert "notebooks/26_what-the-field-did-not-know.ipynb" in text


def test_nothing_settled_is_said():
    assert "None of them is settled" in summary([made("a", "open"), made("b", "built in")])


def test_pictures_stand_with_their_topic(tmp_path):
    write_findings([made("a", "open")], 10, tmp_path)
    folder = tmp_path / CLAIM
    (folder / "one.png").write_bytes(b"\x89PNG")
    entry = {"caption": 'A "picture".', "alt": "Seen <so>.", "inputs": {"topic": "Does it?"}}
    (folder / "manifest.json").write_text(json.dumps({"figures": {"one": entry}}), encoding="utf-8")
    text = page(tmp_path)
    assert 'alt="Seen &lt;so&gt;."' in text
    assert "<figcaption>A &quot;picture&quot;.</figcaption>" in text


@pytest.mark.parametrize(
    ("text", "said"),
    [("{", "not readable as JSON"), ('{"draws": 1}', "findings"), ('{"draws": 1, "findings": [], "x": 1}', "'x'")],
)
def test_a_file_that_is_wrong_is_refused_by_name(tmp_path, text, said):
    (tmp_path / CLAIM).mkdir()
    (tmp_path / CLAIM / "findings.json").write_text(text, encoding="utf-8")
    with pytest.raises(NicheError, match=said) as error:
        read_findings(tmp_path)
    assert "findings.json" in str(error.value)


def test_findings_of_one_name_or_none_are_refused(tmp_path):
    for some in ([], [made("a", "open"), made("a", "open")]):
        with pytest.raises(NicheError, match="names of their own"):
            write_findings(some, 1, tmp_path)


def test_the_notebook_is_found_by_its_name():
    assert notebook_of(["01_a.ipynb", f"26_{CLAIM}.ipynb"]) == f"26_{CLAIM}"
    assert notebook_of(["01_a.ipynb"]) == ""
