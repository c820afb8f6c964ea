"""Gains of a mechanism are found by what each says of itself; the sets are those that were once written by hand."""

import re

import pytest

from compendium.claims import subtypes, translation
from niche.analysis import arms, arms_spread, loop
from niche.errors import NicheError
from niche.evidence.rows import read_evidence
from niche.kinetics.table import read_drugs
from niche.model.state import DERIVED, Parameters, describe
from niche.params.files import MECHANISMS
from niche.params.layers import read_registry
from niche.params.mechanisms import NERVES, couplings, gains, switched_off
from niche.trials.hazards import read_causes
from niche.trials.rows import used

# As they stood in six modules before they were derived, and what has come since. A new gain shows here.
ARMS = {
    "beta on bone": "b1_rankl b1_supply b1_work b2_rankl b2_supply b2_work",
    "beta elsewhere": "vegf_beta vessels_beta adhesion_beta waking_beta tumour_beta shed_beta",
    "sprouting": "sprout",
    "death of fibres": "fibre_injury",
    "CGRP": "cgrp_opg cgrp_oc cgrp_supply tumour_cgrp vegf_cgrp cd8_cgrp",
    "substance P": "sp_supply sp_mature sp_rankl tumour_sp",
    "trophic signal": "trophic_oc trophic_site",
    "cholinergic": "ach_supply",
    "IL-6": "il6_rankl il6_cholinergic",
    "semaphorin 4D": "sema4d",
    "netrin-1": "netrin",
    "myeloid": "mdsc_beta mdsc_tumour m2_beta m2_tumour",
    "T cells": "t_cells",
    "PTHrP": "pthrp_max",
    "TGF-beta to tumour": "tgfb_link",
    "osteoblast suppression": "supply_loss osteoblast_kill",
}
SPREAD = {
    "bone turnover": "b1_rankl b1_supply b1_work b2_rankl b2_supply b2_work il6_beta",
    "lodging": "adhesion_beta migration_rankl",
    "vessels": "vegf_beta vessels_beta",
    "tumour cells": "tumour_beta",
    "macrophages": "m2_beta",
    "sowing": "shed_beta",
}
LINKS = {
    "PTHrP to bone": "pthrp_max",
    "tumour to osteoblasts": "supply_loss osteoblast_kill",
    "freed TGF-beta to tumour": "tgfb_link",
    "every link": "pthrp_max supply_loss osteoblast_kill tgfb_link",
}
NERVE_GAINS = (
    "b1_rankl b2_rankl b1_supply b2_supply trophic_oc ach_supply il6_beta il6_cholinergic cgrp_opg cgrp_oc cgrp_supply "
    "sp_supply sp_mature sp_rankl mdsc_beta m2_beta cd8_beta cd8_cgrp vegf_beta vegf_cgrp vessels_beta tumour_beta "
    "tumour_cgrp tumour_sp adhesion_beta waking_beta shed_beta b1_work b2_work trophic_site"
)
SETS = {
    "answer of fibres": (arms.answer_of_fibres, "sprout netrin fibre_injury"),
    "nerves to bone": (
        arms.nerves_to_bone,
        "b1_rankl b1_supply b1_work b2_rankl b2_supply b2_work trophic_oc trophic_site ach_supply il6_rankl "
        "il6_cholinergic cgrp_opg cgrp_oc "
        "cgrp_supply sp_supply sp_mature sp_rankl",
    ),
    "nerves past bone": (
        arms.nerves_not_to_bone,
        "vegf_beta vessels_beta adhesion_beta waking_beta tumour_beta shed_beta tumour_cgrp vegf_cgrp cd8_cgrp "
        "tumour_sp mdsc_beta m2_beta cd8_beta",
    ),
    "nerves": (lambda: gains(of=NERVES), NERVE_GAINS),
    "feedback": (lambda: gains("vicious cycle"), "tgfb_link pthrp_max supply_loss osteoblast_kill"),
    "beta1 alone": (lambda: subtypes.one_receptor()["beta1 alone"], "b2_rankl b2_supply b2_work il6_beta"),
    "beta2 alone": (lambda: subtypes.one_receptor()["beta2 alone"], "b1_rankl b1_supply b1_work"),
    "deaf tumour": (translation.deaf_tumour, "tumour_beta waking_beta"),
    "laws: beta": (
        lambda: set(gains(of=("beta1", "beta2"))) & set(gains(of=("bone", "IL-6 output"))),
        "b1_rankl b2_rankl b1_supply b2_supply b1_work b2_work il6_beta",
    ),
    "laws: elsewhere": (
        lambda: gains(of=("beta1", "beta2"), but=("bone", "IL-6 output")),
        "mdsc_beta m2_beta cd8_beta vegf_beta vessels_beta tumour_beta adhesion_beta waking_beta shed_beta",
    ),
}
ROW = re.compile(r"\b[A-Z]{2}\d{2,3}\b")
# Numbers named in a source beside the row that gave the number: not taken from it.
BESIDE = {"CL085": "a weak page, which the assumed turnover agrees with"}


