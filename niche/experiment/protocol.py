"""What is done to a host, said as a person says it: doses, infusions, stress, diets, operations, genotypes, seeding."""

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from niche import units
from niche.amounts import Amount, read_amount, read_fold
from niche.errors import NicheError, shown, unknown
from niche.experiment.clashes import beside
from niche.experiment.steps import Step
from niche.lookups import plain
from niche.params.layers import read_registry

if TYPE_CHECKING:
    from niche.kinetics.doses import Regimen

LIGANDS = {
    "PTH": ("PTH_added", "pM/day"),
    "RANKL": ("RANKL_added", "pM/day"),
    "OPG": ("OPG_added", "pM/day"),
    "TGF-beta": ("TGFb_added", "pM"),
    "noradrenaline": ("NA_added", "nM"),
    "adrenaline": ("A_added", "nM"),
    "CGRP": ("CGRP_added", "nM"),
    "substance P": ("SP_added", "nM"),
}
_MOST_DOSES = 10_000
ROUTES = ("intracardiac", "intravenous", "intratibial", "intrafemoral", "orthotopic", "subcutaneous", "established")
THROUGH_BLOOD = ("intracardiac", "intravenous")


@dataclass(frozen=True)
class Protocol:
    """What is done to hosts over a number of days. Each method gives a new protocol with one more step.

    >>> Protocol(days=14).infuse("isoprenaline", "5 mg/kg/day")
    >>> Protocol(days=28).seed("intracardiac").dose("zoledronate", "1 mg/kg", every="7 days")

    Times are days from the start (plain numbers) or text with a unit ("36 h"). A step without `stop` lasts to the
    end. Raises `NicheError` for unknown names, units that do not fit, negative amounts, and days beyond the end.
    """

    days: float
    steps: tuple[Step, ...] = ()

    def __post_init__(self) -> None:
        length = units.days(self.days, "days of the protocol")
        if length <= 0:
            raise NicheError(f"a protocol lasts more than 0 days, got {shown(self.days)}")
        object.__setattr__(self, "days", length)
        if not isinstance(self.steps, tuple) or not all(isinstance(step, Step) for step in self.steps):
            raise NicheError(
                f"a protocol is made of steps by its methods, such as .infuse(...); got {shown(self.steps)}"
            )
        for step in self.steps:
            if max(step.start, step.stop or 0.0, *step.times, 0.0) > length:
                raise NicheError(f"{step.verb} {step.name} goes beyond the end of the protocol on day {length:g}")

    def infuse(
        self,
        name: str,
        dose: str | Amount,
        start: float | str = 0,
        stop: float | str | None = None,
        beyond_sources: bool = False,
    ) -> "Protocol":
        """A level that lasts: a beta drug in mg/kg/day, or a ligand.

        PTH, RANKL, OPG in pM/day; TGF-beta in pM; noradrenaline, adrenaline, CGRP, substance P in nM.

        Parameters
        ----------
        beyond_sources
            let more than a hundred times the most that the drug's source used pass
        """
        if isinstance(name, str) and name in LIGANDS:
            amount = read_amount(dose, (LIGANDS[name][1],), f"infusion of {name}")
        else:
            drug = self._drug(name)
            if not drug.sustained:
                raise NicheError(f"{name} is given in doses: use .dose({name!r}, '3 mg/kg', every='7 days')")
            amount = read_amount(dose, ("mg/kg/day",), f"infusion of {name}")
        return self._add(*self._during("infuse", name, amount, start, stop, bool(beyond_sources)))

    def dose(
        self,
        name: str,
        amount: str | Amount,
        day: float | str = 0,
        every: float | str | None = None,
        until: float | str | None = None,
        beyond_sources: bool = False,
    ) -> "Protocol":
        """One dose (mg/kg, or mg per host) on a day, or repeated `every` so often, up to and including `until`.

        Parameters
        ----------
        beyond_sources
            let more than a hundred times the most that the drug's source used pass
        """
        if isinstance(name, str) and name in LIGANDS:
            raise NicheError(f"{name} is given as a lasting level: use .infuse({name!r}, '5 {LIGANDS[name][1]}')")
        drug = self._drug(name)
        if drug.sustained:
            raise NicheError(f"{name} is given as a lasting level: use .infuse({name!r}, '2 mg/kg/day')")
        each, sure = read_amount(amount, ("mg/kg", "mg"), f"dose of {name}"), bool(beyond_sources)
        first, last = (
            self._time(day, "day of a dose"),
            self._time(self.days if until is None else until, "until"),
        )
        if every is None:
            if until is not None:
                raise NicheError(f"{name}: until={shown(until)} says when to stop repeating; say every=... too")
            return self._add(Step("dose", name, each, first, None, (first,), sure))
        if last < first:
            raise NicheError(f"{name}: doses until day {last:g} end before the first on day {first:g}")
        gap = units.days(every, "interval between doses")
        if gap <= 0:
            raise NicheError(f"the interval between doses must be above 0 days, got {shown(every)}")
        more = (last - first + 1e-9) / gap
        if more >= _MOST_DOSES:
            raise NicheError(f"{name}: every={shown(every)} makes more than {_MOST_DOSES} doses; use a longer interval")
        times = [first + i * gap for i in range(int(more) + 1)]
        times[-1] = last if last - times[-1] < 1e-9 else times[-1]
        return self._add(Step("dose", name, each, first, None, tuple(times), sure))

    def regimen(
        self,
        name: str,
        *texts: "str | Regimen",
        averaged: bool = False,
        every: Any = None,
        surface: float | None = None,
        beyond_sources: bool = False,
    ) -> "Protocol":
        """Doses as on a ward chart, "120 mg sc every 4 weeks from day 28", of a drug of params/kinetics.

        Each host is a person of its own, whose level is solved first and enters as means of days, joined where nothing
        changes (`niche.experiment.courses`), or of `every` so long.

        Parameters
        ----------
        averaged
            a steady inflow instead of doses
        surface
            body surface [m2], for doses such as "75 mg/m2"
        beyond_sources
            let more than a hundred times the most that the drug's source used pass
        """
        from niche.experiment.given import steps_of  # late: most protocols need no kinetics

        steps = steps_of(name, texts, bool(averaged), every, surface, bool(beyond_sources), self.days)
        return self._add(*steps)

    def seed(self, route: str = "intracardiac", day: float | str = 0) -> "Protocol":
        """Tumour cells arrive: the inoculum of the hosts' line, through the blood (where they may fall dormant) or
        placed where they grow."""
        if route not in ROUTES:
            raise unknown("route", route, ROUTES)
        when = self._time(day, "day of seeding")
        return self._add(Step("seed", route, None, when, None, (when,)))

    def stress(
        self,
        level: float | str,
        start: float | str = 0,
        stop: float | str | None = None,
        lasting: float | str | None = None,
        every: float | str = 1,
    ) -> "Protocol":
        """Release of noradrenaline and adrenaline against rest: 3 or "3 fold"; 1 is rest. Two at a time multiply.

        Parameters
        ----------
        lasting
            length of one session ("2 h"), repeated `every` so often from `start` to `stop`; None is all the
            time
        """
        value = read_fold(level, "stress")
        if lasting is None:
            return self._add(*self._during("stress", "stress", value, start, stop))
        session, gap = units.days(lasting, "length of a session"), units.days(every, "interval between sessions")
        if not 0 < session < gap:
            raise NicheError(f"a session of {shown(lasting)} must last more than 0 and less than every={shown(every)}")
        first, last = self._time(start, "start of stress"), self._time(self.days if stop is None else stop, "stop")
        count = (last - session - first + 1e-9) / gap
        if not 0 <= count < _MOST_DOSES:
            raise NicheError(
                f"stress: sessions of {shown(lasting)} every {shown(every)} do not fit from day {first:g} to {last:g}"
            )
        starts = (first + i * gap for i in range(int(count) + 1))
        return self._add(*(step for t in starts for step in self._during("stress", "stress", value, t, t + session)))

    def diet(self, name: str, start: float | str = 0, stop: float | str | None = None) -> "Protocol":
        """A diet of params/conditions ("low calcium")."""
        return self._condition("diet", name, start, stop)

    def surgery(self, name: str, day: float | str = 0) -> "Protocol":
        """An operation or lesion of params/conditions ("ovariectomy", "sympathectomy", "6-OHDA"); it lasts."""
        return self._condition("surgery", name, day, None)

    def treat(self, name: str, start: float | str = 0, stop: float | str | None = None) -> "Protocol":
        """A drug given as a sustained occupancy: a treatment of params/conditions ("ARRY-470", "aprepitant")."""
        return self._condition("treatment", name, start, stop)

    def culture(self, name: str = "cells in culture") -> "Protocol":
        """Cells or bone outside the body: no nerves, no adrenal gland (params/conditions)."""
        return self._condition("culture", name, 0, None)

    def genotype(self, *names: str) -> "Protocol":
        """Receptors that the host lacks ("Adrb2-/-"), lost on day 0 from a resting wild type: say the day read."""
        if not names:
            raise NicheError("genotype: name at least one, like 'Adrb2-/-'")
        protocol = self
        for name in names:
            protocol = protocol._condition("genotype", name, 0, None)
        return protocol

    def _condition(self, kind: str, name: str, start: Any, stop: Any) -> "Protocol":
        allowed = {n for n, c in plain(read_registry().conditions).items() if c.kind == kind}
        if not isinstance(name, str) or name not in allowed:
            raise unknown(kind, name, allowed)
        return self._add(*self._during(kind, name, None, start, stop))

    def _drug(self, name: str) -> Any:
        drugs = plain(read_registry().drugs)
        if not isinstance(name, str) or name not in drugs:
            raise unknown("drug", name, [*drugs, *LIGANDS])
        return drugs[name]

    def _during(
        self, verb: str, name: str, amount: Amount | None, start: Any, stop: Any, beyond_sources: bool = False
    ) -> tuple[Step]:
        first = self._time(start, f"start of {name}")
        last = None if stop is None else self._time(stop, f"stop of {name}")
        if last is not None and last <= first:
            raise NicheError(f"{name} stops on day {last:g}, which is not after its start on day {first:g}")
        return (Step(verb, name, amount, first, last, (), beyond_sources),)

    def _time(self, value: Any, what: str) -> float:
        day = units.days(value, what)
        if day < 0 or day > self.days:
            raise NicheError(f"{what}: day {day:g} is outside the protocol, which runs from day 0 to day {self.days:g}")
        return day

    def _add(self, *steps: Step) -> "Protocol":
        """With more steps. Raises `NicheError` for one that cannot be given beside those that are there."""
        there = self.steps
        for step in steps:
            if step.verb == "stress":  # sessions multiply, and stand beside anything
                continue
            beside(there, step)
            there = (*there, step)
        return replace(self, steps=(*self.steps, *steps))
