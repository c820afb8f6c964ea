"""Do mice and trials rank zoledronate and a block of RANKL oppositely, and why (notebook 26)?

Both drugs are given to mice with breast cancer cells in bone and to patients with a bone metastasis, and what is left
under one is set against what is left under the other: burden, bone, resorption, and the hazard of a skeletal event as
trials count it (params/trials/hazards.yaml; the same formula for mice, which have no such events).

Fixed before any draw was looked at: in mice zoledronate 0.1 mg/kg a week and OPG-Fc 3 mg/kg every 56 hours, as in
papers, from a week after the cells, read on day 28; in patients 4 mg of zoledronate and 120 mg of denosumab every four
weeks, from 100 days after the metastasis was found, read after a year. They rank the drugs *oppositely* in a draw where
the hazard of patients is lower under the block and the burden of mice is lower under zoledronate. What differs between
them is then taken to the mouse, one thing at a time; it *explains* the reversal where it turns the mouse's order.
"""

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np

from compendium.claims.findings import HAZARD, RELEVANT, Asked, Finding, finding
from niche.errors import unknown
from niche.experiment.hosts import hosts
from niche.experiment.protocol import Protocol
from niche.experiment.solution import observe, perform
from niche.params.posterior import Posterior
from niche.trials.hazards import read_causes

_WEIGHT = 70.0  # kg of a patient
_READ = ("tumour burden", "BV/TV", "CTX")
_BY = 14.0  # days between two looks at a patient's hazard; a mouse is looked at each day


class Case(NamedTuple):
    """Who is treated how.

    Attributes
    ----------
    who
        "mouse" or "patient"
    line, route
        the tumour, and how it comes
    start, days
        first dose, and the day of the last look
    zoledronate, block
        drug, dose, and days between doses
    """

    who: str
    line: str
    route: str
    start: float
    days: float
    zoledronate: tuple[str, str, float]
    block: tuple[str, str, float]


MOUSE = Case(
    "mouse", "MDA-MB-231", "intracardiac", 7, 28, ("zoledronate", "0.1 mg/kg", 7), ("OPG-Fc", "3 mg/kg", 56 / 24)
)
PATIENT = Case(
    "patient",
    "breast cancer patient",
    "established",
    100,
    465,
    ("zoledronate", "4 mg", 28),
    ("denosumab", "120 mg", 28),
)
_HOST = {"mouse": ("mouse", "athymic nude"), "patient": ("human", "adult")}
CASES: Mapping[str, Case] = {
    "mice": MOUSE,
    "mice, zoledronate once": MOUSE._replace(zoledronate=("zoledronate", "0.1 mg/kg", 365)),
    "mice, zoledronate as much as patients": MOUSE._replace(
        zoledronate=("zoledronate", f"{4 / _WEIGHT:.3g} mg/kg", 28)
    ),
    "mice, cells rich in RANK": MOUSE._replace(line="MDA-231-RANK"),
    "mice, treated late": MOUSE._replace(start=21, days=42),
    "patients": PATIENT,
}


class Ranks(NamedTuple):
    """Logarithm of what is left under the block over what is left under zoledronate, each (draws,): below 0 the block
    does more. `bone` is that of bone lost: its inverse."""

    tumour: np.ndarray
    bone: np.ndarray
    resorption: np.ndarray
    events: np.ndarray


def ranks(name: str, draws: int = 200, seed: int = 1, posterior: Posterior | str = "calibrated") -> Ranks:
    """How one of `CASES` ranks the two drugs. Raises `NicheError` for another."""
    if name not in CASES:
        raise unknown("case", name, CASES)
    case = CASES[name]
    system, strain = _HOST[case.who]
    who = hosts(system, strain=strain, tumour=case.line, draws=draws, seed=seed, posterior=posterior)
    step = 1.0 if case.who == "mouse" else _BY
    times = np.arange(case.start, case.days + step / 2, step)
    cause = read_causes()["SRE"]
    left = []
    for drug, amount, every in (case.zoledronate, case.block):
        plain = Protocol(case.days).seed(case.route)
        seen = observe(
            perform(who, plain.dose(drug, amount, day=case.start, every=every), times, workers=1),
            sorted({*_READ, *(term.reads for term in cause.terms)}),
        )
        reads = {key: np.asarray(one) for key, one in seen.items()}
        hazard = cause.relative(reads).mean(axis=1)
        left.append((*(reads[key][:, -1] for key in _READ), hazard))
    with np.errstate(invalid="ignore", divide="ignore"):
        tumour, bone, resorption, events = (np.log(b / z) for z, b in zip(*left, strict=True))
    return Ranks(tumour, -bone, resorption, events)


