"""References: each is of the paper it is said to be of, seen somewhere, and refused where it is not."""

import re
from dataclasses import replace

import msgspec
import pytest

from compendium.citing.agreement import disagreements, likeness
from compendium.citing.entry import BibEntry
from compendium.citing.library import gathered, read_references, works
from compendium.citing.names import PersonName, bibtex_names, split_name, split_names
from compendium.site.references import html_cited, html_reference
from niche.errors import NicheError
from niche.evidence.papers import read_papers
from niche.evidence.rows import read_evidence

_DOI = re.compile(r"10\.\d{4,9}/\S+")


def test_references_agree_with_the_papers_which_they_complete():
    assert list(disagreements(read_references(), read_papers())) == []


@pytest.mark.parametrize(
    ("field", "wrong"),
    [
        ("title", "Bone marrow nerves and the regeneration of blood"),
        ("year", 1899),
        ("authors", "Nobody NN, Else SE"),
        ("journal", "Journal of Something Else"),
        ("doi", "10.1000/another"),
    ],
)
def test_a_reference_of_another_paper_is_found(field, wrong):
    references = read_references()
    papers = read_papers()
    where, one = next(
        (where, one)
        for where, one in references.items()
        if one.paper and papers[one.paper].doi and one.seen and not one.corrects and not one.unverified
    )
    changed = msgspec.structs.replace(one, **{field: wrong})
    found = list(disagreements({where: changed}, papers))
    assert len(found) == 1
    assert where in found[0]
    assert field in found[0]
    reasoned = msgspec.structs.replace(changed, corrects={field: "a test"})
    assert not list(disagreements({where: reasoned}, papers))


def test_likeness_of_titles():
    """The same title as two pages print it; and two papers of one group on one matter (PubMed 20823155, 24389819)."""
    switch = "The sympathetic nervous system induces a metastatic switch in primary breast cancer"
    assert likeness(switch, "The Sympathetic Nervous System Induces a Metastatic Switch in Primary Breast Cancer.") == 1
    assert likeness("β-Blockers and <i>bone</i>", "beta-blockers and bone") == 1
    assert likeness(switch, "The sympathetic nervous system regulates metastasis of early breast tumours") < 0.75


def test_what_a_paper_file_has_from_memory_is_not_cited():
    """Where its note says that authors, title, journal or year are from memory, they were looked up or are left out."""
    own = {one.paper: one for one in read_references().values() if one.paper}
    loose = []
    for key, paper in read_papers().items():
        for part in re.findall(r"[^.;]*\bfrom memory\b", paper.note.replace("of the journal", "")):
            for word, field in (("author", "authors"), ("title", "title"), ("journal", "journal"), ("year", "year")):
                if re.search(rf"\b{word}s?\b", part.lower()):
                    one = own.get(key)
                    if one is None or not (getattr(one, field) or field in one.unverified):
                        loose.append((key, field))
    assert loose == []


def test_no_stand_in_is_cited_as_a_title_or_a_name():
    for one in works().all():
        words = f"{one.fields.get('title', '')} {one.fields.get('author', '')} {one.fields.get('journal', '')}"
        assert not re.search(r"not printed|not seen|labelled|in the part read", words), one.key


def test_identifiers_have_their_form():
    for one in works().all():
        assert _DOI.fullmatch(one.fields.get("doi", "10.1234/x")), one.key
        assert re.fullmatch(r"\d{1,9}", one.fields.get("pmid", "1")), one.key
        assert re.fullmatch(r"PMC\d{3,9}", one.fields.get("pmcid", "PMC123")), one.key
        assert re.fullmatch(r"(1[89]|20)\d\d", one.fields.get("year", "2000")), one.key


