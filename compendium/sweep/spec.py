"""What a sweep is made of, read from YAML and checked: hosts, arms, what is varied, what is read."""

import json
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any

from compendium.sweep.design import DESIGNS, INPUTS, read_factor
from compendium.sweep.planning import planned_arms
from compendium.sweep.specification import Factor, Sweep
from compendium.sweep.steps import arms_at, named_in, whole_number
from niche import units
from niche.errors import NicheError, known, unknown
from niche.evidence.readings import KEYS, Reading, need
from niche.evidence.readings import read_reading as read_reading
from niche.experiment.protocol import Protocol
from niche.model.state import DERIVED, Parameters
from niche.params.records import read_yaml

CHUNK = 1000  # hosts: about a second of work on one core
FRESH = "fresh"
_MOST, _MANY = 1_000_000_000, 50
_SPEC = {"hosts", "days", "arms", "vary", "read", "quantiles", "chunk", "rtol"}
_HOSTS = {"system", "strain", "sex", "tumour", "posterior", "parameters", "draws", "seed"}
_VARY = {"design", "points", "factors"}
_READ = (KEYS - {"sign", "within"}) | {"days"}


def read_spec(file: Path | str) -> Sweep:
    """A specification from a YAML file. Raises `NicheError` naming the file and what is wrong."""
    try:
        return check_spec(read_yaml(Path(file)))
    except NicheError as error:
        named = str(error)
        raise NicheError(named if named.startswith(str(file)) else f"{file}: {named}") from None


def check_spec(content: Mapping[str, Any]) -> Sweep:
    """A specification from a mapping, rehearsed at the ends of everything that is varied.

    raises : NicheError for unknown names (with the nearest), empty ranges, days outside the protocol, or hosts that
        cannot have done to them what the arms ask for
    """
    known(dict(content), _SPEC, "specification")
    need(content, ("hosts", "days", "arms", "read"), "specification")
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
    content = json.loads(text)
    host, changes, draws, seed = _hosts(content["hosts"])
    days = units.days(content["days"], "days")
    steps = content["arms"]
    if not isinstance(steps, dict) or not steps:
        raise NicheError(f"arms: expected {{name: [steps]}}, got {steps!r}")
    design, points, factors = _vary(content.get("vary"), named_in(steps))
    chunk = whole_number(content.get("chunk", CHUNK), "chunk", 1)
    first = {one.name: one.ends[0] for one in factors}
    readings = _readings(content["read"], arms_at(steps, days, first))
    quantiles = _quantiles(content.get("quantiles", [0.05, 0.5, 0.95]))
    rtol = content.get("rtol", 1e-6)
    if isinstance(rtol, bool) or not isinstance(rtol, int | float) or not 1e-13 <= rtol <= 1e-2:
        raise NicheError(f"rtol must lie between 1e-13 and 1e-2, got {rtol!r}")
    sweep = Sweep(
        text, host, changes, draws, seed, days, steps, design, points, factors, readings, quantiles, chunk, float(rtol)
    )
    if sweep.size > _MOST:
        raise NicheError(f"the sweep has {sweep.size:,} hosts, more than {_MOST:,}; vary less, or in fewer steps")
    return sweep


def _hosts(entry: Any) -> tuple[dict[str, Any], dict[str, float], int | None, int]:
    known(entry, _HOSTS, "hosts")
    need(entry, ("system",), "hosts")
    host = {k: v for k, v in entry.items() if k not in ("parameters", "draws", "seed")}
    draws = entry.get("draws", 200)
    draws = (
        None
        if draws == FRESH
        else whole_number(draws, f"hosts, draws (or {FRESH!r}, one host of its own per point)", 1)
    )
    changes = entry.get("parameters") or {}
    if not isinstance(changes, dict):
        raise NicheError(f"hosts, parameters: expected {{name: value}}, got {changes!r}")
    return host, changes, draws, whole_number(entry.get("seed", 1), "hosts, seed", 0)


def _vary(entry: Any, asked: set[str]) -> tuple[str, int, tuple[Factor, ...]]:
    """Design, number of points, and factors; `asked` are the names that stand in steps as $name."""
    known(entry if entry is not None else {}, _VARY, "vary")
    entry = entry or {}
    design = entry.get("design", "grid")
    if design not in DESIGNS:
        raise NicheError(f"vary: {unknown('design', design, DESIGNS)}")
    given = entry.get("factors") or {}
    if not isinstance(given, dict):
        raise NicheError(f"vary, factors: expected {{name: {{range: [low, high]}}}}, got {given!r}")
    for name in sorted(asked - set(map(str, given))):
        raise NicheError(f"arms: ${name} stands in a step: {unknown('factor', name, map(str, given))}")
    factors = tuple(read_factor(str(name), one, design, _kind(str(name), asked)) for name, one in given.items())
    if design == "grid":
        if "points" in entry:
            raise NicheError("vary: a grid has a point for each combination; points is for random and sobol")
        points = 1
        for one in factors:
            points *= len(one.values)
        return design, points, factors
    if not factors:
        raise NicheError(f"vary: a {design} design needs factors")
    return design, whole_number(entry.get("points"), f"vary, points of a {design} design", 1, 2**30), factors


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


def _readings(entry: Any, arms: Mapping[str, Protocol]) -> dict[str, Reading]:
    """Readings by name. One arm needs no naming, and no control means a value; `days` makes one of each day."""
    if not isinstance(entry, dict) or not entry:
        raise NicheError(f"read: expected {{name: {{observable: ..., day: ...}}}}, got {entry!r}")
    found = {}
    for name, asked in entry.items():
        where = f"read, {name}"
        known(asked, _READ, where)
        one = {"compare": "value" if "control" not in asked else "fold", **asked}
        if "treated" not in one and len(arms) == 1:
            one["treated"] = next(iter(arms))
        days = one.pop("days", None)
        if days is None:
            found[str(name)] = read_reading(one, arms, where)
        elif "day" in one or not isinstance(days, list) or not days:
            raise NicheError(f"{where}: give day, or days: [a list of them], got {asked!r}")
        else:
            found |= {f"{name}, day {day}": read_reading({**one, "day": day}, arms, where) for day in days}
    return found


def _quantiles(entry: Any) -> tuple[float, ...]:
    numbers = entry if isinstance(entry, list) else []
    if not numbers or not all(type(q) in (int, float) and 0 <= q <= 1 for q in numbers):
        raise NicheError(f"quantiles: expected numbers from 0 to 1, like [0.05, 0.5, 0.95], got {entry!r}")
    return tuple(float(q) for q in numbers)


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