TOPIC = "Do mice and trials rank zoledronate and a block of RANKL oppositely?"
_TUMOUR = "burden under a RANKL block over burden under zoledronate, mice"
_EVENTS = "hazard of skeletal events under denosumab over that under zoledronate"
_FORM = "the hazard of a skeletal event is a formula of resorption, bone lost and burden whose weights are of cohorts"
ASKED = {
    "patients": Asked(
        "patients",
        TOPIC,
        "In patients with a bone metastasis of breast cancer, denosumab lowers the hazard of skeletal events by a "
        "tenth or more against zoledronate.",
        _EVENTS,
        "A trial of both whose 95 % interval lies above 0.9.",
        _FORM,
        "13b",
        "CL001",
    ),
    "mice": Asked(
        "mice",
        TOPIC,
        "In mice, zoledronate leaves less of the tumour in bone than a block of RANKL, by a fifth or more.",
        _TUMOUR,
        "Both drugs in one experiment with a burden under the block that is as low, within a fifth, or lower.",
        "doses and schedules of papers; zoledronate acts on the tumour through osteoclasts alone",
    ),
    "opposite": Asked(
        "opposite",
        TOPIC,
        "Mice by their tumour and patients by their skeletal events rank the two drugs oppositely.",
        _TUMOUR,
        "Mice in which the block leaves less tumour, or patients who have fewer events under zoledronate.",
        _FORM + "; the first statement tells whether trials agree with it in patients",
    ),
    "read-out": Asked(
        "read-out",
        TOPIC,
        "Measured by skeletal events, as trials do, mice rank zoledronate and a block of RANKL as patients do.",
        "hazard of skeletal events by the same formula, block over zoledronate, mice",
        "Fractures or osteolysis of mice that are fewer under the drug under which patients have more events.",
        _FORM + "; the first statement tells whether trials agree with it in patients",
    ),
}


def findings(fit: Mapping[str, Ranks], prior: Mapping[str, Ranks], computed: bool = True) -> list[Finding]:
    """Each statement with its word. The cases of both are "mice" and "patients" at the least."""
    now, before = _numbers(fit), _numbers(prior)
    # columns of `_numbers`: burden and events of mice, events of patients
    tests = {
        "patients": (lambda x: x[:, 2] <= -HAZARD, lambda x: np.exp(x[:, 2])),
        "mice": (lambda x: x[:, 0] >= RELEVANT, lambda x: np.exp(x[:, 0])),
        "opposite": (lambda x: (x[:, 2] < 0) & (x[:, 0] > 0), lambda x: np.exp(x[:, 0])),
        "read-out": (lambda x: x[:, 1] * x[:, 2] > 0, lambda x: np.exp(x[:, 1])),
    }
    return [
        finding(one, now, tests[name][0], prior=before, shown=tests[name][1], computed=computed)
        for name, one in ASKED.items()
    ]


def _numbers(one: Mapping[str, Ranks]) -> np.ndarray:
    mice, patients = one["mice"], one["patients"]
    return np.stack([mice.tumour, mice.events, patients.events], axis=1)


def turned(found: Mapping[str, Ranks]) -> dict[str, float]:
    """Of each case, the share of draws in which the block leaves less of the tumour than zoledronate."""
    return {name: float(np.mean(one.tumour[np.isfinite(one.tumour)] < 0)) for name, one in found.items()}
