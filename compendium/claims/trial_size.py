"""How large a trial of a beta-blocker against recurrence in bone would have to be (notebook 26).

The effect is the model's, draw by draw: what propranolol does to the hazard that cells in bone wake, times that they
lodge there if the drug begins before they arrive (`compendium.claims.translation`). A trial needs so many events, after
Schoenfeld 1981 (doi:10.1093/biomet/68.1.316), of two arms in the shares p and 1 - p and at a true hazard ratio h:

    D = (z(1 - alpha/2) + z(power))^2 / (p (1 - p) (ln h)^2)

and so many patients as have them: events come at a constant rate, patients enter evenly over some years and are lost at
a constant rate.

Fixed before any draw was looked at: propranolol 40 mg twice daily; two arms of one size, 5 % on two sides, 80 % power;
metastases in bone at 1.05 % a year (CL148), three years of entry and five more of follow-up, 2 % lost a year; 10,000
women, about as many as the largest trials of adjuvant drugs for bone have had in one arm, as what can be done. A draw
in which the drug does no good needs endlessly many, and counts as `MOST`.
"""

import math
from collections.abc import Mapping
from typing import NamedTuple

import numpy as np

from compendium.claims.findings import HAZARD, Asked, Finding, finding
from compendium.claims.translation import Case, patient, species_effect
from niche.errors import NicheError
from niche.params.posterior import Posterior
from niche.trials.hazards import read_causes

ALPHA, POWER = 0.05, 0.8
FEASIBLE = 10_000  # patients
MOST = 1e7  # patients; no more are told apart
DOSE = "40 mg po twice daily"
CAUSE = "bone recurrence"  # of params/trials/hazards.yaml


class Design(NamedTuple):
    """A trial of two arms.

    Attributes
    ----------
    share
        of the patients who are treated
    entry, follow_up
        years over which patients enter, and years more for which the last is followed
    lost
        per year
    """

    share: float = 0.5
    entry: float = 3.0
    follow_up: float = 5.0
    lost: float = 0.02


def events_needed(
    ratio: np.ndarray | float, share: float = 0.5, alpha: float = ALPHA, power: float = POWER
) -> np.ndarray:
    """Events in both arms by which a log-rank test sees a hazard ratio, of any shape; infinite for a ratio of 1.

    Raises
    ------
    NicheError
        for a ratio that is not above 0, or shares outside 0 to 1
    """
    from scipy.special import ndtri

    values = np.asarray(ratio, dtype=float)
    for what, one in (("share treated", share), ("alpha", alpha), ("power", power)):
        if not 0 < one < 1:
            raise NicheError(f"{what} lies between 0 and 1, got {one!r}")
    if np.any(values <= 0):
        raise NicheError(f"a hazard ratio is above 0, got {values[values <= 0].ravel()[0]!r}")
    z = float(ndtri(1 - alpha / 2) + ndtri(power))
    with np.errstate(divide="ignore"):
        return np.asarray(z * z / (share * (1 - share) * np.log(values) ** 2))


USUAL = Design()


def chance_of_event(rate: np.ndarray | float, design: Design = USUAL) -> np.ndarray:
    """Probability that a patient of this rate [1/year] has the event while she is watched.

    With total rate r = rate + lost and follow-up T uniform from `follow_up` to `follow_up + entry`:
    rate / r (1 - E[exp(-r T)]).
    """
    total = np.asarray(rate, dtype=float) + design.lost
    if not (design.entry >= 0 and design.follow_up > 0 and np.all(total > 0)):
        raise NicheError(f"a design has years of follow-up and rates above 0, got {design}")
    free = np.exp(-total * design.follow_up)
    if design.entry > 0:
        free = free * -np.expm1(-total * design.entry) / (total * design.entry)
    return np.asarray(np.asarray(rate) / total * (1 - free))


