"""Which measurements test a question: against papers that were looked up by hand, and questions that nobody asked."""

import subprocess
import sys

import numpy as np
import pytest
import xarray as xr

import niche
from niche import NicheError, Protocol
from niche.experiment.protocol import LIGANDS
from niche.experiment.result import Result
from niche.model.observables import OBSERVABLES
from niche.model.state import State
from niche.params.layers import read_registry
from niche.params.own_layers import with_lines
from niche.params.records import read_yaml, root
from niche.supporting import of_result
from niche.supporting.distance import TESTS, differences, total
from niche.supporting.groups import OWN, read_groups
from niche.supporting.questions import asked, question_of

MICE = niche.hosts("mouse", strain="C57BL/6J", draws=2, posterior="prior")
BEARING = niche.hosts("mouse", strain="BALB/c", tumour="4T1", draws=2, posterior="prior")
ISO = Protocol(14).infuse("isoprenaline", "5 mg/kg/day")
PROPRANOLOL = Protocol(28).seed("orthotopic").infuse("propranolol", "10 mg/kg/day")


def paper(found, key):
    return next((one for one in found.near if one.paper.startswith(key)), None)


# ---- questions that papers answered, as their abstracts say


def test_osteoclasts_under_isoprenaline_were_counted():
    """Kondo & Togari 2011: 5 ug/g/day by pump for 2 weeks in C57BL/6J, Oc.N/BS about 2.4 times the vehicle's."""
    found = niche.support(MICE, ISO, "Oc.N/BS")
    assert found
    assert found.papers == ("kondo-2011-isoprenaline",)
    first = found.tests[0]
    assert (first.distance, first.differs, first.found) == (0, (), "2.4-fold")
    assert str(found).startswith("6 measurements of 1 paper test this (Kondo et al. 2011): isoprenaline 5 mg/kg/day")


def test_t_cells_under_propranolol_in_a_mammary_tumour_were_counted():
    """Bucsek 2017: propranolol raised CD8 cells in 4T1 tumours of BALB/c mice."""
    found = niche.support(BEARING, PROPRANOLOL, "CD8")
    assert paper(found, "bucsek-2017").tests
    assert paper(found, "bucsek-2017").found == "up"


def test_spread_under_propranolol_was_measured_in_stressed_mice_only():
    """Sloan 2010 gave propranolol to restrained mice; nobody gave it to mice left alone, and read spread."""
    stressed = Protocol(28).seed("orthotopic").stress(8, lasting="2 h")
    alone = niche.support(BEARING, PROPRANOLOL, "metastasis")
    both = niche.support(BEARING, stressed.infuse("propranolol", "10 mg/kg/day"), "metastasis", control=stressed)
    assert not alone
    assert any(one.words.startswith("stress 8 fold in all arms") for one in paper(alone, "sloan-2010").differs)
    assert paper(both, "sloan-2010").tests


def test_telopeptide_under_denosumab_in_patients_was_measured():
    """Lipton 2008: denosumab every four weeks, women with breast cancer in bone, telopeptide of urine."""
    people = niche.hosts("human", tumour="breast cancer patient", draws=2, posterior="prior")
    found = niche.support(
        people, Protocol(168).seed("established").regimen("denosumab", "120 mg sc every 4 weeks"), "CTX"
    )
    assert "lipton-2008-phase2" in found.papers
    assert "people with breast carcinoma in bone" in str(found)


# ---- questions that nobody asked


@pytest.fixture(scope="module")
def myeloma(tmp_path_factory):
    """Rats with a line of one's own."""
    file = tmp_path_factory.mktemp("own") / "line.yaml"
    text = (root().parent / "docs" / "examples" / "line.yaml").read_text(encoding="utf-8")
    file.write_text(text.replace("slow line", "my myeloma"), encoding="utf-8")
    registry = with_lines(read_registry(), file)
    return niche.hosts("rat", tumour="my myeloma", draws=2, posterior="prior", registry=registry)


