"""Atoms of the papers of params/papers: each measurement that the model is asked, with its experiment and its error."""

from collections.abc import Mapping
from functools import cache, lru_cache
from itertools import pairwise
from typing import Any

from niche.atoms.assays import Variation, variation, variations
from niche.atoms.effects import effect_of, is_rate
from niche.atoms.errors import assay_error, numbers_of, printed_error
from niche.atoms.records import READ, Atom
from niche.errors import unknown
from niche.evidence.paper_records import Ask, Measurement, Paper
from niche.evidence.papers import read_papers
from niche.evidence.plan_files import ExperimentEntry
from niche.evidence.plans import PLANNERS, experiment_of, plans, shared_experiments
from niche.evidence.readings import Reading, read_reading
from niche.evidence.row_plan import Experiment
from niche.params.records import root
from niche.params.yaml_files import Spot


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
    paper = read_papers()[key]
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


def _of_trial(key: str, paper: Paper, one: Measurement, known: Mapping[str, Variation]) -> Atom:
    number = _number(paper, one, Ask(observable="trial"), known)
    return _atom(one.id, key, paper, one, number, (), None, None, False)


def _atoms(
    key: str,
    paper: Paper,
    one: Measurement,
    experiments: Mapping[str, Experiment],
    known: Mapping[str, Variation],
    where: Spot,
) -> list[Atom]:
    ask = one.asked if isinstance(one.asked, Ask) else Ask(observable=str(one.asked))
    experiment, costs = _experiment(paper, ask, experiments, where)
    arms = tuple(str(arm) for arm in ask.arms or one.contrast)
    # of an order, each arm against the one before it
    pairs = [(second, first) for first, second in pairwise(arms)] if one.kind == "order" else [arms]
    with where.named():
        number = _number(paper, one, ask, known)
    found = []
    for place, pair in enumerate(pairs, 1):
        reading = _reading(one, ask, pair, experiment, where)
        name = f"{one.id}.{place}" if len(pairs) > 1 else one.id
        found.append(_atom(name, key, paper, one, number, costs, experiment, reading, is_rate(one, ask)))
    return found


def _atom(
    name: str,
    key: str,
    paper: Paper,
    one: Measurement,
    number: tuple[float, float, str],
    costs: tuple[str, ...],
    experiment: Experiment | None,
    reading: Reading | None,
    linear: bool,
) -> Atom:
    y, error, basis = number
    read = READ[one.read or paper.read]
    return Atom(
        name=name,
        paper=key,
        laboratory=paper.laboratory,
        group=paper.kind,
        family=one.family,
        assay=one.assay_group,
        kind={"bound": one.bound, "order": "direction"}.get(one.kind, one.kind),
        y=y,
        sign={"up": 1, "down": -1, "": 0}[one.direction] if one.kind in ("direction", "order") else 0,
        error=error,
        basis=basis,
        costs=tuple(dict.fromkeys((*costs, *([read] if read else [])))),
        experiment=experiment,
        reading=reading,
        linear=linear,
        conflict=one.conflict,
        animals=paper.same_animals or key,
    )


def _experiment(
    paper: Paper, ask: Ask, experiments: Mapping[str, Experiment], where: Spot
) -> tuple[Experiment, tuple[str, ...]]:
    """The experiment that a measurement is asked of, and what it differs in that costs."""
    shared = shared_experiments()
    if ask.within is None and len(experiments) == 1:
        name = next(iter(experiments))
    elif ask.within is None:
        said = "nothing of this paper is simulated" if not experiments else f"one of {', '.join(experiments)}"
        raise where.error(f"asked needs 'in': {said}")
    else:
        name = ask.within
    if name in experiments:
        differs = paper.simulated[name].differs
        return experiments[name], tuple(one.costs for one in differs if one.costs != "nothing")
    if name in shared:
        return shared[name], ()
    raise where.error(unknown("experiment", name, [*experiments, *shared]))


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


def _number(paper: Paper, one: Measurement, ask: Ask, known: Mapping[str, Variation]) -> tuple[float, float, str]:
    """Effect, its error and what that follows from; an effect that was not printed is NaN."""
    n = numbers_of(one, tuple(paper.arms[arm].n for arm in one.contrast))[:2]
    y = float("nan")
    if one.kind in ("number", "bound"):
        y = effect_of(one, ask)
        if found := printed_error(one, ask, y, n) if one.kind == "number" else None:
            return y, *found
    cv = variation(one.assay_group, one.family, known).cv
    error = assay_error(cv, n)
    return y, error * abs(y) if is_rate(one, ask) and y == y else error, "assay"
