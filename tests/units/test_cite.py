"""`niche cite`: what parsers that others wrote read from it, and that nothing is made up."""

import json
import re
from pathlib import Path

import bibtexparser
import jsonschema
import pytest
from bibtexparser.middlewares import LatexDecodingMiddleware

import compendium
import niche
from compendium.citing import bibtex, cite
from compendium.citing.bibliography import entries
from compendium.citing.entry import BibEntry
from compendium.citing.found import of_doi, of_row, references
from compendium.citing.library import works
from compendium.citing.ris import write_ris
from compendium.cli import main as cli
from compendium.site.references import html_cited
from niche.errors import NicheError
from niche.evidence.papers import read_papers
from niche.evidence.rows import read_evidence


def parsed(text: str) -> dict:
    """Entries by key, of a text without any block that the parser cannot read, TeX turned into letters."""
    library = bibtexparser.parse_string(text, append_middleware=[LatexDecodingMiddleware()])
    assert not library.failed_blocks
    assert len(library.entries) == len(library.entries_dict)
    return library.entries_dict


@pytest.fixture(scope="module")
def everything() -> str:
    return cite()


def test_every_entry_is_read_and_keys_are_unique(everything):
    entries = parsed(everything)
    assert len(entries) == len(re.findall(r"^@", everything, re.MULTILINE)) > 100
    for key, entry in entries.items():
        assert re.fullmatch(r"[A-Za-z0-9.:/+_-]+", key)
        assert entry["note"]
    assert everything == cite()  # stable
    cited_together = parsed(cite(["vicious-cycle", "antiresorptives"]))
    alone = parsed(cite(["vicious-cycle"]))
    assert set(alone) <= set(cited_together)


@pytest.mark.parametrize("name", niche.claim_ids())
def test_every_paper_that_speaks_to_a_claim_is_cited(name):
    number = niche.claim(name).number
    speak = [key for key, paper in read_papers().items() if any(int(one[:2]) == number for one in paper.propositions)]
    assert speak or niche.claim(name).kind
    fields = [entry.fields_dict for entry in parsed(cite([name])).values()]
    cited = {one["doi"].value.lower() for one in fields if "doi" in one}
    known = [works().by_paper[key].fields.get("doi", "").lower() for key in speak]
    assert set(filter(None, known)) <= cited


def test_nobody_is_made_up():
    """Authors and titles stand in references/, in a paper file, in CITATION.cff, or in so many words beside the DOI."""
    texts = " ".join(path.read_text(encoding="utf-8") for path in niche.params.records.root().rglob("*.yaml"))
    code = (path for package in (niche, compendium) for path in Path(package.__file__).parent.rglob("*.py"))
    texts += " ".join(path.read_text(encoding="utf-8") for path in code)
    texts = " ".join(texts.split())
    known = {one.key: one for one in works().all()}
    for entry in (one for found in entries().values() for one in found):
        if entry.key == "niche" or entry.key.startswith("software:"):
            continue
        if entry.key in known:
            assert entry.fields == known[entry.key].fields
            assert entry.seen or set(entry.fields) <= {"doi", "pmid", "pmcid", "url"} or known[entry.key].paper
            continue
        assert "title" not in entry.fields
        if "author" in entry.fields:
            assert entry.fields["author"].split(" and ")[0] in texts
            assert entry.fields["year"] in texts
            assert "the title, and perhaps more authors, are not recorded" in entry.note
        elif "howpublished" not in entry.fields:
            assert re.search(r"Only its (DOI|PMID|PMC number|page) is recorded|No source", entry.note)