def test_a_year_of_anti_ngf_in_a_rat_with_myeloma(myeloma):
    year = Protocol(365).seed("intratibial").dose("anti-NGF", "10 mg/kg", every=5)
    found = niche.support(myeloma, year, "pain")
    assert not found
    assert found.tests == ()
    nearest = found.near[0]
    assert {"species", "tumour", "time"} <= {one.what for one in nearest.differs}
    assert nearest.distance >= 3 * TESTS
    said = str(found)
    assert said.startswith("No measurement tests this: anti-NGF 10 mg/kg in rats (Wistar) with my myeloma")
    assert OWN in said
    assert "No paper measured anti-NGF in rats." in said
    assert "365 days are longer than any measurement of rats with a tumour" in said


def test_a_read_out_that_no_paper_had_for_it(myeloma):
    year = Protocol(365).seed("intratibial").dose("anti-NGF", "10 mg/kg", every=5)
    found = niche.support(myeloma, year, "IL-6")
    assert found.near == ()
    assert "none comes near it" in str(found)


def test_rest_is_no_measurement():
    assert niche.support(MICE, Protocol(28), "BV/TV").near == ()
    assert "is set, not measured" in niche.simulate(MICE, Protocol(1)).evidence()[0]


def test_two_drugs_that_were_given_apart_are_not_tested_together():
    found = niche.support(MICE, ISO.surgery("sympathectomy"), "Oc.N/BS")
    assert not found
    assert "without sympathectomy" in str(found)


def test_a_treatment_that_ended_is_not_one_that_goes_on():
    """Canon 2008 gave OPG-Fc to the end; nobody followed a tumour in bone for weeks after it was stopped."""
    nude = niche.hosts("mouse", strain="athymic nude", tumour="MDA-231-luc", draws=2, posterior="prior")
    seeded = Protocol(70).seed()
    on = niche.support(nude, seeded.dose("OPG-Fc", "3 mg/kg", every=3), "tumour burden")
    off = niche.support(nude, seeded.dose("OPG-Fc", "3 mg/kg", every=3, until=28), "tumour burden")
    assert paper(on, "canon-2008").distance == pytest.approx(paper(off, "canon-2008").distance - 1)
    assert "goes on, not ended 40 days before" in " ".join(one.words for one in paper(off, "canon-2008").differs)


def test_a_treatment_of_settled_cells_is_not_one_that_came_before_them():
    stressed = Protocol(28).seed("intratibial").stress(8, lasting="2 h")
    nude = niche.hosts("mouse", strain="athymic nude", tumour="MDA-MB-231", draws=2, posterior="prior")
    found = [
        niche.support(nude, stressed.infuse("propranolol", "10 mg/kg/day", start), "tumour burden", control=stressed)
        for start in (0, 10)
    ]
    early, late = (paper(one, "mulcrone-2017").distance for one in found)
    assert abs(late - early) == 1
    assert any("the cells, not" in each.words for one in found for each in paper(one, "mulcrone-2017").differs)


def test_what_is_there_in_both_arms_is_no_effect_of_it():
    """An ovariectomised rat under propranolol says nothing of ovariectomy."""
    rats = niche.hosts("rat", draws=2, posterior="prior")
    arm = Protocol(70).surgery("ovariectomy").infuse("propranolol", "0.1 mg/kg/day")
    with_control = niche.support(rats, arm, "Oc.N/BS", control=Protocol(70).surgery("ovariectomy"))
    whole = niche.support(rats, arm, "Oc.N/BS")
    here, there = (paper(one, "bonnet-2006").distance for one in (with_control, whole))
    assert here < TESTS <= there


# ---- the distance


def test_each_measurement_tests_its_own_question():
    groups = read_groups()
    for one in asked():
        found = differences(one.question, one.question, groups)
        assert found == (), one.atom.name