def patients_needed(ratio: np.ndarray, rate: float, design: Design = USUAL) -> np.ndarray:
    """Patients of both arms, (draws,), at most `MOST`; NaN where the ratio is.

    Parameters
    ----------
    ratio
        hazard ratios, treated over control; from 1 on `MOST`
    rate
        of the control arm [1/year]
    """
    good = ratio < 1
    told = np.where(good, ratio, 0.5)
    seen = design.share * chance_of_event(told * rate, design) + (1 - design.share) * chance_of_event(rate, design)
    need = np.minimum(events_needed(told, design.share) / seen, MOST)
    return np.where(np.isfinite(ratio), np.where(good, need, MOST), np.nan)


def bone_recurrence() -> float:
    """Metastases in bone per woman and year after early breast cancer, as published."""
    baseline = read_causes()[CAUSE].baseline
    assert baseline is not None
    return baseline.value * 365.25


def designs() -> Mapping[str, Case]:
    """Who is treated when: what the drug does differs, not the trial."""
    drug = patient()._replace(block="propranolol", dose=DOSE)
    return {
        "after diagnosis": drug,
        "around surgery": drug._replace(late=False),
        "around surgery, stressed women": drug._replace(late=False, sessions=True),
    }


def ratios(draws: int = 200, seed: int = 1, posterior: Posterior | str = "calibrated") -> dict[str, np.ndarray]:
    """Hazard ratio of recurrence in bone in each draw, (draws,), by design."""
    return {
        name: species_effect(case, draws=draws, seed=seed, burden=False, posterior=posterior).recurrence
        for name, case in designs().items()
    }


TOPIC = "How large would a trial of a beta-blocker have to be?"
_NEED = "women in both arms (10,000,000: that or more, or no benefit)"
_HOLDS = (
    "that recurrence in bone goes with waking and lodging; recurrence elsewhere, subtypes and heart disease left out"
)
ASKED = {
    "after diagnosis": Asked(
        "after-diagnosis",
        TOPIC,
        "A trial of 10,000 women followed for five to eight years has 80 % power to see what propranolol after "
        "diagnosis does against recurrence in bone.",
        _NEED,
        "Such a trial with a 95 % interval that excludes the predicted hazard ratio.",
        _HOLDS,
    ),
    "around surgery": Asked(
        "around-surgery",
        TOPIC,
        "If propranolol is given around surgery, before cells have reached bone, such a trial of 10,000 women has 80 % "
        "power to see what it does.",
        _NEED,
        "Such a trial with a 95 % interval that excludes the predicted hazard ratio.",
        _HOLDS,
    ),
    "around surgery, stressed women": Asked(
        "stressed",
        TOPIC,
        "In women whose sympathetic tone is high such a trial of propranolol around surgery has 80 % power.",
        _NEED,
        "Such a trial with a 95 % interval that excludes the predicted hazard ratio.",
        _HOLDS + "; two hours a day of eightfold release stand for high tone",
    ),
}
RELEVANT_EFFECT = Asked(
    "relevant",
    TOPIC,
    "Propranolol after diagnosis lowers the hazard of recurrence in bone by a tenth or more.",
    "hazard ratio, propranolol over none",
    "A trial or an unbiased cohort whose 95 % interval lies above 0.9.",
    _HOLDS,
)


def findings(fit: Mapping[str, np.ndarray], prior: Mapping[str, np.ndarray], computed: bool = True) -> list[Finding]:
    """Each statement with its word; `fit` and `prior` are hazard ratios as `ratios` gives them."""
    rate = bone_recurrence()
    first = finding(
        RELEVANT_EFFECT,
        fit["after diagnosis"],
        lambda x: x <= math.exp(-HAZARD),
        prior=prior["after diagnosis"],
        computed=computed,
    )
    return [
        first,
        *(
            finding(
                one,
                patients_needed(fit[name], rate),
                lambda x: x <= FEASIBLE,
                prior=patients_needed(prior[name], rate),
                computed=computed,
            )
            for name, one in ASKED.items()
        ),
    ]


def chances(need: np.ndarray, sizes: np.ndarray) -> np.ndarray:
    """Share of draws in which a trial of each size (m,) has the power, of patients needed (draws,)."""
    fine = need[np.isfinite(need)]
    return np.asarray((fine[:, None] <= sizes).mean(axis=0))
