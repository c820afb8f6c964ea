"""Atoms of the papers of params/papers: each measurement that the model is asked, with its experiment and its error."""

import math
from collections.abc import Mapping
from functools import cache, lru_cache
from itertools import pairwise
from typing import Any, NamedTuple

from niche.atoms.assays import EVENTS, Known, variation, variations
from niche.atoms.effects import effect_of, is_rate
from niche.atoms.errors import assay_error, numbers_known, numbers_of, printed_error
from niche.atoms.records import READ, Atom
from niche.errors import NicheError, unknown
from niche.evidence.paper_records import Ask, Measurement, Paper
from niche.evidence.papers import read_papers
from niche.evidence.plan_files import ExperimentEntry
from niche.evidence.plans import PLANNERS, experiment_of, plans, shared_experiments
from niche.evidence.readings import Reading, read_reading
from niche.evidence.row_plan import Experiment
from niche.params.records import root
from niche.params.yaml_files import Spot

SITE = "metaphysis"  # the bone of hosts that name none


class Number(NamedTuple):
    """An effect with its error.

    Attributes
    ----------
    y
        the effect; NaN where none was printed
    error
        standard error of the effect
    basis
        what the error follows from
    counted
        whether each n that the error needs was printed
    share
        how much its assay varies, against most
    """

    y: float
    error: float
    basis: str
    counted: bool
    share: float


@lru_cache(maxsize=1)
def atoms() -> tuple[Atom, ...]:
    """Every atom of params/papers, in the order of papers and measurements."""
    found = [atom for key in read_papers() for atom in atoms_of(key)]
    return tuple(found)


def atoms_of(key: str) -> list[Atom]:
    """The atoms of one paper.

    Raises
    ------
    NicheError
        with file, measurement and what is wrong: an arm, a day or a read-out that its experiment does not have, an
        effect that is no ratio, an atom without an error
    """
    papers = read_papers()
    if key not in papers:
        raise unknown("paper", key, papers)
    paper, known = papers[key], variations()
    spot = Spot(f"papers/{key}.yaml", root() / "papers" / f"{key}.yaml")
    experiments = experiments_of(key)
    found: list[Atom] = []
    for i, one in enumerate(paper.measurements, 1):
        if one.asked is not None:
            where = spot.at("measurements", f"item {i}")
            found += _atoms(key, paper, one, experiments, known, where)
        elif _is_of_a_trial(one.id):
            with spot.at("measurements", f"item {i}").named():
                found.append(_of_trial(key, paper, one, known))
    return found


@cache
def experiments_of(key: str) -> Mapping[str, Experiment]:
    """What is simulated for a paper, by the names of its file."""
    papers = read_papers()
    if key not in papers:
        raise unknown("paper", key, papers)
    paper = papers[key]
    spot = Spot(f"papers/{key}.yaml", root() / "papers" / f"{key}.yaml").at("simulated")
    made = {}
    for name, one in paper.simulated.items():
        for arm in one.arms:
            if arm not in paper.arms:
                raise spot.at(name, "arms", said="").error(unknown("arm of the paper", arm, paper.arms))
        entry = ExperimentEntry(one.host, one.days, one.arms, one.note)
        made[name] = experiment_of(f"{key}: {name}", entry, spot.at(name))
    return made


def _is_of_a_trial(row: str) -> bool:
    """Whether virtual trials predict a row as a ratio of arms. A share or a median of one arm, and a difference of
    medians, hang on the hazard of the untreated, which was set: the ratio of the same arms is the atom."""
    plan = plans().get(row)
    if plan is None or plan.cannot or type(plan).__module__ not in PLANNERS:
        return False
    return plan.readings[0].compare.relative


def _of_trial(key: str, paper: Paper, one: Measurement, known: Known) -> Atom:
    number = _number(paper, one, Ask(observable="trial"), (0, 1)[: len(one.contrast)], known)
    return _atom(one.id, key, paper, one, number, (), None, None, False)


def _atoms(
    key: str,
    paper: Paper,
    one: Measurement,
    experiments: Mapping[str, Experiment],
    known: Known,
    where: Spot,
) -> list[Atom]:
    ask = one.asked if isinstance(one.asked, Ask) else Ask(observable=str(one.asked))
    experiment, costs = _experiment(paper, one, ask, experiments, where)
    arms = tuple(str(arm) for arm in ask.arms or one.contrast)
    # of an order, each arm against the one before it
    places = range(len(arms))
    pairs = [(j, i) for i, j in pairwise(places)] if one.kind == "order" else [tuple(places)]
    found = []
    for place, pair in enumerate(pairs, 1):
        reading = _reading(one, ask, tuple(arms[i] for i in pair), experiment, where)
        name = f"{one.id}.{place}" if len(pairs) > 1 else one.id
        with where.named():
            number = _number(paper, one, ask, pair, known)
            found.append(_atom(name, key, paper, one, number, costs, experiment, reading, is_rate(one, ask)))
    return found