@pytest.mark.parametrize(
    ("change", "what"),
    [
        ({"system": "rat", "strain": "Wistar"}, "species"),
        ({"system": "human", "strain": "adult"}, "species"),
        ({"bone": "mandible"}, "bone"),
        ({"lasting": 365.0}, "time"),
        ({"tumour": "4T1", "place": "soft tissue"}, "tumour"),
    ],
)
def test_one_difference_makes_it_another_question(change, what):
    groups, here = read_groups(), question_of(MICE, ISO, "Oc.N/BS")
    found = differences(here._replace(**change), here, groups)
    assert [one.what for one in found] == [what]
    assert total(found) >= TESTS


@pytest.mark.parametrize(("dose", "cost"), [("5", 0), ("15", 0), ("50", 0.3), ("100", 1), ("1000", 2)])
def test_the_cost_of_a_dose_follows_its_ratio(dose, cost):
    groups, here = read_groups(), question_of(MICE, ISO, "Oc.N/BS")
    other = question_of(MICE, Protocol(14).infuse("isoprenaline", f"{dose} mg/kg/day", beyond_sources=True), "Oc.N/BS")
    assert total(differences(other, here, groups)) == cost


def test_a_dose_per_host_is_one_per_mass():
    """0.1 mg in a mouse of 25 g is 4 mg/kg."""
    doses = [Protocol(14).dose("OPG-Fc", dose) for dose in ("0.1 mg", "4 mg/kg")]
    one, other = (question_of(MICE, each, "BV/TV").done[0] for each in doses)
    assert one.amount == pytest.approx(other.amount)
    assert one.unit == other.unit


def test_another_kind_of_read_out_says_nothing():
    groups, here = read_groups(), question_of(MICE, ISO, "Oc.N/BS")
    assert differences(here, here._replace(read_out="pain"), groups) is None
    assert [one.what for one in differences(here, here._replace(read_out="CTX"), groups)] == ["read-out"]
    assert [one.what for one in differences(here, here._replace(read_out="OCa"), groups)] == ["assay"]


# ---- the groups


def test_everything_that_can_be_asked_is_in_a_group():
    registry, groups = read_registry(), read_groups()
    treatments = {name for name, one in registry.conditions.items() if one.kind != "site"}
    coupled = set(read_yaml(root() / "coupling" / "drugs.yaml")["drugs"])
    assert set(groups.treatments) == {*registry.drugs, *treatments, *LIGANDS, *coupled, "stress"}
    assert set(groups.tumours) == set(registry.lines)
    kinetics = {name for name in State._fields if name.endswith(("_depot", "_trap"))} | {"zol_bone"}
    assert set(groups.read_outs) == {*OBSERVABLES, *State._fields} - kinetics - {"gathered", "adapted"}


