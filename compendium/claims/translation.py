"""From mouse to patient: a blocker in both, and one difference at a time carried from one to the other (claim 15)."""

from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache, partial, reduce
from types import MappingProxyType
from typing import Any, NamedTuple

import numpy as np

from niche.errors import unknown
from niche.evidence.rows import evidence
from niche.experiment.hosts import Hosts, hosts
from niche.experiment.protocol import Protocol
from niche.experiment.solution import observe, perform
from niche.kinetics.regimens import regimen
from niche.model.state import Inputs
from niche.params.mechanisms import gains, switched_off
from niche.params.posterior import Posterior
from niche.params.records import Parameter, read_entries, read_yaml, root
from niche.params.schema import parse
from niche.trials.files import TranslationFile

_GIVEN = dict.fromkeys(("mouse_dose", "patient_dose", "mouse_atenolol", "patient_atenolol"), "mg/kg/day") | {
    "release": "1",
    "session": "day",
    "late": "day",
    "mouse_days": "day",
    "patient_days": "day",
    "patient_late": "day",
}
_HOST = {"mouse": ("mouse", "athymic nude"), "patient": ("human", "adult")}
_LINE = {"mouse": ("MDA-MB-231", "intracardiac"), "patient": ("breast cancer patient", "established")}
_HOURS = (np.arange(12) + 0.5) / 12  # a day is read twelve times, so that a session weighs as long as it lasts
_INSIDE = 1.959964


class Case(NamedTuple):
    """Who is given what. `who` is "mouse" or "patient"; the rest may be of the other.

    Attributes
    ----------
    block
        a drug, or a genotype in its place
    dose
        mg/kg/day, or text as "50 mg po twice daily", for a drug
    sessions
        whether release rises in daily sessions
    tone
        whose resting tone and adrenaline
    line
        whose tumour
    late
        whether it begins after cells have arrived
    receptors
        whether tumour cells have beta2 receptors
    """

    who: str
    block: str
    dose: float | str
    sessions: bool
    tone: str
    line: str
    late: bool
    receptors: bool = True


class SpeciesEffect(NamedTuple):
    """What a block does in each draw, all (draws,): treated over untreated, and what it holds on the last day.

    Attributes
    ----------
    recurrence
        hazard that a cell in bone wakes, times that it lodges there if the drug begins before it arrives
    burden
        of the bone, on the last day
    beta1, beta2
        share of the receptors that no agonist can reach
    """

    recurrence: np.ndarray
    burden: np.ndarray
    beta1: np.ndarray
    beta2: np.ndarray


@lru_cache(maxsize=1)
def measured_numbers() -> Mapping[str, Parameter]:
    """How the blocker is given in each species: "given" of params/trials/translation.yaml."""
    where = "trials/translation.yaml"
    content = parse(TranslationFile, read_yaml(root() / "trials" / "translation.yaml"), where)
    found = read_entries(content.given, "given", f"{where}, given", content.source, _GIVEN, complete=True)
    return MappingProxyType(found)


def measured_number(name: str) -> float:
    """One of them, in mg/kg/day, days, or folds. Raises `NicheError` for another name."""
    if name not in measured_numbers():
        raise unknown("number of params/trials/translation.yaml", name, measured_numbers())
    return measured_numbers()[name].value


def dose(who: str, drug: str) -> float:
    """Dose [mg/kg/day] of a blocker in "mouse" or "patient"; the two of atenolol hold beta1 about alike."""
    return measured_number({"propranolol": f"{who}_dose", "atenolol": f"{who}_atenolol"}.get(drug, drug))


def mouse() -> Case:
    """The mice that respond: stressed, given much propranolol before the cells arrive."""
    return Case("mouse", "propranolol", dose("mouse", "propranolol"), True, "mouse", "mouse", False)


def patient() -> Case:
    """Patients of a cohort: unselected for stress, on a blocker of beta1 after diagnosis."""
    return Case("patient", "atenolol", dose("patient", "atenolol"), False, "patient", "patient", True)


def factors() -> Mapping[str, tuple[Callable[[Case], Case], Callable[[Case], Case]]]:
    """Each difference, as what makes the mouse like the patient in it, and the patient like the mouse."""
    selective, unselective = partial(_drug, "mouse", "atenolol"), partial(_drug, "patient", "propranolol")
    made: dict[str, tuple[Callable[[Case], Case], Callable[[Case], Case]]] = {
        "receptor: atenolol, or propranolol": (selective, unselective),
        "receptor: beta1 alone gone": (_to(block="Adrb1-/-"), _to(block="Adrb1-/-")),
        "dose": (partial(_dosed, "patient"), partial(_dosed, "mouse")),
        "stress: sessions": (_to(sessions=False), _to(sessions=True)),
        "stress: sessions and tone": (_to(sessions=False, tone="patient"), _to(sessions=True, tone="mouse")),
        "stage: before or after arrival": (_to(late=True), _to(late=False)),
        "subtype: no beta2 on the tumour": (_to(receptors=False), _to(receptors=False)),
        "subtype: growth of the line": (_to(line="patient"), _to(line="mouse")),
    }
    return MappingProxyType(made)