def _atom(
    name: str,
    key: str,
    paper: Paper,
    one: Measurement,
    number: Number,
    costs: tuple[str, ...],
    experiment: Experiment | None,
    reading: Reading | None,
    linear: bool,
) -> Atom:
    if not (number.error > 0 and math.isfinite(number.error)):
        raise NicheError(f"{name}: an atom needs an error above 0; what was printed gives {number.error:g}")
    if one.kind in ("number", "bound") and not math.isfinite(number.y):
        raise NicheError(f"{name}: a {one.kind} needs a finite effect, got {number.y:g}")
    read = READ[one.read or paper.read]
    return Atom(
        name=name,
        paper=key,
        laboratory=paper.laboratory,
        group=paper.kind,
        family=one.family,
        assay=one.assay_group,
        kind={"bound": one.bound, "order": "direction"}.get(one.kind, one.kind),
        y=number.y,
        sign={"up": 1, "down": -1, "": 0}[one.direction] if one.kind in ("direction", "order") else 0,
        error=number.error,
        basis=number.basis,
        costs=tuple(dict.fromkeys((*costs, *([read] if read else [])))),
        experiment=experiment,
        reading=reading,
        linear=linear,
        conflict=one.conflict,
        animals=paper.same_animals or key,
        counted=number.counted,
        share=number.share,
    )


def _experiment(
    paper: Paper, one: Measurement, ask: Ask, experiments: Mapping[str, Experiment], where: Spot
) -> tuple[Experiment, tuple[str, ...]]:
    """The experiment that a measurement is asked of, and what it differs in that costs."""
    name = _named(ask, experiments, where)
    shared = shared_experiments()
    if name in experiments:
        differs = paper.simulated[name].differs
        found, costs = experiments[name], tuple(each.costs for each in differs if each.costs != "nothing")
    elif name in shared:
        found, costs = shared[name], ()
    else:
        raise where.error(unknown("experiment", name, [*experiments, *shared]))
    site = found.host.get("bone", SITE)
    if one.bone and one.bone != site and "kind of bone" not in costs:
        raise where.error(
            f"{one.id}: measured at {one.bone!r}, and {name!r} simulates {site!r}; ask an experiment of that bone, or "
            "say under differs that it costs 'kind of bone'"
        )
    return found, costs


def _named(ask: Ask, experiments: Mapping[str, Experiment], where: Spot) -> str:
    """Which experiment is meant."""
    if ask.within is not None:
        return ask.within
    if len(experiments) == 1:
        return next(iter(experiments))
    said = "nothing of this paper is simulated" if not experiments else f"one of {', '.join(experiments)}"
    raise where.error(f"asked needs 'in': {said}")


def _reading(one: Measurement, ask: Ask, arms: tuple[str, ...], experiment: Experiment, where: Spot) -> Reading:
    """What is read, checked against the arms and days of its experiment."""
    day = ask.day if ask.day is not None else list(one.day) if isinstance(one.day, tuple) else one.day
    if day is None:
        raise where.error(f"{one.id}: neither the measurement nor asked says the day")
    if len(arms) == 1 and ask.compare is None:
        raise where.error(f"{one.id}: a read-out of one arm says how it is compared: slope, fold of start, value ...")
    entry: dict[str, Any] = {
        "observable": ask.observable,
        "treated": arms[0],
        "day": list(day) if isinstance(day, tuple) else day,
        "compare": ask.compare or "fold",
    }
    if len(arms) not in (1, 2, 4):
        raise where.error(f"{one.id}: a contrast has one arm, two, or four [t, c, t2, c2], got {len(arms)}")
    if len(arms) > 1:
        entry["control"] = arms[1]
    if len(arms) == 4:
        entry["against"] = list(arms[2:])
    if ask.surround:
        entry["surround"] = ask.surround
    return read_reading(entry, experiment.arms, where)


def _number(paper: Paper, one: Measurement, ask: Ask, places: tuple[int, ...], known: Known) -> Number:
    """The effect between some of the arms of a contrast, by their places."""
    told = tuple(paper.arms[arm].n for arm in one.contrast)
    n = numbers_of(one, told)
    y = float("nan")
    learnt = variation(paper, one, ask, known)
    # events are counted in whole groups: their error is no spread between hosts
    share = 1.0 if one.family == EVENTS else min(1.0, learnt.cv / known["", "animals"].cv)
    if one.kind in ("number", "bound"):
        y = effect_of(one, ask)
        if found := printed_error(one, ask, y, n[:2]) if one.kind == "number" else None:
            return Number(y, *found, found[1] != "sd" or numbers_known(one, told), share)
    error = assay_error(learnt.cv, _means(one, ask, tuple(n[min(i, len(n) - 1)] for i in places)))
    if is_rate(one, ask) and y == y:
        error *= abs(y)
    return Number(y, error, learnt.basis, numbers_known(one, told), share)


def _means(one: Measurement, ask: Ask, n: tuple[int, ...]) -> tuple[int, ...]:
    """How many each mean of an effect is of: a fold of a day has its arm twice; events have no means."""
    if one.family == EVENTS:
        return (1,)
    return n * 2 if len(n) == 1 and ask.compare not in ("slope", "value") else n
