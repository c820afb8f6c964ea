"""Bliss, HSA and Loewe: exact on cases whose answer is known, and equal to another package on published data.

The other package is synergy 1.0.0 (Wooten and Albert 2021, doi:10.1093/bioinformatics/btaa826; GPL, so its numbers are
quoted here and it is not installed). The data are cisplatin with etoposide (Tsai 1989, Cancer Res 49:2390, Table 2),
with the median-effect curves that the authors of CombiTool fitted to the single drugs.
"""

import numpy as np
import pytest

import niche
from compendium.claims.dose_response import Hill, fit_hill, monotone
from compendium.claims.synergy import bliss, hsa, intervals, loewe, reference_effects, surface
from niche.errors import NicheError

CISPLATIN, ETOPOSIDE = (2.72195, 1.33533), (1.19469, 0.73158)  # dose for half, slope
# umol/L of each, and the share of cells left by both
TSAI = [(0.168, 0.136, 0.79), (0.54, 0.43, 0.55), (1.68, 1.36, 0.37), (5.4, 4.3, 0.12), (0.54, 4.3, 0.24)]
# Of synergy 1.0.0: Loewe(mode="CI"), and reference less observed by Loewe(mode="delta_nan"), Bliss and HSA.
RATIO = [0.86279515, 0.70407805, 0.96428838, 0.68245878, 0.82830531]
LOEWE = [0.01890035, 0.07218343, 0.00771799, 0.04761665, 0.02726454]
BLISS = [0.0209063, 0.05847276, -0.05766097, -0.03947943, 0.01240543]
HSA = [0.04057585, 0.12864898, 0.10631492, 0.16151579, 0.04151579]


def hill(half, slope, floor=0.0):
    return Hill(*(np.array([v], dtype=float) for v in (half, slope, floor)))


def at_point(a, b, dose_a, dose_b, left):
    """A grid of one pair of doses, with the single drugs as their curves have them."""
    edge_a, edge_b = a.at([dose_a])[0, 0], b.at([dose_b])[0, 0]
    return surface([0, dose_a], [0, dose_b], np.array([[1, edge_b], [edge_a, left]]), ("a", "b"))


def test_published_data_give_the_numbers_of_another_package():
    a, b = hill(*CISPLATIN), hill(*ETOPOSIDE)
    found = {"ratio": [], "loewe": [], "bliss": [], "hsa": []}
    for dose_a, dose_b, left in TSAI:
        grid = at_point(a, b, dose_a, dose_b, left)
        additive = loewe(grid, (a, b))
        found["ratio"].append(additive.ratio[0, 1, 1])
        for name, expected in (("loewe", additive), ("bliss", bliss(grid)), ("hsa", hsa(grid))):
            found[name].append(expected.left[0, 1, 1] - left)
    assert found["ratio"] == pytest.approx(RATIO, abs=2e-8)
    assert found["loewe"] == pytest.approx(LOEWE, abs=2e-6)  # the other package minimises a square
    assert found["bliss"] == pytest.approx(BLISS, abs=2e-8)
    assert found["hsa"] == pytest.approx(HSA, abs=2e-8)


def test_a_fifth_and_two_fifths_leave_48_percent():
    """The worked example of the fractional product in Chou and Talalay 1983, Trends Pharmacol Sci 4:450."""
    assert bliss(surface([0, 1], [0, 1], [[1, 0.6], [0.8, 0.4]])).left[0, 1, 1] == pytest.approx(0.48, abs=1e-15)


def test_a_drug_with_itself_is_loewe_additive():
    """The sham combination, with two draws of different shape: exact at simulated doses, and by a fitted Hill curve."""
    curve = Hill(np.array([3.0, 1.0]), np.array([1.4, 0.8]), np.array([0.1, 0.4]))
    doses, alone = np.arange(5.0), np.arange(9.0)
    left = np.stack([curve.at(doses + more) for more in doses], axis=2)
    pair, simulated = surface(doses, doses, left), monotone(alone, curve.at(alone))
    exact = loewe(pair, (simulated, simulated))
    assert np.abs(exact.ratio - 1).max() < 1e-12
    assert np.abs(exact.excess).max() < 1e-11
    assert exact.reasons() == {"defined": 1.0}
    fitted = fit_hill(alone, curve.at(alone))
    assert fitted.half == pytest.approx(curve.half, rel=1e-4)
    assert np.abs(loewe(pair, (fitted, fitted)).ratio - 1).max() < 1e-4
    # What is additive by Loewe is not so by the others: the drug beside itself does more than the better of the two.
    assert (hsa(pair).excess[:, 1:, 1:] > 0).all()


def test_a_diluted_drug_is_additive_where_the_curve_lies_between_doses():
    curve = hill(2.0, 1.2, 0.05)
    doses, alone = np.array([0, 0.5, 1, 2, 4]), np.array([0, 0.25, 0.5, 1, 2, 4, 8, 16, 32])
    left = np.stack([curve.at(doses + more / 10) for more in 10 * doses], axis=2)
    found = loewe(
        surface(doses, 10 * doses, left), (monotone(alone, curve.at(alone)), monotone(10 * alone, curve.at(alone)))
    )
    assert found.ratio == pytest.approx(np.ones_like(found.ratio), abs=0.01)


