"""What follows from the answers: cards and boxes of the site, README, report, heads of notebooks, a figure."""

import json
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
from niche.answering.claim import claim, claim_ids
from niche.answering.claims import answers
from niche.answering.hangs_on import hangs_on_of
from niche.answering.reading import reading_of
from niche.answering.records import MechanismAnswer
from niche.answering.stored import read_answers, write_answers
from niche.answering.told import told_of
from niche.answering.words import counted
from niche.errors import NicheError
from niche.params.records import root

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
    asserting = sum(bool(one.propositions) for one in answers())
    assert said.startswith(f"{asserting} claims of the literature, which assert ")
    assert f"{counted(len(claim_ids()) - asserting)} notebooks check" in said


def test_the_first_page_counts_what_the_fit_shows_of_mechanisms_without_a_word():
    first = answers()[1]
    later = MechanismAnswer("not yet computed", papers=4, labs=3, pi=0.99, rho=0.9, nu=0.01)
    ways = [("supported", "weakly supported", "undetermined"), ("weakly supported", "undetermined"), ("contradicted",)]
    pieces = tuple(
        msgspec.structs.replace(first.propositions[0], mechanism=msgspec.structs.replace(later, can_be=way))
        for way in ways
    )
    said = pages.totals([msgspec.structs.replace(first, propositions=pieces)])
    assert "the fitted model already shows 2 effects as stated, 1 of them perhaps weakly" in said
    assert "already shows" not in pages.totals([msgspec.structs.replace(first, propositions=pieces[2:])])


def test_the_page_of_claims_has_the_answers_in_place_of_rows():
    page = claims_page((), answers())
    assert "15 of 15 published numbers come out as printed." in page
    assert "Rows:" not in page
    assert claims_page((), []).count("## ") == 0


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
    """The head stands between its marks; a second time nothing changes; the rest is as it was."""
    told = answers([name])[0]
    before = (HOME / "notebooks" / claim(name).notebook).read_text(encoding="utf-8")
    after = heads.notebook_with_answers(before, told)
    assert heads.notebook_with_answers(after, told) == after
    nbformat.validate(json.loads(after))
    old, new = json.loads(before)["cells"], json.loads(after)["cells"]
    assert new[1:] == old[1:]
    first = "".join(new[0]["source"])
    assert told.sentence in first
    assert first.split("<!-- answers -->")[0] == "".join(old[0]["source"]).split("<!-- answers -->")[0]


def test_a_notebook_without_a_place_is_named():
    told = answers(["05"])[0]
    content = json.loads((HOME / "notebooks" / claim("05").notebook).read_text(encoding="utf-8"))
    content["cells"][0]["source"] = ["# 05\n"]
    with pytest.raises(NicheError, match=r"05_beta-.*\.ipynb, first cell has no place for the table of answers"):
        heads.notebook_with_answers(json.dumps(content), told)


def test_the_report_says_the_answers():
    told = answers(["05"])
    page = as_markdown(told, {told[0].id: {}}, {"draws": 5})
    assert told[0].sentence in page
    assert page.count("| conflicting | contradicted | misfits |") == 2  # in the table of all, and at the claim


def test_what_is_told_and_what_it_hangs_on_is_shown_in_words_and_escaped():
    """Numbers are those of the answers; no code of a coupling stands where a reader looks."""
    found = niche.claim("05")
    for shown in (found.told(), found.hangs_on()):
        Nested(shown._repr_html_())
        assert "b2_rankl" not in str(shown)
        assert str(shown) == repr(shown)
    (one,) = (piece for piece in found.answers.propositions if piece.mechanism.D is not None and piece.id == "05c")
    assert f"D = {one.mechanism.D:+.2f}" in str(found.told())
    first = one.mechanism.influence[0]
    line = next(line for line in found.hangs_on().lines if line[0] == one.statement)
    assert f"({first.difference:+.1f})" in line[2]
    assert line[3] == f"{one.mechanism.D - first.difference:+.1f} of {one.mechanism.D:+.1f}"
    assert "beta2 on bone" in line[1]
    bad = "<script>alert(1)</script>"
    piece = msgspec.structs.replace(one, sentence=bad, statement=bad)
    hostile = msgspec.structs.replace(found.answers, sentence=bad, propositions=(piece,))
    assert bad not in told_of(hostile)._repr_html_() + hangs_on_of(hostile)._repr_html_()
    assert str(niche.claim("22").hangs_on()) == "no statement whose answer could hang on anything"


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
