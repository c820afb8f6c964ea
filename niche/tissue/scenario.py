"""What is simulated: a slice, a host, tumour cells in it, and what is done to it and when."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from niche.errors import NicheError, unknown
from niche.experiment.hosts import Hosts
from niche.model.state import RESTING, Inputs, Parameters
from niche.tissue.geometry import Geometry, checked
from niche.tissue.moment import Moment
from niche.tissue.numbers import SIGNALS, Numbers
from niche.tissue.surface import Bone, describe_bone

LONGEST_STEP = 0.25  # days


@dataclass(frozen=True)
class Focus:
    """Tumour cells that lodge at the start: a disc.

    Attributes
    ----------
    x, y
        centre, um from the left and upper rim
    radius
        um
    density
        above 0; 1 where they fill the marrow
    """

    x: float
    y: float
    radius: float
    density: float = 0.3


@dataclass(frozen=True)
class Change:
    """Inputs of the model from a day on, by name; each holds until another change."""

    day: float
    inputs: tuple[tuple[str, float], ...]


@dataclass(frozen=True)
class Zoledronate:
    """A dose of zoledronate: what bone binds of it, at once and everywhere.

    Attributes
    ----------
    day
        when
    bound
        mg per kg of body mass, as `zol_bone` of the model
    """

    day: float
    bound: float


@dataclass(frozen=True)
class Scenario:
    """A simulation of a marrow slice.

    Attributes
    ----------
    geometry, numbers
        the slice, and the numbers of params/tissue
    parameters
        of the model, one host: `one_host`
    foci
        where tumour cells are at the start
    changes
        what is done and when, as inputs of the model; the first at day 0 may be left out
    doses
        zoledronate, which is no input of the model: it stays where bone has bound it
    denervated
        where fibres are cut at the start, of the shape of the grid; None: nowhere
    seed
        with the name of each fibre it decides all that is random
    days, step
        how long, and the step [days]
    """

    geometry: Geometry
    numbers: Numbers
    parameters: Parameters
    foci: tuple[Focus, ...] = ()
    changes: tuple[Change, ...] = ()
    doses: tuple[Zoledronate, ...] = ()
    denervated: np.ndarray | None = None
    seed: int = 1
    days: float = 28.0
    step: float = 0.125

    def __post_init__(self) -> None:
        _checked_numbers(self)
        _checked_steps(self)
        _checked_grid(self)
        checked(self.geometry)
        for change in self.changes:
            for name, value in change.inputs:
                if name not in Inputs._fields:
                    raise unknown("input", name, Inputs._fields)
                if not np.isfinite(value):
                    raise NicheError(f"input {name!r} from day {change.day:g}: {value!r} is not a finite number")
        for dose in self.doses:
            if not (np.isfinite(dose.bound) and dose.bound >= 0):
                raise NicheError(f"zoledronate on day {dose.day:g}: at least 0 mg/kg, got {dose.bound!r}")
        for day in (*(one.day for one in self.changes), *(one.day for one in self.doses)):
            if not 0 <= day < self.days:
                raise NicheError(f"day {day!r}: what is done lies from day 0 on and before the end, day {self.days:g}")
        if self.denervated is not None:
            cut = np.asarray(self.denervated)
            if cut.shape != self.geometry.mineral.shape or cut.dtype != bool:
                raise NicheError(
                    f"denervated: true or false for each cell of the slice, {self.geometry.mineral.shape}; "
                    f"got {cut.dtype} of shape {cut.shape}"
                )

    @cached_property
    def bone(self) -> Bone:
        """What does not change of its bone."""
        return describe_bone(self.geometry)

    @property
    def steps(self) -> int:
        """How many steps it takes."""
        return round(self.days / self.step)

    def inputs_at(self, day: float) -> Inputs:
        """Inputs of the model on a day."""
        now = RESTING
        for change in sorted(self.changes, key=lambda one: one.day):
            if change.day <= day + 1e-9:
                now = now._replace(**dict(change.inputs))
        return now

    def bound_at(self, step: int) -> float:
        """Zoledronate that bone binds when a step begins [mg/kg]: of the doses up to the beginning of the next."""
        first, last = step * self.step - 1e-9, (step + 1) * self.step - 1e-9
        return sum(dose.bound for dose in self.doses if first <= dose.day < last)

    def moment(self, step: int, part: float = 0.0) -> Moment:
        """A step with the inputs of a part of it: 0 is its beginning, 0.5 its middle."""
        inputs = self.inputs_at((step + part) * self.step)
        return Moment(inputs, self.parameters, self.numbers, self.geometry.spacing, self.step, self.seed, step)

    def seeded(self) -> np.ndarray:
        """Density of tumour cells at the start, shape (rows, columns); none in mineral."""
        rows, columns = self.geometry.mineral.shape
        y, x = ((np.arange(n) + 0.5) * self.geometry.spacing for n in (rows, columns))
        density = np.zeros((rows, columns))
        for focus in self.foci:
            inside = (x - focus.x) ** 2 + (y[:, None] - focus.y) ** 2 <= focus.radius**2
            if not (inside & self.geometry.marrow).any():
                raise NicheError(f"{focus}: no marrow is there; move it, or make it larger than a cell of the grid")
            density[inside] = np.maximum(density[inside], focus.density)
        return np.where(self.geometry.mineral, 0.0, density)


def one_host(hosts: Hosts, draw: int = 0) -> Parameters:
    """Parameters of one draw of some hosts as plain numbers, as a slice needs them.

    Two numbers are set to 0, since the slice computes what they stand for: fresh bone that an advancing lesion takes in
    (`front`), and room outside the marrow (`outgrow`). Raises `NicheError` for a draw that there is not.
    """
    if not 0 <= draw < len(hosts):
        raise NicheError(f"draw {draw}: the hosts have draws 0 to {len(hosts) - 1}")
    p = Parameters(*(float(np.asarray(column)[draw]) for column in hosts.parameters))
    return p._replace(front=0.0, outgrow=0.0)


def _checked_numbers(of: Scenario) -> None:
    for kind, some in (("parameter", of.parameters), ("number of params/tissue", of.numbers)):
        for name, value in some._asdict().items():
            if np.ndim(value) or not np.isfinite(value):
                raise NicheError(
                    f"{kind} {name!r}: expected one finite number, got {value!r}; take those of `one_host`"
                )
    for focus in of.foci:
        if not (np.isfinite([focus.x, focus.y]).all() and focus.radius > 0 and 0 < focus.density <= 1):
            raise NicheError(f"{focus}: a place [um], a radius above 0 and a density above 0, at most 1")


def _checked_steps(of: Scenario) -> None:
    if not (0 < of.step <= LONGEST_STEP):
        raise NicheError(f"step: above 0 and at most {LONGEST_STEP:g} days, got {of.step!r}")
    if not (of.days >= of.step and abs(of.days / of.step - round(of.days / of.step)) < 1e-6):
        raise NicheError(f"days: a whole number of steps of {of.step:g} days, got {of.days!r}")


def _checked_grid(of: Scenario) -> None:
    """Refuse a grid too coarse for the steepest gradient: that of the signal with the shortest reach, or a front."""
    spacing, numbers, p = of.geometry.spacing, of.numbers, of.parameters
    shortest = min(SIGNALS, key=numbers.reach)
    if spacing > numbers.reach(shortest):
        raise NicheError(
            f"a grid of {spacing:g} um is too coarse for {shortest}, which reaches {numbers.reach(shortest):.0f} um; "
            f"take {numbers.reach(shortest):.0f} um or finer"
        )
    if p.growth > 0 and of.foci:
        width = float(np.sqrt(numbers.motility / p.growth))
        if spacing > width:
            raise NicheError(
                f"a grid of {spacing:g} um is too coarse for the front of this tumour, {width:.0f} um wide; "
                f"take {width:.0f} um or finer"
            )
