"""The files of params/propositions: what they must have, and that they say what is wrong."""

import pytest
import yaml

from niche.errors import NicheError
from niche.params.mechanisms import couplings
from niche.propositions.reading import proposition, read_propositions, switches

GOOD = {
    "claim": "beta-adrenergic-osteoclastogenesis",
    "statement": "Beta agonists raise osteoclasts",
    "asserts": "up",
    "head": {"atom": "SB02"},
    "gains": ["b2_rankl"],
    "evidence": {"SB02": "up", "SB01": "down"},
}
OWN = {"experiment": "hill-1991-sympathectomy: main", "observable": "Oc.N/BS", "arms": ["guanethidine", "propranolol"]}


def written(folder, name="05a", file="one", **changed):
    entry = {key: value for key, value in {**GOOD, **changed}.items() if value is not None}
    text = yaml.safe_dump({"propositions": {name: entry}})
    (folder / f"{file}.yaml").write_text(text, encoding="utf-8")
    return folder


def test_every_proposition_of_params_is_read():
    found = read_propositions()
    assert len(found) >= 60
    for one in found.values():
        assert one.evidence
        assert set(switches(one).values()) <= {0}


def test_a_proposition_as_it_should_be(tmp_path):
    one = read_propositions(written(tmp_path))["05a"]
    assert one.directed
    assert one.least == 1.2
    assert one.head.atom == "SB02"
    assert switches(one) == {"b2_rankl": 0}


def test_a_head_that_no_paper_measured(tmp_path):
    one = read_propositions(written(tmp_path, head={**OWN, "day": 53}))["05a"]
    assert one.head.arms == ("guanethidine", "propranolol")


def test_a_head_of_two_rates_of_growth(tmp_path):
    head = {"atom": "VC39", "over": "VC33"}
    assert read_propositions(written(tmp_path, head=head))["05a"].head.over == "VC33"


def test_what_goes_with_a_gain(tmp_path):
    one = read_propositions(written(tmp_path, set_to={"rankl_trap_affinity": 0}))["05a"]
    assert switches(one) == {"b2_rankl": 0, "rankl_trap_affinity": 0}


@pytest.mark.parametrize(
    ("change", "place", "message"),
    [
        ({"statement": None}, "05a", "lacks 'statement'"),
        ({"claim": None}, "05a", "lacks 'claim'"),
        (
            {"claim": "beta-adrenergic-osteoclasts"},
            "05a, claim",
            "did you mean 'beta-adrenergic-osteoclastogenesis'?",
        ),
        ({"claim": "vicious-cycle"}, "05a, claim", "vicious-cycle is claim 02, not 05"),
        ({"asserts": "rise"}, "05a, asserts", "unknown asserts 'rise'"),
        ({"head": None}, "05a", "lacks 'head'"),
        ({"head": {}}, "05a, head", "lacks 'atom'"),
        ({"head": {"atom": "SB2"}}, "05a, head, atom", "unknown atom 'SB2'; did you mean"),
        ({"head": {"atom": "SB26"}}, "05a, head, atom", "SB26 is measured in papers/takeuchi-2001-epinephrine.yaml"),
        ({"head": {"atom": "VC39"}}, "05a, head, atom", "VC39 is of one arm"),
        ({"head": {"atom": "SB02", "over": "SB02"}}, "05a, head, over", "SB02 over itself"),
        ({"head": {"atom": "SB02", "over": "VC39"}}, "05a, head, over", "are not on one scale"),
        ({"head": {"atom": "VC39", "over": "JO02"}}, "05a, head, over", "are not on one scale"),
        ({"head": {"atom": "SB02", "day": 3}}, "05a, head", "an atom has its experiment already"),
        ({"head": {**OWN}}, "05a, head", "all of experiment, observable, arms and day"),
        ({"head": {**OWN, "day": 53, "arms": ["guanethidine"]}}, "05a, head", "a contrast has two arms"),
        ({"head": {**OWN, "day": 53, "arms": ["guanethidin", "sham"]}}, "05a, head", "unknown arm 'guanethidin'"),
        (
            {"head": {**OWN, "day": 53, "experiment": "hill-1991-sympathectomy: mian"}},
            "05a, head, experiment",
            "did you mean 'hill-1991-sympathectomy: main'?",
        ),
        ({"gains": None}, "05a", "lacks 'gains'"),
        ({"gains": []}, "05a", "lacks 'gains'"),
        ({"gains": ["b2_rankl", "b2_rank"]}, "05a, gains, item 2", "did you mean 'b2_rankl'?"),
        ({"gains": ["grwth"]}, "05a, gains, item 1", "unknown parameter 'grwth'; did you mean 'growth'?"),
        ({"gains": ["zol_release"]}, "05a, gains, item 1", "zol_release is no coupling"),
        ({"gains": ["b2_rankl", "b2_rankl"]}, "05a", "gains: b2_rankl stand there twice"),
        ({"set_to": {"b2_rank": 0}}, "05a, set_to, b2_rank", "did you mean 'b2_rankl'?"),
        ({"set_to": {"b2_rankl": 0}}, "05a, set_to, b2_rankl", "b2_rankl is a coupling"),
        ({"set_to": {"rankl_trap_affinity": -1}}, "05a, set_to, rankl_trap_affinity", "outside the range"),
        ({"least": 0.9}, "05a, least", "a ratio above 1"),
        ({"evidence": {"SB2": "up"}}, "05a, evidence, SB2", "unknown measurement 'SB2'; did you mean"),
        ({"evidence": {"SB02": "upp"}}, "05a, evidence, SB02", "did you mean 'up'?"),
    ],
)
def test_what_is_wrong_is_said_by_file_and_key(tmp_path, change, place, message):
    with pytest.raises(NicheError, match=r"^propositions/one\.yaml") as refused:
        read_propositions(written(tmp_path, **change))
    where, _, said = str(refused.value).partition(": ")
    assert where.endswith(f"propositions, {place}")
    assert message in said


@pytest.mark.parametrize("reason", ["untested_because", "no_gain_because"])
def test_no_gain_needs_a_reason(tmp_path, reason):
    assert not read_propositions(written(tmp_path, gains=[], **{reason: "a sum"}))["05a"].gains


def test_a_proposition_stands_in_one_file(tmp_path):
    written(tmp_path)
    written(tmp_path, file="two")
    with pytest.raises(NicheError, match=r"two\.yaml.*05a: it stands in propositions/one\.yaml already"):
        read_propositions(tmp_path)


def test_a_proposition_is_named_by_its_claim(tmp_path):
    with pytest.raises(NicheError, match="number of its claim and a letter"):
        read_propositions(written(tmp_path, name="5a"))


def test_the_nearest_name_is_said():
    with pytest.raises(NicheError, match="unknown proposition '05A'; did you mean '05a'"):
        proposition("05A")


def test_gains_of_params_are_couplings():
    assert {gain for one in read_propositions().values() for gain in one.gains} <= set(couplings())
