"""What is varied in a sweep, put into hosts and schedules."""

from collections.abc import Mapping
from dataclasses import replace

import numpy as np

from compendium.sweep.specification import Sweep
from niche.experiment.hosts import Hosts
from niche.experiment.protocol import Protocol
from niche.experiment.schedule import Schedule, schedule
from niche.model.state import RESTING, Inputs, Parameters


def planned_arms(sweep: Sweep, crowd: Hosts, values: Mapping[str, float]) -> dict[str, Schedule]:
    """Each arm's schedule for hosts that are all at one point. Raises `NicheError` for what cannot be done."""
    column = {name: np.full(len(crowd), value) for name, value in values.items()}
    changed = changed_hosts(sweep, crowd, column)
    return {arm: schedule_of(sweep, changed, one, column) for arm, one in sweep.arms(values).items()}


def take(crowd: Hosts, which: np.ndarray) -> Hosts:
    """Some of the hosts, or some of them more than once."""
    table = np.array(np.broadcast_arrays(*crowd.parameters))[:, which]
    return replace(crowd, rows=np.asarray(crowd.rows)[which], parameters=Parameters(*table))


def changed_hosts(sweep: Sweep, crowd: Hosts, column: Mapping[str, np.ndarray]) -> Hosts:
    """The hosts with the parameters that are varied.

    Parameters
    ----------
    column
        values of each factor, (hosts,)
    """
    changes = {
        one.name: column[one.name] * (getattr(crowd.parameters, one.name) if one.relative else 1.0)
        for one in sweep.factors
        if one.kind == "parameter"
    }
    return crowd.with_parameters(**changes) if changes else crowd


def schedule_of(sweep: Sweep, crowd: Hosts, protocol: Protocol, column: Mapping[str, np.ndarray]) -> Schedule:
    """The schedule of an arm, with the inputs that are varied in force from the first day to the last."""
    plan = schedule(crowd, protocol)
    for one in sweep.factors:
        if one.kind == "input":
            values, inputs = column[one.name][:, None], plan.inputs[:, :, Inputs._fields.index(one.name)]
            if getattr(RESTING, one.name) == 0:
                inputs += values
            else:
                inputs *= values
    return plan


def joined(plans: list[Schedule]) -> Schedule:
    """Schedules that begin on the same days, as one."""
    if len(plans) == 1:
        return plans[0]
    columns = zip(*(np.broadcast_arrays(*plan.parameters) for plan in plans), strict=True)
    inputs, jumps = (np.concatenate([getattr(plan, name) for plan in plans]) for name in ("inputs", "jumps"))
    return Schedule(plans[0].starts, inputs, jumps, Parameters(*map(np.concatenate, columns)), ())
