"""Arms and pairs of arms: nothing removed is no effect, what cannot act has none, and pairs add up."""

import numpy as np
import pytest

import niche
from niche.analysis.arms import (
    answer_of_fibres,
    arms_of_model,
    decompose,
    feedback,
    nerves_not_to_bone,
    nerves_to_bone,
)
from niche.errors import NicheError
from niche.model.state import DERIVED, Parameters

READS = ("tumour burden", "BV/TV")
SOME = {name: arms_of_model()[name] for name in ("CGRP", "T cells", "PTHrP", "TGF-beta to tumour")}


@pytest.fixture(scope="module")
def hosts():
    return niche.hosts("mouse", strain="athymic nude", tumour="MDA-MB-231", draws=8, seed=3)


@pytest.fixture(scope="module")
def protocol():
    return niche.Protocol(28).seed("intratibial")


@pytest.fixture(scope="module")
def found(hosts, protocol):
    return decompose(hosts, protocol, READS, SOME)


def last(hosts, protocol, read, **changes):
    return np.log(niche.simulate(hosts.with_parameters(**changes), protocol)[read].values[:, -1])


def test_every_arm_is_made_of_parameters_and_no_two_share_one():
    used = [name for changes in arms_of_model().values() for name in changes]
    assert len(used) == len(set(used))
    assert {*used, *answer_of_fibres(), *nerves_to_bone(), *nerves_not_to_bone()} <= set(Parameters._fields) - set(
        DERIVED
    )
    assert not set(nerves_to_bone()) & set(nerves_not_to_bone())


def test_removing_nothing_has_no_effect_at_all(hosts, protocol):
    nothing = decompose(hosts, protocol, READS, {"nothing": {}, "PTHrP": arms_of_model()["PTHrP"]})
    for read in READS:
        assert (nothing[read].alone("nothing") == 0).all()
        assert (nothing[read].effects[0, 1] == 0).all()


def test_an_arm_that_the_host_lacks_has_no_effect(found):
    assert (found["tumour burden"].alone("T cells") == 0).all()


@pytest.mark.parametrize("read", READS)
def test_a_pair_is_its_arms_and_their_interaction(hosts, protocol, found, read):
    both = last(hosts, protocol, read, **SOME["PTHrP"], **SOME["TGF-beta to tumour"])
    expected = both - last(hosts, protocol, read)
    assert found[read].together("PTHrP", "TGF-beta to tumour") == pytest.approx(expected, abs=1e-7)
    assert found[read].alone("PTHrP") == pytest.approx(
        last(hosts, protocol, read, pthrp_max=0.0) - last(hosts, protocol, read), abs=1e-7
    )


def test_interactions_are_symmetric_and_the_interval_holds_the_median(found):
    for part in found.values():
        assert np.array_equal(part.effects, part.effects.transpose(1, 0, 2))
        low, middle, high = part.interval()
        assert (low <= middle).all()
        assert (middle <= high).all()


def test_burden_sees_pthrp_only_through_tgf_beta(hosts):
    """With fibres held, cells that grow where they are placed read bone through TGF-beta alone: PTHrP adds nothing."""
    held, links = (
        hosts.with_parameters(**answer_of_fibres()),
        {name: SOME[name] for name in ("PTHrP", "TGF-beta to tumour")},
    )
    off = decompose(held, niche.Protocol(14).seed("intratibial"), arms=links)
    pair = off["tumour burden"].together("PTHrP", "TGF-beta to tumour")
    assert pair == pytest.approx(off["tumour burden"].alone("TGF-beta to tumour"), abs=1e-6)


def test_nerves_that_do_not_answer_have_no_feedback(hosts, protocol):
    still = feedback(hosts.with_parameters(**answer_of_fibres()), protocol)
    assert all((values == 0).all() for values in still.values())
    deaf = feedback(hosts.with_parameters(**nerves_to_bone()), protocol)
    assert deaf["through bone"] == pytest.approx(0, abs=1e-6)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"reads": ["burden"]}, "read-out"),
        ({"reads": "BV/TV"}, "list"),
        ({"arms": {"a": {"netrin": 0.0}, "b": {"netrin": 0.0}}}, "share"),
        ({"arms": {"a": {"netrine": 0.0}}}, "netrin"),
    ],
)
def test_what_cannot_be_decomposed_says_so(hosts, protocol, options, message):
    with pytest.raises(NicheError, match=message):
        decompose(hosts, protocol, **options)


def test_an_unknown_arm_names_the_nearest(found):
    with pytest.raises(NicheError, match="CGRP"):
        found["BV/TV"].alone("CGPR")
    with pytest.raises(NicheError, match="twice"):
        found["BV/TV"].together("CGRP", "CGRP")