def test_csl_keeps_to_the_schema_of_those_who_made_it():
    items = json.loads(cite(form="csl-json"))
    schema = json.loads((Path(__file__).parent / "foreign_schemas" / "csl-data.json").read_text(encoding="utf-8"))
    jsonschema.Draft7Validator(schema).validate(items)
    assert len(items) == sum(map(len, entries().values()))
    solver = next(one for one in items if one.get("DOI") == "10.1016/0771-050X(80)90013-3")
    assert solver["author"] == [{"family": "Dormand", "given": "J. R."}, {"family": "Prince", "given": "P. J."}]
    assert (solver["page"], solver["volume"], solver["issued"]) == ("19-26", "6", {"date-parts": [[1980]]})


def test_a_parser_reads_all_of_the_ris():
    rispy = pytest.importorskip("rispy", reason="a parser of RIS that others wrote; pip install rispy")
    every = [one for found in entries().values() for one in found]
    read = rispy.loads(cite(form="ris"))
    assert [one["id"] for one in read] == [one.key for one in every]
    by_doi = {one["doi"]: one for one in read if "doi" in one}
    solver = by_doi["10.1016/0771-050X(80)90013-3"]
    assert solver["authors"] == ["Dormand, J. R.", "Prince, P. J."]
    assert (solver["start_page"], solver["end_page"], solver["year"]) == ("19", "26", "1980")
    assert solver["secondary_title"] == "Journal of Computational and Applied Mathematics"


def test_ris_lines_are_tags():
    """A line break in a title would end its record for every reader."""
    text = write_ris([BibEntry("k", "article", {"title": "One\nER  - two", "journal": "J"})])
    assert all(re.match(r"[A-Z][A-Z0-9]  - ", line) for line in text.splitlines())
    assert text.count("ER  - \n") == 1


def test_published_entries():
    """Against the entries that the publishers give."""
    entries = parsed(cite(["vicious-cycle"]))
    bone = entries["doi:10.1016/j.bone.2008.03.025"]
    assert bone["author"].startswith("Pivonka, Peter")
    assert (bone["journal"], bone["volume"], bone["year"]) == ("Bone", "43", "2008")
    solver = entries["doi:10.1016/0771-050x_80_90013-3"]
    assert solver["doi"] == "10.1016/0771-050X(80)90013-3"
    assert solver["author"] == "Dormand, J. R. and Prince, P. J."
    assert "van der Walt, Stéfan J." in entries["doi:10.1038/s41586-020-2649-2"]["author"]
    assert entries["niche"]["version"] == niche.__version__
    assert entries["niche"]["author"].strip("{}") == "The niche authors"


def test_a_claim_cites_what_it_uses_and_no_more():
    """Synergy has its methods, beta drugs their sources; claim 02 needs neither. The modules are not imported."""
    cycle, pairs = parsed(cite(["vicious-cycle"])), parsed(cite(["combinations"]))
    bliss = "doi:10.1111/j.1744-7348.1939.tb06990.x"
    assert bliss in pairs
    assert bliss not in cycle
    assert "doi:10.1007/s10585-007-9127-1" in cycle  # Canon 2008: rows VC27 and VC28
    assert cycle["doi:10.1007/s10585-007-9127-1"]["author"].startswith("Canon, ")


@pytest.mark.parametrize(
    ("text", "plain"),
    [
        (r"50 % of A & B_c #1 {x} $2 a~b c^d \e", r"50 % of A & B_c #1 {x} $2 a~b c^d \e"),
        ("Gómez–Núñez, Škoda, Ångström, Øster, Weiß, Łukasz", "Gómez–Núñez, Škoda, Ångström, Øster, Weiß, Łukasz"),
    ],
)
def test_special_characters(text, plain):
    written = bibtex.write_bibtex(BibEntry("x", "misc", {"howpublished": text}))
    assert written.isascii()
    for letter in "%&#_$":
        assert not re.search(rf"(?<!\\){re.escape(letter)}", written.replace(r"$\t", ""))
    assert parsed(written)["x"]["howpublished"].replace("ˆ", "^") == plain


