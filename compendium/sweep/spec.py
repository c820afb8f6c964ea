"""What a sweep is made of, read from YAML and checked: hosts, arms, what is varied, what is read."""

import json
import math
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any

from compendium.sweep.design import INPUTS, read_factor
from compendium.sweep.files import SweepFile, VaryEntry
from compendium.sweep.planning import planned_arms
from compendium.sweep.specification import Factor, Sweep
from compendium.sweep.steps import arms_at, named_in
from niche import units
from niche.errors import NicheError, unknown
from niche.evidence.readings import Reading
from niche.evidence.readings import read_reading as read_reading
from niche.experiment.protocol import Protocol
from niche.model.state import DERIVED, Parameters
from niche.params.own_sections import read_sections
from niche.params.schema import parse

_MOST, _MANY = 1_000_000_000, 50


def read_spec(file: Path | str) -> Sweep:
    """A specification from a YAML file. Raises `NicheError` naming the file and what is wrong."""
    try:
        return check_spec(read_sections(Path(file), SweepFile.__struct_fields__))
    except NicheError as error:
        named = str(error)
        raise NicheError(named if named.startswith(str(file)) else f"{file}: {named}") from None


def check_spec(content: Mapping[str, Any]) -> Sweep:
    """A specification from a mapping, rehearsed at the ends of everything that is varied.

    Raises
    ------
    NicheError
        for unknown names (with the nearest), empty ranges, days outside the protocol, or hosts that cannot have
        done to them what the arms ask for
    """
    parse(SweepFile, dict(content), "specification")
    try:
        text = json.dumps(content, allow_nan=False)
    except (TypeError, ValueError) as error:
        raise NicheError(f"specification: {error}; give numbers, text, lists and mappings") from None
    sweep = parsed(text)
    _rehearse(sweep)
    return sweep


@lru_cache(maxsize=8)
def parsed(text: str) -> Sweep:
    """The specification of a text that `check` has made: what a worker is sent."""
    raw = json.loads(text)
    given = parse(SweepFile, raw, "specification")
    days = units.days(given.days, "days")
    steps = raw["arms"]
    design, points, factors = _vary(given.vary or VaryEntry(), named_in(steps))
    first = {one.name: one.ends[0] for one in factors}
    sweep = Sweep(
        text,
        {key: value for key, value in raw["hosts"].items() if key not in ("parameters", "draws", "seed")},
        given.hosts.parameters,
        None if given.hosts.draws == "fresh" else given.hosts.draws,
        given.hosts.seed,
        days,
        steps,
        design,
        points,
        factors,
        _readings(raw["read"], arms_at(steps, days, first)),
        given.quantiles,
        given.chunk,
        given.rtol,
    )
    if sweep.size > _MOST:
        raise NicheError(f"the sweep has {sweep.size:,} hosts, more than {_MOST:,}; vary less, or in fewer steps")
    return sweep


def _vary(entry: VaryEntry, asked: set[str]) -> tuple[str, int, tuple[Factor, ...]]:
    """Design, number of points, and factors; `asked` are the names that stand in steps as $name."""
    for name in sorted(asked - set(entry.factors)):
        raise NicheError(f"arms: ${name} stands in a step: {unknown('factor', name, entry.factors)}")
    factors = tuple(read_factor(name, one, entry.design, _kind(name, asked)) for name, one in entry.factors.items())
    if entry.design == "grid":
        if entry.points is not None:
            raise NicheError("vary: a grid has a point for each combination; points is for random and sobol")
        return entry.design, math.prod(len(one.values) for one in factors), factors
    if not factors:
        raise NicheError(f"vary: a {entry.design} design needs factors")
    if entry.points is None:
        raise NicheError(f"vary: a {entry.design} design needs points, a whole number of at least 1")
    return entry.design, entry.points, factors


def _kind(name: str, asked: set[str]) -> str:
    parameters = [p for p in Parameters._fields if p not in DERIVED]
    if name in asked:
        if name in parameters or name in INPUTS:
            raise NicheError(f"vary: ${name} stands in a step, but {name} is a name of the model; call it otherwise")
        return "step"
    if name in parameters:
        return "parameter"
    if name in INPUTS:
        return "input"
    raise NicheError(
        f"vary: {unknown('parameter or input', name, [*parameters, *INPUTS])} To vary a dose or a day, let ${name} "
        "stand in a step."
    )


def _readings(entries: Mapping[str, Mapping[str, Any]], arms: Mapping[str, Protocol]) -> dict[str, Reading]:
    """Readings by name. One arm needs no naming, and no control means a value; `days` makes one of each day."""
    found = {}
    for name, entry in entries.items():
        where = f"read, {name}"
        asked = dict(entry)
        days = asked.pop("days", None)
        if (days is None) == ("day" not in asked):
            raise NicheError(f"{where}: give day, or days: [a list of them]")
        one = {"compare": "value" if "control" not in asked else "fold", **asked}
        if "treated" not in one and len(arms) == 1:
            one["treated"] = next(iter(arms))
        if days is None:
            found[name] = read_reading(one, arms, where)
        else:
            found |= {f"{name}, day {day}": read_reading({**one, "day": day}, arms, where) for day in days}
    return found


def _rehearse(sweep: Sweep) -> None:
    """Make one host and every arm at the ends of each factor: what cannot be done shows before anything is run."""
    first = {one.name: one.ends[0] for one in sweep.factors}
    last = {one.name: one.ends[1] for one in sweep.factors}
    one_host = sweep.made(1, sweep.seed)
    levels = [(f.name, level) for f in sweep.factors for level in (f.values if len(f.values) < _MANY else f.ends)]
    tried = [first, last, *({**first, name: level} for name, level in levels)]
    for values in tried:
        try:
            planned_arms(sweep, one_host, values)
        except NicheError as error:
            at = ", ".join(f"{name} = {value:g}" for name, value in values.items())
            raise NicheError(f"{error}" + (f" (at {at})" if at else "")) from None
