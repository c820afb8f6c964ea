"""Turn hosts and a protocol into what the integrator takes: event times, inputs, jumps, and the drugs' numbers."""

from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from niche.amounts import DOSES, MOST_TIMES, Amount, read_amount
from niche.errors import NicheError
from niche.experiment.hosts import Hosts
from niche.experiment.protocol import LIGANDS, THROUGH_BLOOD, Protocol
from niche.experiment.steps import Given, Step
from niche.model.state import RESTING, Inputs, Parameters, State
from niche.params.registry import Drug

if TYPE_CHECKING:
    from niche.experiment.courses import Course

_SAME = 1e-9  # days: events closer than this are one event


class Schedule(NamedTuple):
    """Every event of a protocol for n hosts: K events, U inputs, S states.

    Attributes
    ----------
    starts
        days of the events, shape (K,)
    inputs
        in force from each event on, shape (n, K, U)
    jumps
        what each event adds to the states, shape (n, K, S)
    parameters
        fields of shape (n,)
    warnings
        for the result
    """

    starts: np.ndarray
    inputs: np.ndarray
    jumps: np.ndarray
    parameters: Parameters
    warnings: tuple[str, ...]


def schedule(hosts: Hosts, protocol: Protocol) -> Schedule:
    """Every event of a protocol for these hosts. Raises `NicheError` if the hosts cannot have what it asks for."""
    if any(step.verb == "seed" for step in protocol.steps) and hosts.tumour is None:
        raise NicheError(
            "the protocol seeds a tumour but the hosts have no line: niche.hosts(..., tumour='MDA-231-luc')"
        )
    solved = _solved(hosts, protocol)
    starts = _starts(protocol, solved)
    n, K = len(hosts), len(starts)
    inputs = np.tile(np.asarray(RESTING, dtype=float), (n, K, 1))
    jumps = np.zeros((n, K, len(State._fields)))
    p = hosts.parameters
    warnings: list[str] = []
    if hosts.bone is not None:
        _set_condition(inputs, slice(0, K), hosts, hosts.bone)
    for course in solved:
        warnings += course.warnings
        p = p if course.slot is None else _filled(hosts, p, course.slot)
        _set_course(inputs, starts, course)
    for step in protocol.steps:
        if isinstance(step, Given):
            continue
        drug = hosts.registry.drugs.get(step.name)
        if drug is not None:
            warnings += _outside_source(hosts, drug, protocol)
            p = _filled(hosts, p, drug)
        if step.verb == "dose":
            assert drug is not None
            assert isinstance(step.amount, Amount)
            state, amount = _dose(hosts, drug, step.amount)
            for k in _intervals(starts, step.times):
                jumps[:, k, State._fields.index(state)] += amount
        elif step.verb == "seed":
            entry = "circulating" if step.name in THROUGH_BLOOD else "tumour"
            jumps[:, _intervals(starts, step.times)[0], State._fields.index(entry)] += p.inoculum
        else:
            on = _intervals(starts, (step.start,))[0]
            off = len(starts) if step.stop is None else _intervals(starts, (step.stop,))[0]
            _set_inputs(inputs, slice(on, off), hosts, step)
    return Schedule(starts, inputs, jumps, p, tuple(dict.fromkeys(warnings)))


def _solved(hosts: Hosts, protocol: Protocol) -> "list[Course]":
    """Courses of the drugs whose levels are solved first."""
    if not any(isinstance(step, Given) for step in protocol.steps):
        return []
    from niche.experiment.courses import courses  # late: most protocols need none

    return courses(hosts, protocol)


def _filled(hosts: Hosts, p: Parameters, drug: Drug) -> Parameters:
    """The numbers of a drug in its slot. One that the caller set by hand (a control) stays as it was set."""
    slot = {name: hosts.values(entry) for name, entry in drug.parameters.items()}
    return p._replace(**{k: v for k, v in slot.items() if k not in dict(hosts.changed)})


def _set_course(inputs: np.ndarray, starts: np.ndarray, course: "Course") -> None:
    """Write a course into the inputs. Levels add up, folds multiply, of shares held the rest is what both leave."""
    at = np.searchsorted(course.marks, starts + _SAME, side="right") - 1
    for name, values in course.inputs.items():
        column = inputs[:, :, Inputs._fields.index(name)]
        if name == "trk_block":
            column[:] = 1 - (1 - column) * (1 - values[:, at])
        elif getattr(RESTING, name) == 0:
            column += values[:, at]
        else:
            column *= values[:, at]


def _starts(protocol: Protocol, solved: "list[Course]") -> np.ndarray:
    """Days on which something changes; two that differ only by rounding (0.3 and 3 * 0.1) are one, the earlier."""
    marks = {0.0}.union(*(course.marks.tolist() for course in solved))
    for step in protocol.steps:
        if isinstance(step, Given):
            continue  # its course has its marks
        marks |= {step.start, *step.times} | ({step.stop} if step.stop is not None else set())
    days = np.array(sorted(marks))
    return days[np.diff(days, prepend=-1.0) > _SAME]