def test_a_text_cannot_close_its_field():
    written = bibtex.write_bibtex(BibEntry("x", "misc", {"howpublished": "a}, note = {b", "url": "http://a/}{ b\n"}))
    (entry,) = bibtexparser.parse_string(written).entries  # as it stands: to TeX % would begin a comment
    assert set(entry.fields_dict) == {"howpublished", "url"}
    assert entry["url"] == "http://a/%7D%7B%20b"


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("(Canon 2008, doi:10.1007/s10585-007-9127-1)", {"doi:10.1007/s10585-007-9127-1"}),
        ("Prince 1980 (doi:10.1016/0771-050X(80)90013-3; see II.4)", {"doi:10.1016/0771-050x_80_90013-3"}),
        ("doi:10.1002/a.1, doi:10.1002/b.2.", {"doi:10.1002/a.1", "doi:10.1002/b.2"}),
        ("PMID 4045696, abstract; PMC2291309, Table 1", {"pmid:4045696", "pmc:2291309"}),
        ("version 10.2/3, range 10.1234 to 5", set()),
    ],
)
def test_references_in_text(text, found):
    assert {entry.key for entry in references(text)} == found


@pytest.mark.parametrize(
    ("doi", "url", "key"),
    [
        ("10.1158/0008-5472.CAN-07-1046", "", "doi:10.1158/0008-5472.can-07-1046"),  # letters of a DOI have no case
        ("PMID:11239501", "https://pubmed.ncbi.nlm.nih.gov/11239501/", "pmid:11239501"),
        ("", "https://www.ncbi.nlm.nih.gov/pubmed/14634401", "pmid:14634401"),
        ("PNAS 1987;84:2024-2028", "https://a.b/c", "ref:pnas_1987_84:2024-2028"),
        ("", "https://a.b/c?d=1", "url:a.b/c_d_1"),
        ("", "", "row:XX01"),
    ],
)
def test_what_a_row_cites(doi, url, key):
    (entry,) = of_row(doi, url, "XX01")
    assert entry.key == key
    assert parsed(bibtex.write_bibtex(entry))[key]["note"].startswith("Row XX01 of params/evidence.")


def test_a_work_that_quotes_a_measurement_is_not_cited_as_its_source():
    """Farr 2012 measured the activity of the nerve (PubMed 22948767); it was read where Khosla 2018 quotes it."""
    row = read_evidence()["CL140"]
    source, quoting = of_row(row.doi, row.source_url, row.id)
    assert source.fields["doi"] == "10.1210/jc.2012-2381"
    assert source.note == "Row CL140 of params/evidence."
    assert quoting.fields["doi"] == "10.1172/JCI122151"
    assert quoting.rows == ()
    assert quoting.note == "Row CL140 of params/evidence was read here, where the measurement is quoted."
    assert re.fullmatch(r"<a .*>Farr et al. 2012</a>, quoted in <a .*>Khosla et al. 2018</a>", html_cited(row))


def test_works_are_cited_once():
    one, two = of_doi("10.1/ABC", "First."), of_doi("10.1/abc", "Second.", ("XX01",))
    both = one.joined(two)
    assert one.key == two.key
    assert both.note == "Row XX01 of params/evidence. First. Second. Only its DOI is recorded."


def test_the_command(capsys):
    assert cli.main(["cite", "vicious-cycle"]) == 0
    assert parsed(capsys.readouterr().out)
    assert cli.main(["cite", "vicious-cycle", "--format", "ris"]) == 0
    assert capsys.readouterr().out.startswith("TY  - ")
    assert cli.main(["cite", "vicious-cycle", "--missing"]) == 0
    assert re.match(r"\d+ of \d+ works have a full reference", capsys.readouterr().out)
    assert cli.main(["cite", "--format", "bibtext"]) == 2
    assert "did you mean 'bibtex'" in capsys.readouterr().err
    assert cli.main(["cite", "vicous-cycle"]) == 2
    assert "did you mean 'vicious-cycle'" in capsys.readouterr().err
    with pytest.raises(NicheError, match="unknown claim"):
        cite(["nothing of the kind"])
