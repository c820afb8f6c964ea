"""Rates go to the state that they are of, and a read-out hears what it is made of and nothing else."""

import ast
import inspect
import textwrap

import numpy as np
import pytest

import niche
from niche.experiment.solution import observe, perform
from niche.kinetics import equations
from niche.model import niche as model
from niche.model import state
from niche.model.niche import rates, signals
from niche.model.observables import OBSERVABLES
from niche.model.state import AT_REST, RESTING, State
from niche.rivals import lemaire2004

# Read-outs that bone cells do not move at once, by the equations of niche.model.
APART = (
    "OPG output",
    "IL-6",
    "noradrenaline",
    "beta1 signal",
    "beta2 signal",
    "beta2 signal elsewhere",
    "CGRP response",
    "TrkA excess",
)


@pytest.mark.parametrize("module", [model, equations, lemaire2004])
def test_rates_are_given_by_the_name_of_their_state(module):
    """By position, a field moved in `State` would swap two equations without an error."""
    tree = ast.parse(textwrap.dedent(inspect.getsource(module.rates)))
    (made,) = (node.value for node in ast.walk(tree) if isinstance(node, ast.Return))
    assert not made.args
    assert [field.arg for field in made.keywords] == list(module.State._fields)


def test_the_state_at_rest_is_given_by_name():
    tree = ast.parse(inspect.getsource(state))
    (made,) = (
        node.value for node in tree.body if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "AT_REST"
    )
    assert not made.args
    full = {name for name, value in AT_REST._asdict().items() if value == 1}
    cells = "OBp OBa OCa BV load VEGF vessels NGF sensory sympathetic adapted myelinated core MDSC M2 CD8"
    assert full == set(cells.split())
    assert all(value in (0, 1) for value in AT_REST)


def test_the_rate_of_each_pool_hears_its_own_pool():
    """Loss is of what there is: a rate that does not move with its own state is of another one."""
    on = {"load_delay": 0.5, "pool_excess": 0.3, "myelin_share": 0.5, "trophic_adapt": 0.1}
    p = niche.hosts("mouse", tumour="MDA-231-luc", draws=1).with_parameters(**on).parameters
    y = State(*(np.full(1, 0.3) for _ in State._fields))
    before = rates(0.0, y, RESTING, p)
    for name in State._fields:
        after = rates(0.0, y._replace(**{name: getattr(y, name) * 1.01}), RESTING, p)
        assert getattr(after, name) != getattr(before, name), name


@pytest.mark.parametrize("name", APART)
def test_a_read_out_is_not_spoilt_by_cells_that_it_does_not_hear(name):
    p = niche.hosts("mouse", draws=3).parameters
    y = AT_REST._replace(OCa=np.full(3, np.nan))
    with np.errstate(invalid="ignore"):
        s = signals(y, RESTING, p)
        assert np.isfinite(OBSERVABLES[name].read(y, s, RESTING, p)).all()


def test_every_read_out_has_one_entry_for_each_host_and_time():
    hosts = niche.hosts("mouse", tumour="MDA-231-luc", draws=3)
    run = perform(hosts, niche.Protocol(6).seed(), np.array([0.0, 2.0, 6.0]))
    for name, values in observe(run, [*OBSERVABLES, *State._fields]).items():
        assert values.shape == (3, 3), name
        assert np.isfinite(values).all(), name