def _intervals(starts: np.ndarray, times: tuple[float, ...]) -> np.ndarray:
    """Which of `starts` each time is."""
    return np.searchsorted(starts, np.asarray(times) + _SAME) - 1


def _set_inputs(inputs: np.ndarray, on: slice, hosts: Hosts, step: Step) -> None:
    """Write one lasting step into the inputs of the intervals in which it is on."""
    column = {name: i for i, name in enumerate(Inputs._fields)}
    if step.verb == "stress":
        inputs[:, on, column["stress"]] *= step.value
    elif step.name in LIGANDS:
        inputs[:, on, column[LIGANDS[step.name][0]]] += step.value
    elif step.verb == "infuse":
        drug = hosts.registry.drugs[step.name]
        for receptor in ("b1", "b2"):
            level = step.value / hosts.values(drug.dosing[f"kd_dose_{receptor}"])
            inputs[:, on, column[f"{drug.slot}_{receptor}"]] += level[:, None]
        if drug.slot == "agonist":
            inputs[:, on, column["agonist_efficacy"]] = hosts.values(drug.dosing["efficacy"])[:, None]
    else:
        _set_condition(inputs, on, hosts, step.name)


def _set_condition(inputs: np.ndarray, on: slice, hosts: Hosts, condition: str) -> None:
    """Write a condition into the inputs: relative to rest, so that a second lesion never restores what the first
    took; else added to none."""
    for name, entry in hosts.registry.conditions[condition].inputs.items():
        value, column = hosts.values(entry)[:, None], inputs[:, on, Inputs._fields.index(name)]
        if getattr(RESTING, name) == 0:
            column += value
        else:
            column *= value


def _dose(hosts: Hosts, drug: Drug, amount: Amount) -> tuple[str, np.ndarray]:
    """The state that a dose enters, and by how much it raises it in each host."""
    given = amount.per_kg(_mass(hosts)) * hosts.values(drug.dosing["bioavailability"])
    if drug.slot == "zol":
        return "zol_bone", given
    # mg/kg over kDa is umol/kg; over mL/kg it is mM
    nanomolar = given / hosts.values(drug.dosing["molar_mass"]) / hosts.values(drug.dosing["volume"]) * 1e6
    return f"{drug.slot}_depot", nanomolar


def _mass(hosts: Hosts) -> float:
    """Body mass [kg]."""
    return hosts.registry.systems[hosts.system].body_mass.value


def _outside_source(hosts: Hosts, drug: Drug, protocol: Protocol) -> list[str]:
    """A sentence if the drug is given to a species, or in a dose, that its numbers do not come from.

    Raises
    ------
    NicheError
        for a dose far above the most of the source, unless the steps say that it is meant
    """
    found = []
    if hosts.system not in drug.systems:
        found.append(f"{drug.name}: its numbers are for {', '.join(drug.systems)}, not for the {hosts.system}")
    if drug.max_dose:
        steps = [step for step in protocol.steps if step.name == drug.name]
        most = _most(drug.max_dose, drug.sustained)
        limit = most.value if drug.sustained else most.per_kg(_mass(hosts))
        amount = _most_at_once(steps) if drug.sustained else _most_in_a_day(steps, _mass(hosts))
        unit = "mg/kg/day" if drug.sustained else "mg/kg within a day"
        said = f"{drug.name}: {amount:g} {unit} is above {drug.max_dose}, the most that its source used"
        if amount > MOST_TIMES * limit * (1 + 1e-9) and not all(step.beyond_sources for step in steps):
            raise NicheError(
                f"{said}: {amount / limit:.3g} times as much, where nothing is known. Is the unit right? "
                "If it is meant, say beyond_sources=True in the step"
            )
        if amount > limit * (1 + 1e-9):
            found.append(said)
    return found


@lru_cache(maxsize=64)
def _most(text: str, sustained: bool) -> Amount:
    """The most that a source used."""
    return read_amount(text, ("mg/kg/day",) if sustained else DOSES, "max_dose")


def _most_at_once(steps: list[Step]) -> float:
    """The largest sum of infusions that overlap."""
    ends = [np.inf if step.stop is None else step.stop for step in steps]
    return max(
        sum(s.value for s, end in zip(steps, ends, strict=True) if s.start <= step.start < end) for step in steps
    )


def _most_in_a_day(steps: list[Step], mass: float) -> float:
    """The largest sum of doses [mg/kg] less than a day apart."""
    each = [(t, step.amount.per_kg(mass)) for step in steps if isinstance(step.amount, Amount) for t in step.times]
    times, amounts = np.array(sorted(each)).T
    total = np.concatenate([[0.0], np.cumsum(amounts)])
    return float(np.max(total[np.searchsorted(times, times + 1 - _SAME)] - total[:-1]))
