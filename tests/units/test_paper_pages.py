"""The pages of papers, of bias and of counts: nothing is left out, and nothing slips in unescaped."""

import re
from html import unescape

import msgspec
import pytest

from compendium.site import evidence_counts, paper_read, papers
from niche.atoms.build import atoms, experiments_of
from niche.evidence.paper_records import Measurement
from niche.evidence.papers import read_papers
from niche.params.records import root

KEY = "canon-2008-opgfc"


@pytest.fixture(scope="module")
def pages():
    return papers.pages()


def plain(page):
    """What a reader sees."""
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", page)).split())


def seen(words):
    return " ".join(words.split())


def test_every_paper_has_a_page_with_all_that_was_read_asked_and_not_asked(pages):
    for key, paper in read_papers().items():
        text = plain(pages[f"papers/{key}"])
        for one in paper.measurements:
            for words in (one.readout, one.where, one.note, one.not_asked):
                assert seen(words) in text, (key, one.id)
        for arm in paper.arms.values():
            assert seen(arm.done) in text, key
        for name, one in paper.simulated.items():
            assert all(seen(each.what) in text for each in one.differs), (key, name)
        assert seen(paper.laboratory) in text
        assert not paper.doi or f"https://doi.org/{paper.doi}" in pages[f"papers/{key}"]
        for domain in paper.risk_of_bias:
            assert domain in text, key
    for atom in atoms():
        assert f"<small>{atom.name}</small>" in pages[f"papers/{atom.paper}"]


def test_a_page_says_it_in_words(pages):
    text = plain(pages[f"papers/{KEY}"])
    for words in (
        "Read in its abstract only",
        "OPG-Fc 0.3 mg/kg, 11 times, day 0 to 23.33",  # what the model does, from its protocol
        "growth rate of tumour burden",
        "from the printed standard error",
        "SYRCLE's tool for animal studies",
    ):
        assert words in text, words
    text = plain(pages["papers/kondo-2011-isoprenaline"])
    for words in (
        "mouse, C57BL/6J, male",
        "isoprenaline 5 ug/g/day, osmotic pump under the skin",
        "infusion of isoprenaline 5 mg/kg/day",
        "2.4-fold logarithm 0.875",
        "no significant difference",
        "the wound of the pump, in all arms: nothing",
        "strength of a bone",
    ):
        assert words in text, words


def test_headings_are_words_and_no_codes_of_rows(pages):
    codes = {one.id for paper in read_papers().values() for one in paper.measurements}
    for name, page in pages.items():
        for heading in re.findall(r"^#+ (.+)$", page, flags=re.M):
            assert heading not in codes, name
    titles = [re.search(r"^# (.+)$", page, flags=re.M)[1] for page in pages.values()]
    assert len(titles) == len(read_papers()) + 2


@pytest.mark.parametrize(
    ("given", "text"),
    [
        ({"value": 4.1, "se": 0.4, "control_value": 2.9, "unit": "per mm"}, "4.1 ± 0.4 (SE) against 2.9 per mm"),
        ({"value": -30, "unit": "%", "sd": 12, "n": (8, 9)}, "-30 ± 12 (SD) %; n = 8, 9"),
        ({"value": 0.7, "unit": "hazard ratio", "low": 0.5, "high": 0.9}, "0.7 hazard ratio; 95 % interval 0.5 to 0.9"),
        ({"value": 2, "unit": "fold", "p": 0.03, "counts": ((3, 9), (1, 8))}, "2 fold; P = 0.03; 3 of 9, 1 of 8"),
        (
            {"kind": "bound", "bound": "below", "value": -90, "unit": "%", "p_below": 0.001},
            "less than -90 %; P < 0.001",
        ),
        ({"kind": "direction", "direction": "down"}, "lower, without a size"),
        ({"kind": "no effect", "p": 0.6}, "no significant difference; P = 0.6"),
        ({"kind": "order", "direction": "up"}, "rises from group to group"),
    ],
)
def test_a_number_stands_there_as_it_was_printed(given, text):
    base = {"id": "X", "readout": "x", "family": "tumour", "contrast": ("a", "b"), "kind": "number", "where": "x"}
    assert paper_read.printed(Measurement(**base | given)) == text


def test_what_a_paper_contains_is_escaped(monkeypatch):
    hostile = "<script>alert(1)</script>\"'><img src=x onerror=alert(1)>`"
    paper = read_papers()[KEY]
    words = dict.fromkeys(("title", "journal", "laboratory", "note", "doi", "pmid", "pmcid", "seen_at"), hostile)
    one = msgspec.structs.replace(
        paper.measurements[0], readout=hostile, where=hostile, note=hostile, not_asked=hostile, asked=None
    )
    arms = {name: msgspec.structs.replace(arm, done=hostile) for name, arm in paper.arms.items()}
    bad = msgspec.structs.replace(paper, **words, authors=(hostile,), measurements=(one,), arms=arms)
    monkeypatch.setattr(papers, "by_paper", dict)
    page = papers._page(KEY, bad)
    for markup in re.findall(r"```\{raw\} html\n(.*?)\n```", page, flags=re.S):
        assert not re.search(r"<(script|img)", markup)
        assert 'href="<' not in markup
    assert "\\<script\\>" in page  # the title, which is Markdown


def test_the_lists_name_every_paper_once(pages):
    for name in ("papers/index", "papers/risk-of-bias"):
        links = re.findall(r'<a href="([\w.-]+)\.html">', pages[name])
        assert sorted(links) == sorted(read_papers()), name


def test_each_experiment_is_there_with_all_its_arms(pages):
    for key in read_papers():
        text = plain(pages[f"papers/{key}"])
        for one in experiments_of(key).values():
            assert all(arm in text for arm in one.arms), key


# --- how many there are


def test_the_counts_are_what_the_papers_give():
    """`niche atoms --counts` renews docs/evidence-counts.md."""
    written = (root().parent / evidence_counts.PAGE).read_text(encoding="utf-8")
    assert written == evidence_counts.page(), "docs/evidence-counts.md is stale: `niche atoms --counts` renews it"


def test_the_counts_add_up():
    found = atoms()
    tables = evidence_counts.page().split("\n\n")
    totals = [line for table in tables for line in table.splitlines() if line.startswith("| **all**")]
    asked = [cell.strip() for cell in totals[1].strip("|").split("|")][1:]
    assert int(asked[3]) == len(found) == sum(map(int, asked[4:]))
    errors = [int(cell) for cell in totals[2].strip("|").split("|")[1:]]
    assert sum(errors[3:6]) == len(found)
    assert sum(errors[:3]) == sum(atom.kind == "number" for atom in found)
    ways = [int(cell) for cell in totals[3].strip("|").split("|")[1:]]
    assert sum(ways[3:]) == len(read_papers())


def test_there_are_at_least_two_hundred_papers_and_six_hundred_atoms():
    assert len({atom.paper for atom in atoms()}) >= 200
    assert len(atoms()) >= 600
