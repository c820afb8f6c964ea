"""The joint log density and its slope: against the plain solver, against differences, and in any company."""

import numpy as np
import pytest

from niche.atoms.build import atoms_of
from niche.atoms.predicted import at_days, days_needed, predicted
from niche.experiment.hosts import hosts
from niche.experiment.solution import observe, perform
from niche.inference import runs as runs_module
from niche.inference.direct import direct_atoms
from niche.inference.joint import JointObjective
from niche.inference.slopes import Slopes

PAPERS = ("kondo-2011-isoprenaline", "pagani-2008-guanethidine")


@pytest.fixture(scope="module")
def objective():
    return JointObjective([atom for key in PAPERS for atom in atoms_of(key) if atom.experiment is not None])


@pytest.fixture(scope="module")
def slopes(objective):
    patch = pytest.MonkeyPatch()
    patch.setattr(runs_module, "RTOL", 1e-8)
    patch.setattr(runs_module, "_MOST", 60_000)
    yield Slopes(objective, steepest=1e6)
    patch.undo()


@pytest.fixture(scope="module")
def points(objective):
    return 0.5 * np.random.default_rng(1).standard_normal((4, len(objective.names)))


def test_effects_are_those_of_the_plain_solver(objective, slopes, points):
    """Equations that leave states out, arms at rest that are not integrated: none of it moves what is seen."""
    posterior, found = objective.complete(points), slopes.effects(points)
    for j, atom in enumerate(objective.atoms):
        experiment, reading = atom.experiment, atom.reading
        made = hosts(**experiment.host, draws=4, seed=0, posterior=posterior)
        days = np.array(sorted({0.0} | days_needed(reading)))

        def look(arm, observable, when, made=made, experiment=experiment, days=days):
            run = perform(made, experiment.arms[arm], days, rtol=1e-8, workers=1)
            return observe(run, [observable])[observable][:, at_days(run.times, when)]

        np.testing.assert_allclose(found[:, j], predicted(atom, look).value, atol=2e-6, err_msg=atom.name)


def test_the_slope_is_that_of_differences(objective, slopes, points):
    value, slope = slopes(points)
    assert np.isfinite(value).all()
    h = 1e-4
    moving = np.flatnonzero(np.abs(slope + points).max(axis=0) > 1e-6)  # something but the prior
    assert len(moving) > 20
    for k in moving[:: max(1, len(moving) // 12)]:
        step = np.zeros(len(objective.names))
        step[k] = h
        by = (slopes(points[:2] + step)[0] - slopes(points[:2] - step)[0]) / (2 * h)
        np.testing.assert_allclose(slope[:2, k], by, atol=2e-4, rtol=2e-4, err_msg=objective.names[k])


def test_a_point_is_the_same_in_any_company(slopes, points):
    value, slope = slopes(points)
    order = [2, 0, 3, 1]
    again, turned = slopes(points[order])
    np.testing.assert_allclose(again, value[order], rtol=1e-12)
    np.testing.assert_allclose(turned, slope[order], rtol=1e-9, atol=1e-12)
    alone, _ = slopes(points[:1])
    np.testing.assert_allclose(alone, value[:1], rtol=1e-12)


def test_parts_add_up_and_can_be_asked_alone(slopes, points):
    values, parts = slopes.parts(points)
    whole, slope = slopes(points)
    np.testing.assert_allclose(values.sum(axis=1), whole, rtol=1e-12)
    np.testing.assert_allclose(parts.sum(axis=1), slope, rtol=1e-9, atol=1e-12)
    np.testing.assert_allclose(slopes.values(points, [1, 0]), values[:, [1, 0]], rtol=1e-12)
    some, _ = slopes.parts(points, [1])
    np.testing.assert_allclose(some[:, 0], values[:, 1], rtol=1e-12)


def test_without_a_mechanism_the_same_equations_serve(objective, slopes, points):
    without = Slopes(JointObjective(objective.atoms, objective.keys, {"b2_rankl": 0.0, "b1_rankl": 0.0}))
    assert without._kernels == slopes._kernels
    agonist = [atom.name for atom in objective.atoms if atom.paper == PAPERS[0]]
    moved = [atom.name for atom in direct_atoms(slopes, without, points)]
    assert set(agonist) <= set(moved)  # all of them are contrasts of isoprenaline with vehicle
    assert direct_atoms(slopes, slopes, points) == []
