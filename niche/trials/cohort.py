"""Who is treated with what: cohorts of virtual patients, and the arms of a trial."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import reduce
from typing import Any

from niche.errors import NicheError, unknown
from niche.evidence.protocols import VERBS
from niche.experiment.protocol import Protocol
from niche.kinetics.regimens import regimen
from niche.params.layers import read_registry

Arm = tuple[tuple[Any, ...], ...]  # regimens: (drug, text or Regimen), or (drug, text, {"averaged": True})
LONGEST = 36525.0  # days: a hundred years


@dataclass(frozen=True)
class Cohort:
    """Who is treated.

    Attributes
    ----------
    lines
        share of patients by tumour line; shares add up to 1
    seeded
        whether a metastasis is there from the first day, `run_in` days before the trial begins; else there is none
        (early cancer)
    run_in
        days from the first day to the beginning of the trial
    steps
        what else is done from the first day, to that `share` of the patients
    share
        share of the patients to whom the steps are done, 0 to 1
    """

    lines: Mapping[str, float]
    seeded: bool = True
    run_in: float = 0.0
    steps: tuple[tuple[str, str], ...] = ()
    share: float = 1.0

    def __post_init__(self) -> None:
        for line in self.lines:
            if line not in read_registry().lines:
                read_registry().get("lines", line)  # says what is allowed
        if abs(sum(self.lines.values()) - 1) > 1e-6 or min(self.lines.values()) < 0:
            raise NicheError(f"the shares of the lines of a cohort must add up to 1, got {dict(self.lines)!r}")
        if not 0 <= self.run_in <= LONGEST:
            raise NicheError(f"run_in is from 0 to {LONGEST:g} days, got {self.run_in!r}")
        for verb, _ in self.steps:
            if verb not in VERBS:
                raise unknown("step", verb, VERBS)
        if not 0 <= self.share <= 1:
            raise NicheError(f"the share of a cohort that has had its steps is from 0 to 1, got {self.share!r}")

    def protocol(self, arm: Arm, days: float) -> Protocol:
        """What an arm of a trial of so many days comes to.

        A regimen that does not say on which day it begins begins with the trial. One that does is taken at its word:
        its days are counted from the start of the run-in, so "on day 7" of a cohort with a run-in of 28 days comes
        before the trial.
        """
        made = Protocol(self.run_in + days)
        made = made.seed("established") if self.seeded else made
        made = reduce(lambda p, step: getattr(p, step[0])(step[1]), self.steps, made)
        for drug, text, *more in arm:
            made = made.regimen(drug, regimen(text).starting(self.run_in), **(more[0] if more else {}))
        return made


def arm_name(line: str, arm: Arm) -> str:
    """The name of an arm of patients: line and drugs."""
    return f"{line}, {' and '.join(str(drug) for drug, *_ in arm) or 'nothing'}"
