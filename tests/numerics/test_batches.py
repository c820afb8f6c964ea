"""An effect depends on the draw that it is computed with, and not on its place in a batch or on who else is there."""

import numpy as np
import pytest

from niche.atoms.build import atoms_of
from niche.evidence.laboratory import Laboratory
from niche.evidence.plans import read_experiments
from niche.inference.joint import JointObjective, seen_keys
from niche.params.layers import read_registry

# The rows whose arms give a drug by way of params/coupling, and some others of each kind.
GIVEN = [
    row
    for row, plan in read_experiments().items()
    if plan.experiment is not None
    and any(step.verb == "regimen" for arm in plan.arms for step in plan.experiment.arms[arm].steps)
]
OTHERS = ["SB02", "VC01", "NS10", "SI04", "CL216"]
ORDER = [2, 0, 1, 0, 2, 1, 1]


@pytest.fixture(scope="module")
def read():
    objective = JointObjective((), tuple(read_registry().uncertain()))
    scores = np.random.default_rng(0).standard_normal((3, len(objective.names)))

    def effects(order):
        lab = Laboratory(len(order), 0, objective.complete(scores[order]), rtol=1e-5, workers=1)
        return {row: lab.agrees(row) if lab.plans[row].direction else lab.effect(row) for row in (*GIVEN, *OTHERS)}

    return effects([0, 1, 2]), effects(ORDER)


def test_some_rows_give_a_drug_by_way_of_a_coupling():
    assert len(GIVEN) >= 6


@pytest.mark.parametrize("row", [*GIVEN, *OTHERS])
def test_a_batch_that_is_permuted_and_padded_gives_the_same_effects(read, row):
    """Couplings to cytotoxic drugs and checkpoint inhibitors once were drawn by place: a likelihood was no function."""
    plain, shuffled = read
    np.testing.assert_array_equal(shuffled[row], plain[row][ORDER])
    assert np.isfinite(plain[row]).all()


def test_every_number_with_a_prior_that_a_row_meets_is_held_or_fitted():
    """Nothing else is left to be drawn by place."""
    objective = JointObjective(())
    held = set(objective.complete(np.zeros((1, len(objective.names)))).draws)
    couplings = [entry for ways in read_registry().couplings.values() for entry in ways.values()]
    assert {entry.key for entry in couplings if entry.prior is not None} <= held
    assert set(read_registry().uncertain()) == held


def test_a_coupling_is_fitted_where_rows_that_meet_it_are():
    found = seen_keys([*atoms_of("miller-2014-nsclc"), *atoms_of("globig-2023-exhaustion")])
    assert "coupling docetaxel in mice cytotoxic:factor" in found
    assert "coupling checkpoint inhibitor (mouse) checkpoint:factor" in found
    assert not [key for key in seen_keys(atoms_of("kondo-2011-isoprenaline")) if key.startswith("coupling")]
