"""The files of params/papers: what they must have, and that they say what is wrong."""

import pytest
import yaml

from niche.errors import NicheError
from niche.evidence.papers import read_papers

GOOD = {
    "title": "A title",
    "authors": ["A. One", "B. Two"],
    "year": 2011,
    "journal": "Bone",
    "laboratory": "Two, Town",
    "read": "abstract",
    "kind": "healthy rodent",
    "doi": "10.1000/1",
    "host": {"species": "mouse", "strain": "C57BL/6J", "sex": "male"},
    "arms": {"vehicle": {"done": "saline pump", "n": 8}, "treated": {"done": "isoprenaline 5 mg/kg/day", "n": 8}},
    "measurements": [
        {
            "id": "XX01",
            "readout": "Oc.N/BS",
            "family": "bone cells",
            "contrast": ["treated", "vehicle"],
            "kind": "number",
            "value": 2.4,
            "unit": "fold",
            "day": 14,
            "where": "Abstract",
        }
    ],
}


def written(folder, **changed):
    (folder / "one.yaml").write_text(yaml.safe_dump({**GOOD, **changed}), encoding="utf-8")
    return folder


def test_every_paper_of_params_is_read():
    for key, paper in read_papers().items():
        assert key == key.lower()
        assert paper.measurements or paper.note


def test_a_paper_as_it_should_be(tmp_path):
    found = read_papers(written(tmp_path))["one"]
    assert found.measurements[0].value == 2.4
    assert found.arms["vehicle"].n == 8


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"laboratory": ""}, "laboratory"),
        ({"read": "abstrct"}, "abstrct"),
        ({"kind": "mouse"}, "kind"),
        ({"arms": {"vehicle": {"done": "x"}}}, "XX01: unknown arm 'treated'"),
        ({"doi": ""}, "a paper has a DOI"),
        ({"measurements": [{**GOOD["measurements"][0], "value": None}]}, "XX01: a number needs its value"),
        ({"measurements": [{**GOOD["measurements"][0], "kind": "direction"}]}, "XX01: a direction is up or down"),
        ({"measurements": [{**GOOD["measurements"][0], "se": -1}]}, "se"),
        ({"measurements": GOOD["measurements"] * 2}, "stands there twice"),
    ],
)
def test_what_is_wrong_is_said_by_file_and_key(tmp_path, change, message):
    with pytest.raises(NicheError, match=r"papers/one\.yaml") as refused:
        read_papers(written(tmp_path, **change))
    assert message in str(refused.value)


def test_a_doi_stands_in_one_paper(tmp_path):
    written(tmp_path)
    (tmp_path / "two.yaml").write_text(yaml.safe_dump(GOOD), encoding="utf-8")
    with pytest.raises(NicheError, match=r"stands in papers/one\.yaml already"):
        read_papers(tmp_path)