@pytest.mark.parametrize(
    ("text", "family", "given"),
    [
        ("Igor L. Bado", "Bado", "Igor L."),
        ("Bado IL", "Bado", "I. L."),
        ("Zhang XH-F", "Zhang", "X. H.-F."),
        ("G. van der Pluijm", "van der Pluijm", "G."),
        ("van der Pluijm G", "van der Pluijm", "G."),
        ("J. San Martin", "San Martin", "J."),
        ("Fernández del Río, Jaime", "Fernández del Río", "Jaime"),
        ("Barham K. Abu Dayyeh", "Abu Dayyeh", "Barham K."),
        ("SciPy 1.0 Contributors", "SciPy 1.0 Contributors", ""),
        (
            "Early Breast Cancer Trialists' Collaborative Group",
            "Early Breast Cancer Trialists' Collaborative Group",
            "",
        ),
    ],
)
def test_names(text, family, given):
    name = split_name(text)
    assert (name.family, name.given) == (family, given)
    assert bibtex_names(str(name)) == ((name,), True)


def test_lists_of_names():
    assert split_names("Bado IL, Zhang XHF") == (PersonName("Bado", "I. L."), PersonName("Zhang", "X. H. F."))
    assert split_names("Bado, Igor; Zhang, Xiang") == (PersonName("Bado", "Igor"), PersonName("Zhang", "Xiang"))
    assert bibtex_names("Bado, Igor and others") == ((PersonName("Bado", "Igor"),), False)


def test_a_list_of_two_names_is_not_taken_to_be_whole():
    papers = read_papers()
    key = next(key for key, one in papers.items() if len(one.authors) == 2)
    alone = gathered({}, {key: papers[key]}).by_paper[key]
    assert alone.fields["author"].endswith(" and others")
    assert "authors" in alone.missing
    assert alone.not_found  # every gap says why


def test_missing_parts_are_named():
    full = BibEntry("x", "article", dict.fromkeys(("author", "title", "journal", "year", "volume", "pages"), "1"))
    assert full.missing == ()
    assert full.note == ""
    short = replace(full, fields={**full.fields, "volume": ""}, not_found="The page prints no volume.")
    assert short.note == "Not recorded: volume. The page prints no volume."
    assert replace(short, without=("volume",)).missing == ()


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("- {title: A}", "a reference has a paper, a DOI"),
        ("- {doi: 10.1/a, title: A}", "not where they were seen"),
        ("- {doi: 10.1/a, titel: A}", "did you mean 'title'"),
        ("- {doi: 10.1/a, seen: [{source: pubmed page, at: x}]}", "did you mean 'PubMed page'"),
        ("- {doi: 10.1/a, year: 12, seen: [{source: PubMed page, at: x}]}", "references, item 1, year"),
        (
            "- {doi: 10.1/a, year: 1999, unverified: [year], seen: [{source: PubMed page, at: x}]}",
            "said to be unverified",
        ),
        ("- {doi: 10.1/a}\n- {doi: 10.1/A}", "one work, one reference"),
        ("- {paper: kondo-2011-isoprenalin}", "did you mean 'kondo-2011-isoprenaline'"),
    ],
)
def test_bad_references_are_refused(tmp_path, text, message):
    (tmp_path / "own.yaml").write_text(f"references:\n{text}\n", encoding="utf-8")
    with pytest.raises(NicheError, match=re.escape(message)) as raised:
        gathered(read_references(tmp_path), read_papers())
    assert "own.yaml" in str(raised.value)


def test_a_reference_reads_as_people_write_it():
    """Name, year, title, journal, volume, pages, DOI; and nothing of a file is markup."""
    line = html_reference(works().by_doi["10.1016/0771-050x(80)90013-3"])
    assert line.startswith(
        "Dormand JR, Prince PJ (1980). A family of embedded Runge-Kutta formulae. "
        "<i>Journal of Computational and Applied Mathematics</i> 6(1), 19–26. "
        '<a href="https://doi.org/10.1016/0771-050X(80)90013-3">'
    )
    assert "Not recorded" not in line
    wild = BibEntry("x", "article", {"title": "<script>alert(1)</script>", "author": "A & B, C"})
    assert "<script>" not in html_reference(wild)
    assert "Not recorded: journal, year, volume, pages." in html_reference(wild)


def test_a_row_names_its_paper_by_author_and_year():
    row = read_evidence()["VC27"]
    assert row.doi == "10.1007/s10585-007-9127-1"
    found = html_cited(row)
    assert re.search(
        r'<a title="[^"]{20,}" href="https://doi.org/10.1007/s10585-007-9127-1">Canon et al. 2008</a>', found
    )
