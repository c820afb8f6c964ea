"""What a fit taught, of draws whose distance from the prior is known, and how it is drawn."""

import numpy as np
import pytest

from compendium.figures import calibration as drawn
from compendium.figures import problems
from compendium.figures.parameter_words import in_words
from niche.errors import NicheError
from niche.inference.learning import convergence, learnt
from niche.model.state import Parameters
from niche.params.layers import read_registry
from niche.params.posterior import unseen

KEYS = ("model:b2_rankl", "mouse:turnover", "model:tone", "4T1:growth")


@pytest.fixture(scope="module")
def found():
    """A narrow one, one that only moved, one somewhat narrower, one that is as before; and one that no row uses."""
    noise = np.random.default_rng(0).standard_normal((4000, 4))
    scores = noise * [0.3, 1.0, 0.8, 1.0] + [0.0, 0.7, 0.0, 0.1]
    return learnt(scores, KEYS, ("1D11:tgfb_trap_ke",))


def test_a_parameter_has_learnt_if_it_is_narrower_or_has_moved(found):
    assert [(one.parameter, one.mark) for one in found[:2]] == [("model:b2_rankl", "informed"), ("model:tone", "weak")]
    assert {one.parameter: one.mark for one in found} == {
        "model:b2_rankl": "informed",
        "mouse:turnover": "weak",
        "model:tone": "weak",
        "4T1:growth": "prior",
        "1D11:tgfb_trap_ke": "prior",
    }
    by = {one.parameter: one for one in found}
    assert by["model:b2_rankl"].contraction == pytest.approx(0.3, rel=0.05)
    assert by["mouse:turnover"].shift == pytest.approx(0.7, abs=0.06)
    assert by["1D11:tgfb_trap_ke"][1:3] == (1.0, 0.0)


def test_the_worst_converged_come_first():
    told = {
        "a": {"rhat": 1.002, "ess_bulk": 900, "ess_tail": 700},
        "b": {"rhat": 1.02, "ess_bulk": 90, "ess_tail": 300},
    }
    assert convergence({"convergence": told}) == [("b", 1.02, 90, 300), ("a", 1.002, 900, 700)]


def test_every_parameter_has_words_that_name_none_of_its_symbols():
    """A biologist reads them on an axis."""
    symbols = {name for name in Parameters._fields if "_" in name}
    for key in read_registry().uncertain():
        said = in_words(key, each_line=True)
        assert ":" not in key or said != key
        assert not symbols & set(said.replace(":", " ").split()), said
    assert in_words("model:b2_rankl") == "log-fold RANKL production from none to full β2 signal"
    assert in_words("4T1:growth", each_line=True) == "growth, 4T1"


def test_pictures_of_a_fit_have_no_fault(found):
    figure, data = drawn.contraction(found)
    assert problems(figure) == []
    assert len(data) == 5
    table = [("model:tone", 1.004, 800, 900), ("spread: culture", 1.02, 300, 410)]
    figure, data = drawn.convergence_figure(table)
    assert problems(figure) == []
    assert data["what"].tolist() == [
        "resting sympathetic tone of the species against the human",
        "spread: culture",
    ]
    with pytest.raises(NicheError, match="no parameter was informed"):
        drawn.contraction([one for one in found if one.mark == "prior"])


def test_what_no_row_uses_is_told_of_the_shipped_fit_too():
    assert set(unseen()) <= set(read_registry().uncertain())
