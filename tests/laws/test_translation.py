"""From mouse to patient: occupancy against Gaddum, removed mechanisms against no effect, intervals as printed."""

import numpy as np
import pytest

import niche
from compendium.claims import translation
from niche.errors import NicheError

FEW = {"draws": 8, "seed": 3}
EVERY = dict.fromkeys(
    (
        "b1_rankl",
        "b2_rankl",
        "b1_supply",
        "b2_supply",
        "il6_beta",
        "tumour_beta",
        "vegf_beta",
        "vessels_beta",
        "mdsc_beta",
        "m2_beta",
        "cd8_beta",
        "adhesion_beta",
        "waking_beta",
        "shed_beta",
    ),
    0.0,
)


@pytest.fixture(scope="module")
def mouse():
    return translation.species_effect(translation.mouse(), **FEW)


def test_receptors_held_are_dose_over_dose_and_kd(mouse):
    """Gaddum without an agonist: a level of x Kd holds x / (1 + x)."""
    hosts = niche.hosts("mouse", strain="athymic nude", **FEW)
    dosing = hosts.registry.drugs["propranolol"].dosing
    for receptor, held in (("b1", mouse.beta1), ("b2", mouse.beta2)):
        over = 10 / hosts.values(dosing[f"kd_dose_{receptor}"])
        np.testing.assert_allclose(held, over / (1 + over))


def test_without_receptors_or_tone_a_blocker_does_nothing():
    for off in (EVERY, {"tone": 0.0}):
        found = translation.species_effect(translation.mouse(), changes=off, **FEW)
        np.testing.assert_allclose(found.recurrence, 1.0, rtol=1e-4)
        np.testing.assert_allclose(found.burden, 1.0, rtol=1e-3)


def test_a_mouse_in_which_everything_is_as_in_patients_is_a_patient(monkeypatch):
    """Nothing of the species is left in the hazard: couplings are the same, and pace drops out of a steady state."""
    days, given = {"mouse_days": 200.0, "patient_days": 2000.0}, translation.measured_number  # until all has settled
    monkeypatch.setattr(translation, "measured_number", lambda name: days.get(name) or given(name))
    mouse, patient = translation.mouse(), translation.patient()
    moved = translation.species_effect(translation.together(mouse, patient), burden=False, **FEW)
    np.testing.assert_allclose(
        moved.recurrence, translation.species_effect(patient, burden=False, **FEW).recurrence, rtol=2e-3
    )
    five = translation.with_factors(mouse, ["stage", "dose", "receptor", "stress"])
    assert five == translation.together(mouse, patient)._replace(line="mouse")


def test_each_factor_moves_what_it_names_and_nothing_else():
    mouse = translation.mouse()
    for name, entries in (
        ("dose", {"dose"}),
        ("receptor", {"block", "dose"}),
        ("stress", {"sessions", "tone"}),
        ("stage", {"late"}),
        ("subtype", {"receptors"}),
    ):
        moved = translation.with_factors(mouse, [name])
        assert {key for key in mouse._fields if getattr(mouse, key) != getattr(moved, key)} == entries


def test_the_hazard_is_that_of_cells_that_must_lodge_and_wake_or_only_wake():
    """Read off the same mice by the public way: without sessions a day is like any other, so its end will do."""
    calm = translation.mouse()._replace(sessions=False)
    hosts = niche.hosts("mouse", strain="athymic nude", tumour="MDA-MB-231", **FEW)
    free = niche.simulate(hosts, niche.Protocol(28), at=[28])
    blocked = niche.simulate(hosts, niche.Protocol(28).infuse("propranolol", "10 mg/kg/day"), at=[28])
    waking, lodging = ((blocked[name] / free[name]).values[:, -1] for name in ("waking rate", "lodging rate"))
    assert np.abs(lodging - 1).max() > 0.1
    before = translation.species_effect(calm, burden=False, **FEW).recurrence
    np.testing.assert_allclose(before, waking * lodging, rtol=0.02)
    after = translation.species_effect(calm._replace(late=True), burden=False, **FEW).recurrence
    np.testing.assert_allclose(after, waking, rtol=0.05)  # two weeks of the drug are not yet four


def test_tumour_cells_without_receptors_are_deaf_however_much_noradrenaline_there_is():
    """Their waking then goes with osteoblasts alone, so that beta2 on the tumour cells leaves no trace."""
    deaf, calls = translation.mouse()._replace(receptors=False), {"waking_beta": 1.0}
    plain = translation.species_effect(deaf, burden=False, **FEW).recurrence
    loud = translation.species_effect(
        deaf, burden=False, changes={"waking_beta": 0.0, "tumour_beta": 0.0}, **FEW
    ).recurrence
    np.testing.assert_array_equal(plain, loud)
    hearing = translation.species_effect(translation.mouse(), burden=False, changes=calls, **FEW).recurrence
    assert (plain > hearing).all()


def test_a_late_start_changes_nothing_before_it_and_a_genotype_holds_all(mouse):
    gone = translation.species_effect(translation.mouse()._replace(block="Adrb1-/-"), burden=False, **FEW)
    np.testing.assert_array_equal(gone.beta1, 1.0)
    np.testing.assert_array_equal(gone.beta2, 0.0)
    assert np.isnan(gone.burden).all()
    late = translation.species_effect(translation.mouse()._replace(late=True), **FEW)
    assert (late.burden >= mouse.burden).all()


PRINTED = {
    "CL036": (0.97, 1.19),
    "CL214": (0.77, 1.16),
    "CW01": (0.86, 1.22),
    "NZ01": (0.95, 1.29),
    "CL033": (0.71, 1.08),
    "CL041": (0.42, 0.67),
}


@pytest.mark.parametrize("row", PRINTED)
def test_intervals_are_those_that_papers_print(row):
    np.testing.assert_allclose(translation.published_interval(row), PRINTED[row], rtol=0.02)


def test_the_share_that_a_change_closes():
    """CL214 is 0.94 (0.77 to 1.16): of the draws outside it, those that come inside."""
    before = np.array([0.5, 0.6, 0.9, 0.4])
    after = np.array([0.8, 0.7, 0.5, 1.1])
    assert translation.share_closed(before, after, "CL214") == pytest.approx(2 / 3)
    assert np.isnan(translation.share_closed(np.ones(3), after[:3], "CL214"))


def test_names_that_are_not_there():
    with pytest.raises(NicheError, match="did you mean 'stress'"):
        translation.with_factors(translation.mouse(), ["stres"])
    with pytest.raises(NicheError, match="number of params/trials"):
        translation.dose("mouse", "aspirin")
