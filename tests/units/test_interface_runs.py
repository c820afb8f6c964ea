"""The slices of notebook 20: what is simulated, what is given up, and that workers change nothing."""

import numpy as np
import pytest

import niche
from compendium.claims import interface_runs
from compendium.claims.interface_runs import (
    CUT,
    EARLY,
    LATE,
    LODGED,
    NO_GAIN,
    UNTREATED,
    lodged,
    patient_run,
    sarcoma_arms,
    scenarios,
    simulated,
    spacing_for,
    whole_slice,
)
from niche.tissue import StepTooLong, read_numbers

NUMBERS = read_numbers()


def _hosts(**changes):
    hosts = niche.hosts("mouse", strain="C3H", sex="male", tumour="NCTC-2472", draws=2, posterior="prior")
    return hosts.with_parameters(growth=0.3, inoculum=0.005, sprout=0.5, **changes)


def test_as_many_cells_lodge_as_the_line_has():
    geometry = whole_slice(NUMBERS, 1)
    focus = lodged(0.005, geometry)
    marrow = geometry.marrow.sum() * geometry.spacing**2
    assert focus.density * np.pi * LODGED**2 / marrow == pytest.approx(0.005)
    assert lodged(0.9, geometry).density == 1.0


@pytest.mark.parametrize(("growth", "spacing"), [(0.0, 20.0), (0.3, 20.0), (0.9, 16.0), (1.5, 12.0), (9.0, 10.0)])
def test_a_fast_tumour_gets_a_grid_that_resolves_its_front(growth, spacing):
    """sqrt(300 um2/day / growth): 32, 18, 14 um; where not even the finest grid does, the scenario is refused."""
    assert spacing_for(growth, NUMBERS) == spacing


def test_the_arms_are_those_of_the_paper():
    """10 mg/kg on days 6, 12 and 18, or on day 18: NS05, doi:10.1016/j.neuroscience.2010.08.056."""
    made = scenarios(_hosts(), sarcoma_arms(), 0, NUMBERS)
    assert set(made) == {UNTREATED, EARLY, LATE, NO_GAIN, CUT}
    assert not made[UNTREATED].changes
    assert (made[EARLY].changes[0].day, made[LATE].changes[0].day) == (6.0, 18.0)
    levels = {change.day: dict(change.inputs)["ngf_trap_added"] for change in made[EARLY].changes}
    rises = [day for day in (12.0, 18.0) if levels[day + 1] > levels[day - 0.5]]
    assert rises == [12.0, 18.0]
    assert made[NO_GAIN].parameters.sprout == 0.0
    assert made[CUT].denervated[0].all()
    assert not made[CUT].denervated[-1].any()


def test_workers_change_nothing_and_a_draw_that_cannot_be_run_is_named():
    arms, hosts = {"plain": niche.Protocol(1)}, _hosts()
    alone, two = (simulated(hosts, arms, every=1, workers=workers) for workers in (1, 2))
    assert not alone.given_up
    for a, b in zip(alone.courses["plain"], two.courses["plain"], strict=True):
        assert a.rows == b.rows
        assert all(np.array_equal(a.maps[name], b.maps[name]) for name in a.maps)
    fast = hosts.with_parameters(growth=np.array([0.3, 3.4]))
    found = simulated(fast, arms, every=1, workers=1)
    assert list(found.given_up) == [1]
    assert "too coarse for the front of this tumour" in found.given_up[1]
    assert len(found.courses["plain"]) == len(found.geometry) == 1


def test_a_step_that_is_too_long_is_halved(monkeypatch):
    steps = []

    def picky(scenario, **_):
        steps.append(scenario.step)
        if scenario.step > 0.1:
            raise StepTooLong("is too long")
        return "a course"

    monkeypatch.setattr(interface_runs, "run", picky)
    one = scenarios(_hosts(), {"plain": niche.Protocol(1)}, 0, NUMBERS)["plain"]
    assert patient_run(0, "plain", one, 1.0) == "a course"
    assert steps == [0.25, 0.125, 0.0625]
