"""What follows from the answers: cards and boxes of the site, README, report, heads of notebooks, a figure."""

import json
import re
from html.parser import HTMLParser

import msgspec
import nbformat
import pytest
from made_answers import UP, fitted

import niche
from compendium import figures
from compendium.run import heads
from compendium.run.report import as_markdown
from compendium.site import answers as pages
from compendium.site.tables import claims_page
from niche.answering import stored
from niche.answering.claims import answers
from niche.answering.reading import reading_of
from niche.answering.stored import read_answers, write_answers
from niche.errors import NicheError
from niche.params.records import root
from niche.verdicts.claims import claim, claim_ids

HOME = root().parent


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    """Answers of claim 05 in place of params/answers.json."""
    monkeypatch.setattr(stored, "freeze_hash", stored._frozen)
    given = {"05a": fitted(), "05c": fitted(head=-UP, p=0.001, outside=3)}
    write_answers(given, verified={"remodelling-balance": (15, 15)}, folder=tmp_path)
    monkeypatch.setattr(stored, "root", lambda: tmp_path)
    yield tmp_path
    read_answers.cache_clear()


class Nested(HTMLParser):
    """Whether every tag that is opened is closed in its place."""

    def __init__(self, markup):
        super().__init__()
        self.open, self.links = [], []
        self.feed(markup)
        assert not self.open, self.open

    def handle_starttag(self, tag, attrs):
        self.open.append(tag)
        self.links += [value for name, value in attrs if name == "href"]

    def handle_endtag(self, tag):
        assert self.open.pop() == tag


def test_cards_lead_to_the_notebooks_that_are_there():
    file = claim("05").notebook
    page = pages.cards(answers(), [file])
    assert Nested(page).links == [f"notebooks/{file.removesuffix('.ipynb')}.html"]
    assert page.count('class="card') == len(claim_ids())
    assert 'title="mechanism: contradicted"' in page
    assert 'title="model: misfits"' in page


def test_a_word_has_a_sign_and_not_its_colour_alone():
    for sign in ("✓", "◐", "✗", "–"):
        assert f'<i aria-hidden="true">{sign}</i>' in pages.legend()


def test_the_first_page_counts_the_words():
    said = pages.totals(answers())
    assert "1 is supported" in said
    assert "1 is contradicted" in said
    assert re.match(r"22 claims, which assert \d+ statements\.", said)


def test_the_page_of_claims_has_the_answers_in_place_of_rows():
    page = claims_page({}, [], answers())
    assert "15 of 15 published numbers come out as printed." in page
    assert "Rows:" not in page
    assert "Rows:" in claims_page({}, [])


def test_what_a_statement_says_cannot_run():
    one = answers(["05a"])[0]
    bad = "<script>alert(1)</script>"
    piece = msgspec.structs.replace(one.propositions[0], sentence=bad, statement=bad)
    page = pages.box(msgspec.structs.replace(one, sentence=bad, propositions=(piece,)))
    assert bad not in page


def test_the_readme_gets_the_table_between_its_marks():
    before = (HOME / "README.md").read_text(encoding="utf-8")
    after = heads.readme_with_answers(before, answers())
    assert after.split("<!-- claims -->")[0] == before.split("<!-- claims -->")[0]
    assert after.split("<!-- /claims -->")[1] == before.split("<!-- /claims -->")[1]
    assert "| conflicting | contradicted | misfits | Papers disagree whether it is beta2" in after
    with pytest.raises(NicheError, match=r"README\.md has no place for the table of claims"):
        heads.readme_with_answers("# None\n", answers())


@pytest.mark.parametrize("name", claim_ids())
def test_heads_of_notebooks(name):
    """The head takes the place of the former verdict; a second time nothing changes; the rest is as it was."""
    told = answers([name])[0]
    before = (HOME / "notebooks" / claim(name).notebook).read_text(encoding="utf-8")
    after = heads.notebook_with_answers(before, told)
    assert heads.notebook_with_answers(after, told) == after
    nbformat.validate(json.loads(after))
    old, new = json.loads(before)["cells"], json.loads(after)["cells"]
    assert len(new) == len(old) + (2 if told.propositions else 0)
    first = "".join(new[0]["source"])
    assert told.sentence in first
    assert "**Verdict" not in first
    assert "".join(old[0]["source"]).split("**Verdict")[0] in first
    kept = [cell for cell in new[1:] if cell in old]
    assert len(kept) == len(old) - 1


def test_a_notebook_without_a_place_is_named():
    told = answers(["05"])[0]
    content = json.loads((HOME / "notebooks" / claim("05").notebook).read_text(encoding="utf-8"))
    content["cells"][0]["source"] = ["# 05\n"]
    with pytest.raises(NicheError, match=r"05_beta-.*\.ipynb, first cell: no place for the answers"):
        heads.notebook_with_answers(json.dumps(content), told)


def test_the_report_says_the_answers_in_place_of_rows():
    record = {"id": "beta-adrenergic-osteoclastogenesis", "title": "T", "rows": [], "verdict": "x", "expected": "x"}
    page = as_markdown([record | {"control": None}], {"draws": 5}, "| table |", {})
    assert answers(["05"])[0].sentence in page
    assert "expected" not in page


def test_what_the_papers_say_is_shown_before_any_model():
    found = niche.claim("13").reading()
    page = found._repr_html_()
    Nested(page.replace("<br>", ""))
    assert "first skeletal-related event: denosumab" in page
    assert "ratio 0.813 (95 % interval 0.673 to 0.983)" in page
    assert "supported" not in page
    frame = found.to_frame()
    assert list(frame["for"]) == ["3", "4", "1"]
    assert str(found).count("read: ") == 3
    assert str(niche.claim("22").reading()) == "no statement that a paper could speak to"


def test_a_figure_has_an_arrow_for_each_paper(tmp_path):
    found = niche.claim("05").reading()
    figure, data = figures.votes(found)
    assert len(data) == sum(one.evidence.stands.all for one in found.propositions)
    marks = [line for line in figure.axes[0].lines if line.get_marker() in ("^", "v", "_", "D")]
    assert len(marks) == len(data)
    assert figures.problems(figure) == []
    figures.save(figure, "a-claim", "papers", data, caption="A caption.", alt="An alternative.", out=tmp_path)
    assert (tmp_path / "a-claim" / "papers.svg").is_file()
    with pytest.raises(NicheError, match="no paper speaks to sensitivity"):
        figures.votes(reading_of(answers(["23"])[0]))