@pytest.mark.parametrize("name", SETS)
def test_a_set_of_gains_is_what_its_list_was(name):
    derived, listed = SETS[name]
    assert set(derived()) == set(listed.split())


@pytest.mark.parametrize(
    ("derived", "listed"),
    [(arms.arms_of_model, ARMS), (arms_spread.arms_of_spread, SPREAD), (loop.loop_links, LINKS)],
)
def test_arms_are_what_their_lists_were_in_the_same_order(derived, listed):
    assert {arm: set(names) for arm, names in derived().items()} == {arm: set(n.split()) for arm, n in listed.items()}
    assert list(derived()) == list(listed)


def test_every_coupling_has_a_mechanism_and_can_be_off():
    model = read_registry().model
    for name in couplings():
        assert model[name].mechanism, name
        assert model[name].range[0] <= model[name].off <= model[name].range[1], name
    assert set(couplings()) | {"t_cells"} == {name for name, entry in model.items() if entry.off is not None}


def test_what_the_model_says_can_be_off_can_be_off():
    """The sentence beside each parameter of the model and the number in params/model say the same."""
    said = {
        name
        for name, (_, text) in describe(Parameters).items()
        if name not in DERIVED and re.search(r"\b0 (is off|holds|in Pivonka)", text)
    }
    silent = {"oestrogen_rankl", "pthrp_tgfb", "acid_tumour"}  # 0 is off, though the sentence does not say so
    assert said | silent == set(couplings())
    assert all(value == 0 for value in switched_off(couplings()).values())


def test_every_mechanism_is_carried_by_something():
    carried = {name for entry in read_registry().model.values() for name in entry.mechanism}
    assert carried == set(MECHANISMS)


def test_every_gain_that_hears_a_nerve_says_so():
    """Names of gains end in what they hear: one that is called ..._beta or ..._cgrp and hears none was forgotten."""
    ends = {"_beta": ("beta1", "beta2"), "_cgrp": ("CGRP",), "_sp": ("substance P",)}
    starts = {"b1_": ("beta1",), "b2_": ("beta2",), "cgrp_": ("CGRP",), "sp_": ("substance P",)}
    for name in couplings():
        for part, heard in (*ends.items(), *starts.items()):
            if (name.endswith(part) and part in ends) or (name.startswith(part) and part in starts):
                assert name in gains(of=heard), name
                assert name in gains(of=NERVES), name


def test_what_is_not_there_gets_the_nearest():
    with pytest.raises(NicheError, match="unknown mechanism 'beta-1'; did you mean 'beta1'"):
        gains("beta-1")
    with pytest.raises(NicheError, match="unknown parameter that can be off 'b1_rank'; did you mean 'b1_rankl'"):
        switched_off(["b1_rank"])
    with pytest.raises(NicheError, match="unknown parameter that can be off 'growth'"):
        switched_off(["growth"])


def numbers():
    found = list(read_registry().entries().values())
    found += [entry for drug in read_drugs().values() for entry in drug.parameters()]
    for cause in read_causes().values():
        found += [cause.frailty, *cause.lines.values(), *([cause.baseline] if cause.baseline else [])]
        found += [n for term in cause.terms for n in (term.coefficient, term.floor) if n is not None]
    return found


def test_rows_that_informed_a_number_are_rows_and_are_those_that_its_source_names():
    rows = read_evidence()
    for entry in numbers():
        assert set(entry.informed_by) <= set(rows), entry.key
        named = {row for row in ROW.findall(entry.source) if row in rows}
        assert named - set(entry.informed_by) <= set(BESIDE), (entry.key, named)


def test_rows_that_set_a_hazard_are_those_that_they_were():
    assert used() == {"CL052", "CL089", "CL096", "CL148", "CL151"}