FIVE = {
    "receptor": "receptor: atenolol, or propranolol",
    "dose": "dose",
    "stress": "stress: sessions and tone",
    "stage": "stage: before or after arrival",
    "subtype": "subtype: no beta2 on the tumour",
}


def with_factors(case: Case, names: Sequence[str]) -> Case:
    """The mouse with several of the `FIVE` factors as in patients. Raises `NicheError` for another name."""
    for name in names:
        if name not in FIVE:
            raise unknown("factor", name, FIVE)
    # the drug first, so that the dose is of that drug
    return reduce(lambda made, name: factors()[FIVE[name]][0](made), sorted(names, key=list(FIVE).index), case)


def _to(**changes: Any) -> Callable[[Case], Case]:
    return lambda case: case._replace(**changes)


def _drug(who: str, name: str, case: Case) -> Case:
    return case._replace(block=name, dose=dose(who, name))


def _dosed(who: str, case: Case) -> Case:
    return case._replace(dose=dose(who, case.block))


def together(one: Case, other: Case) -> Case:
    """One species given all that the other is given."""
    return other._replace(who=one.who)


def species_effect(
    case: Case,
    *,
    draws: int = 200,
    seed: int = 1,
    changes: Mapping[str, float] | None = None,
    burden: bool = True,
    posterior: Posterior | str = "calibrated",
) -> SpeciesEffect:
    """What the block does, draw by draw: simulated with and without it.

    Parameters
    ----------
    changes
        parameters set for every host, such as a mechanism's gain to 0
    burden
        whether a tumour is grown too; else the ratio of burdens is NaN
    posterior
        as in `niche.experiment.hosts`

    Raises
    ------
    NicheError
        for unknown names
    """
    people = _hosts(case, draws, seed, changes or {}, posterior)
    length = measured_number(f"{case.who}_days")
    start = measured_number("late" if case.who == "mouse" else "patient_late") if case.late else 0.0
    route = _LINE[case.line][1]
    last = length - 1 + _HOURS
    hazards, burdens, held = [], [], {}
    for blocked in (True, False):
        protocol = _stressed(case, length)
        given = _blocked(case, protocol, start) if blocked else protocol
        free = perform(people, given, last, workers=1)
        if blocked:
            inputs = dict(zip(Inputs._fields, np.moveaxis(free.inputs, -1, 0), strict=True))
            held = {r: (1 - inputs[f"{r}_present"] / (1 + inputs[f"blocker_{r}"])).mean(axis=1) for r in ("b1", "b2")}
        seen = observe(free, ["waking rate", "lodging rate"])
        hazard = seen["waking rate"] * (1.0 if case.late else seen["lodging rate"])
        hazards.append(hazard.mean(axis=1))
        if burden:
            bearing = perform(people, given.seed(route), np.array([length]), rtol=1e-5, workers=1)
            burdens.append(observe(bearing, ["tumour burden"])["tumour burden"][:, 0])
    grown = burdens[0] / burdens[1] if burden else np.full(draws, np.nan)
    return SpeciesEffect(hazards[0] / hazards[1], grown, held["b1"], held["b2"])


def closed(effect: np.ndarray, row: str) -> np.ndarray:
    """Whether each draw's ratio lies in the 95 % interval of a published hazard ratio, shape (draws,)."""
    low, high = published_interval(row)
    return np.asarray((effect >= low) & (effect <= high))


def published_interval(row: str) -> tuple[float, float]:
    """95 % interval of a published ratio, from its error on the logarithm."""
    measured = evidence(row)
    assert measured.value is not None
    assert measured.sd is not None
    reach = np.exp(_INSIDE * measured.sd)
    return measured.value / reach, measured.value * reach


def share_closed(before: np.ndarray, after: np.ndarray, row: str) -> float:
    """Of the draws whose ratio lies outside a published interval, the share that a change brings in; NaN of none."""
    apart = ~closed(before, row)
    return float(closed(after, row)[apart].mean()) if apart.any() else float("nan")


def deaf_tumour() -> dict[str, float]:
    """What a tumour without beta2 receptors does not hear, off."""
    return switched_off(gains("beta2", "receptors of tumour cells"))


def _hosts(case: Case, draws: int, seed: int, changes: Mapping[str, float], posterior: Posterior | str) -> Hosts:
    both = {
        who: hosts(system, strain=strain, tumour=_LINE[case.line][0], draws=draws, seed=seed, posterior=posterior)
        for who, (system, strain) in _HOST.items()
    }
    own, source = both[case.who], both[case.tone].parameters
    made = {} if case.tone == case.who else {k: np.array(getattr(source, k)) for k in ("tone", "adrenaline_ratio")}
    values: dict[str, Any] = {**made, **({} if case.receptors else deaf_tumour()), **changes}
    return own.with_parameters(**values)


def _stressed(case: Case, length: float) -> Protocol:
    plain = Protocol(length)
    return plain.stress(measured_number("release"), lasting=measured_number("session")) if case.sessions else plain


def _blocked(case: Case, protocol: Protocol, start: float) -> Protocol:
    if case.block.endswith("-/-"):
        return protocol.genotype(case.block)
    if isinstance(case.dose, str):
        return protocol.regimen(case.block, regimen(case.dose).starting(start), averaged=True)
    return protocol.infuse(case.block, f"{case.dose!r} mg/kg/day", start=start)