def test_multiples_of_rest_are_1_at_rest():
    rest = niche.simulate(MICE, Protocol(1))
    for name in read_groups().multiples:
        np.testing.assert_allclose(rest[name].values, 1, rtol=1e-6, err_msg=name)


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("[CD8]", "[CD8, MDSC]", "'MDSC' stands in the group"),
        ("bisphosphonate: [zoledronate]", "bisphosphonate: [propranolol]", "'propranolol' stands in the group"),
        ("multiples_of_rest: [BV/TV", "multiples_of_rest: [BV/TW", "did you mean 'BV/TV'"),
        ("  growth rate:\n    most", "  growth rat:\n    most", "did you mean 'growth rate'"),
        ("most: 1.386", "most: -1", "limits"),
    ],
)
def test_a_wrong_group_is_refused_by_its_place(tmp_path, old, new, said):
    text = (root() / "support.yaml").read_text(encoding="utf-8")
    assert old in text
    file = tmp_path / "support.yaml"
    file.write_text(text.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(NicheError, match=r"support\.yaml") as error:
        read_groups(file)
    assert said in str(error.value)


# ---- what was never measured


def test_a_cell_that_divides_every_three_hours_is_told():
    fast = niche.hosts("mouse", tumour="MDA-231-luc", draws=3, posterior="prior").with_parameters(growth=9.0)
    said = " ".join(niche.simulate(fast, Protocol(14).seed()).evidence())
    assert "in 100 % of the draws tumour cells in bone grow faster than is known of any cell" in said
    assert "less than 12 hours" in said


def test_the_fastest_measured_tumour_is_that_of_its_paper():
    """Canon 2008: bioluminescence of MDA-231-luc grew by 0.41 a day."""
    assert of_result.fastest_growth() == pytest.approx(0.414, abs=0.01)


def test_doses_and_folds_beyond_the_papers_are_told():
    found = niche.support(MICE, Protocol(14).infuse("isoprenaline", "400 mg/kg/day"), "Oc.N/BS")
    assert "isoprenaline 400 mg/kg/day is 4 times the most that a paper gave mice." in found.beyond
    said = niche.simulate(MICE, Protocol(28).infuse("RANKL", "100000 pM/day")).evidence()
    assert any(
        line.startswith("Beyond every number that a paper printed") and "Oc.N/BS rises to" in line for line in said
    )


def test_what_stays_within_the_papers_is_not_flagged():
    assert niche.support(MICE, ISO, "Oc.N/BS").beyond == ()


# ---- what a result shows


def test_a_result_says_it_once_it_is_looked_at():
    found = niche.simulate(MICE, ISO)
    said = found.evidence()
    assert "Oc.N/BS (1 paper)" in said[0]
    assert "pain" not in said[0]
    assert repr(found).endswith("\n".join(said))
    assert said[0] in found._repr_html_()


def test_a_result_that_was_saved_says_the_same(tmp_path):
    found = niche.simulate(BEARING, PROPRANOLOL, every=28)
    found.to_netcdf(tmp_path / "found.nc")
    with xr.open_dataset(tmp_path / "found.nc") as back:
        assert Result.of(back).evidence() == found.evidence()


def test_a_table_that_does_not_say_of_whom_it_is_says_nothing():
    found = niche.simulate(MICE, ISO)
    assert Result.of(found.assign_attrs(asked="[[")).evidence() == []
    assert Result.of(xr.Dataset({"x": 1})).evidence() == []
    assert "<xarray" in repr(Result.of(xr.Dataset({"x": 1})))


def test_to_simulate_reads_no_paper():
    code = "import sys, niche.experiment.simulation, niche.experiment.result;"
    code += "print([name for name in sys.modules if name.startswith(('niche.supporting', 'niche.atoms'))])"
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=root().parent)
    assert found.stdout.strip() == "[]"


# ---- bad input


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ((MICE, ISO, "Oc.N/BT"), "did you mean 'Oc.N/BS'"),
        ((ISO, MICE, "Oc.N/BS"), "support takes hosts and a Protocol, got Protocol and Hosts"),
        ((MICE, ISO, "Oc.N/BS", 15), "outside the protocol"),
        ((MICE, ISO, "Oc.N/BS", "3 mg"), "day"),
        ((MICE, ISO, "Oc.N/BS", None, "none"), "str as control"),
    ],
)
def test_a_wrong_question_is_refused(given, said):
    with pytest.raises(NicheError) as error:
        niche.support(*given)
    assert said in str(error.value)


def test_plain_values():
    found = niche.support(MICE, ISO, "Oc.N/BS").to_dict()
    assert found["tested"]
    assert found["papers"] == ["kondo-2011-isoprenaline"]
    assert found["nearest"][0]["found"] == "2.4-fold"


def test_it_is_shown_as_a_page():
    shown = niche.support(MICE, ISO, "Oc.N/BS")._repr_html_()
    assert shown.startswith("<p><strong>6 measurements of 1 paper test this")
    assert shown.count("<li>") == 1