def test_drugs_that_kill_independently_are_bliss_additive():
    """exp((growth - k1 - k2) t): the rates add, so what is left multiplies, whatever the doses."""
    doses = np.array([0, 0.5, 1, 3])
    kill = 10 * doses[:, None] / (1 + doses[:, None]) + 4 * doses[None]
    pair = surface(doses, doses, np.exp(-kill))
    assert np.abs(bliss(pair).excess).max() < 1e-12
    assert (hsa(pair).excess[:, 1:, 1:] > 0).all()


def test_in_the_model_a_killer_and_growth_that_slows_are_independent_while_cells_are_few():
    """Far from a full marrow, without T cells, and with a tumour that says nothing to bone, growth rates add."""
    hosts = niche.hosts("mouse", strain="athymic nude", tumour="NSCLC-luc", draws=6, seed=2)
    hosts = hosts.with_parameters(inoculum=1e-9, pthrp_max=0, supply_loss=0, osteoblast_kill=0, ngf_tumour=0)
    base = niche.Protocol(14).seed("intratibial")
    give = [lambda p: p, lambda p: p.dose("OPG-Fc", "3 mg/kg", day=1, every="56 h")]
    kill = [lambda p: p, lambda p: p.regimen("docetaxel in mice", "10 mg/kg iv every 7 days")]
    left = np.stack(
        [[niche.simulate(hosts, b(a(base)), at=[14])["tumour burden"].values[:, -1] for b in kill] for a in give]
    ).transpose(2, 0, 1)
    pair = surface([0, 3], [0, 10], left / left[:, :1, :1], ("OPG-Fc", "docetaxel"))
    assert (pair.left[:, 1, 0] < 0.95).all()
    assert (pair.left[:, 0, 1] < 0.95).all()
    assert np.abs(bliss(pair).excess).max() < 1e-3


def test_loewe_says_where_it_is_undefined():
    """Beyond the weaker drug's maximum: quoted from the other package, which has no number there (mode delta_nan)."""
    strong, weak = hill(1, 1.5, 0.2), hill(3, 0.8, 0.6)
    assert loewe(at_point(strong, weak, 0.1, 0.3, 0.9), (strong, weak)).ratio[0, 1, 1] == pytest.approx(0.76075277)
    fine = loewe(at_point(strong, weak, 0.5, 3, 0.65), (strong, weak))
    assert fine.left[0, 1, 1] == pytest.approx(0.70635989, abs=1e-5)
    beyond = loewe(at_point(strong, weak, 2.0, 1.0, 0.25), (strong, weak))
    assert np.isnan(beyond.ratio[0, 1, 1])
    assert beyond.why[0, 1, 1] == beyond.why_expected[0, 1, 1] == "b: beyond the drug's strongest effect"
    assert beyond.reasons() == {"b: beyond the drug's strongest effect": 1.0}
    # More than the weaker can do was seen, though less was expected: an expectation, and no ratio.
    more = loewe(at_point(strong, weak, 0.5, 3, 0.5), (strong, weak))
    assert np.isnan(more.ratio[0, 1, 1])
    assert more.excess[0, 1, 1] == pytest.approx(np.log(0.70635989 / 0.5), abs=1e-5)


def test_a_drug_that_does_nothing_or_turns_round_is_named():
    idle = surface([0, 1, 2], [0, 1], np.array([[1, 0.5], [1, 0.5], [1, 0.5]]), ("idle", "b"))
    assert set(loewe(idle).why[0, 1:, 1]) == {"idle: the drug does nothing alone"}
    uneven = surface([0, 1, 2], [0, 1], np.array([[1, 0.5], [0.6, 0.4], [0.8, 0.4]]), ("odd", "b"))
    assert loewe(uneven).why[0, 1, 1].startswith("odd: the drug's effect goes up and down")
    worse = surface([0, 1], [0, 1], np.array([[1, 0.5], [0.5, 1.2]]))
    assert loewe(worse).why[0, 1, 1] == "a and b: no effect, or the opposite one"


def test_intervals_count_the_draws_that_have_a_value():
    found = intervals(np.array([[1.0, np.nan], [2.0, np.nan], [3.0, np.nan], [np.nan, np.nan]]))
    assert found["median"][0] == 2
    assert np.isnan(found["median"][1])
    assert found["defined"].tolist() == [0.75, 0]


def test_references_order_as_they_must():
    """HSA asks least of a pair and Bliss more: synergy over Bliss is never above that over HSA."""
    rng = np.random.default_rng(3)
    left = np.sort(rng.uniform(0.1, 0.9, (4, 3, 3)), axis=1)[:, ::-1]
    left = np.sort(left, axis=2)[:, :, ::-1]
    left[:, 0, 0] = 1
    found = reference_effects(surface([0, 1, 2], [0, 1, 2], left))
    assert (found["HSA"] >= found["Bliss"] - 1e-12).all()


@pytest.mark.parametrize(
    ("given", "says"),
    [
        (([0, 1], [0, 1], np.ones((3, 2, 3))), "shape"),
        (([1, 2], [0, 1], np.ones((2, 2))), "start at 0"),
        (([0, 1], [0, 1], np.array([[1, 0.5], [0, 0.5]])), "above 0"),
        (([0, 1], [0, 1], np.array([[2, 0.5], [0.5, 0.5]])), "share left is 1"),
    ],
)
def test_bad_grids_are_refused(given, says):
    with pytest.raises(NicheError, match=says):
        surface(*given)


def test_a_curve_of_too_few_doses_is_not_fitted():
    with pytest.raises(NicheError, match="at least 3 doses"):
        fit_hill([0, 1, 2], np.array([[1, 0.6, 0.5]]))
