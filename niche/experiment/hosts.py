"""Hosts: a species, a strain, perhaps a tumour line, and one set of parameters per draw."""

from collections.abc import Collection
from dataclasses import dataclass, replace

import numpy as np

from niche.errors import NicheError, unknown
from niche.lookups import plain
from niche.model.resting import derive
from niche.model.state import DERIVED, Parameters
from niche.params.layers import read_registry
from niche.params.posterior import PRIOR, Posterior, draw, posterior_rows, read_posterior
from niche.params.records import Parameter
from niche.params.registry import Registry

SEXES = ("female", "male")
TYPICAL = -1  # whose body has the source's own numbers


@dataclass(frozen=True, repr=False)
class Hosts:
    """Hosts that differ only in what is not known: one parameter set per draw. Made by `hosts`.

    Attributes
    ----------
    parameters
        `Parameters` whose fields are arrays of shape (draws,)
    rows
        which posterior draw each host is, so that the same draw means the same in every experiment
    people
        whose body each host has, of those that `niche.kinetics` draws with the seed; None: one of its own,
        `rows`; `TYPICAL`: the typical person's
    bone
        the site of bone that is read, of params/conditions; None: the metaphysis of a long bone
    """

    system: str
    strain: str
    sex: str | None
    tumour: str | None
    seed: int
    rows: np.ndarray
    parameters: Parameters
    posterior: Posterior
    registry: Registry
    changed: tuple[tuple[str, float], ...] = ()
    people: np.ndarray | None = None
    bone: str | None = None

    def __post_init__(self) -> None:
        # A number changed in place would leave the resting point, and the record of changes, as they were.
        for column in (self.rows, *self.parameters):
            np.asarray(column).setflags(write=False)

    def __len__(self) -> int:
        return len(self.rows)

    def __repr__(self) -> str:
        kind = ", ".join(
            filter(None, (self.system, self.strain, self.sex, self.bone, self.tumour and f"tumour {self.tumour}"))
        )
        changes = "".join(f", {name}={value:g}" for name, value in self.changed)
        return f"<{len(self)} hosts: {kind}, seed {self.seed}{changes}>"

    @property
    def bodies(self) -> np.ndarray:
        """Whose body each host has, shape (draws,): what differs between people in how a drug comes and goes."""
        return np.asarray(self.rows if self.people is None else self.people, dtype=np.int64)

    def some(self, which: "slice | np.ndarray") -> "Hosts":
        """Some of the hosts, by place, each the same as among all."""
        parameters = Parameters(*(np.asarray(column)[which] for column in self.parameters))
        return replace(self, rows=self.rows[which], parameters=parameters, people=self.bodies[which])

    def typical(self) -> "Hosts":
        """The same hosts, each with the body of the typical person: in a fit nothing hangs on who has which draw."""
        return replace(self, people=np.full(len(self), TYPICAL))

    def values(self, entry: Parameter) -> np.ndarray:
        """One value per draw, shape (draws,): calibrated where it was, else from the prior, else fixed."""
        return draw(entry, self.rows, self.seed, self.posterior)

    def with_parameters(self, **changes: "float | np.ndarray") -> "Hosts":
        """The same hosts with some parameters set for every draw: how a mechanism is removed.

        Raises `NicheError` for a name that is not a parameter, a derived one, or a value that is not finite or has
        a sign that the parameter cannot have. The bounds of params/ are not imposed: a control may go beyond them.
        """
        allowed = [name for name in Parameters._fields if name not in DERIVED]
        for name, value in changes.items():
            if name not in allowed:
                raise unknown("parameter", name, allowed)
            numbers = np.asarray(value)
            if numbers.dtype.kind not in "iuf" or not np.isfinite(numbers).all():
                raise NicheError(f"parameter {name!r}: {value!r} is not a finite number")
            if numbers.shape not in ((), (len(self),)):
                raise NicheError(f"parameter {name!r}: give one number, or one for each of {len(self)} draws")
            if self.registry.model[name].range[0] >= 0 > numbers.min():
                raise NicheError(f"parameter {name!r} cannot be negative, got {value!r}")
        arrays = {name: np.broadcast_to(np.asarray(v, float), (len(self),)).copy() for name, v in changes.items()}
        record = self.changed + tuple((name, float(np.mean(v))) for name, v in arrays.items())
        return replace(self, parameters=derive(self.parameters._replace(**arrays)), changed=record)


def hosts(
    system: str,
    *,
    strain: str | None = None,
    sex: str | None = None,
    tumour: str | None = None,
    bone: str | None = None,
    draws: int = 200,
    seed: int = 1,
    posterior: Posterior | str = "calibrated",
    registry: Registry | None = None,
) -> Hosts:
    """Hosts of one kind, one per draw.

    Parameters
    ----------
    system
        "human", "mouse" or "rat"
    strain
        one that the system lists, or the beginning of only one ("C57BL/6"); None takes its first
    sex
        "female" or "male", or their first letter; recorded; the model does not tell the sexes apart
    tumour
        a line of params/lines, or None for tumour-free hosts
    bone
        the site of bone that is read: one of params/conditions/sites.yaml ("vertebra", "mandible"), or None for the
        metaphysis of a long bone
    draws, seed
        how many parameter sets, and which; the same seed gives the same sets in every experiment. More draws
        than the posterior holds are taken from it with replacement.
    posterior
        "calibrated" (params/posterior), "prior", or a `Posterior`
    registry
        the numbers of params/, or those with a line or strain of one's own (`niche.params.own_layers`)

    Raises
    ------
    NicheError
        for unknown names, no draws, a seed that is no integer, or an unreadable posterior
    """
    registry = read_registry() if registry is None else registry
    species = registry.get("systems", system)
    strain = None if strain is None else _by_beginning(f"strain of {system}", strain, species.strains)
    sex = None if sex is None else _by_beginning("sex", sex, SEXES, least=1)
    if isinstance(draws, bool) or not isinstance(draws, int | np.integer) or draws < 1:
        raise NicheError(f"draws must be a whole number of at least 1 (an empty set has no answer), got {draws!r}")
    if isinstance(seed, bool) or not isinstance(seed, int | np.integer) or seed < 0:
        raise NicheError(f"seed must be a whole number of at least 0, got {seed!r}")
    if isinstance(posterior, str):
        if posterior not in ("calibrated", "prior"):
            raise unknown("posterior", posterior, ("calibrated", "prior"))
        posterior = read_posterior() if posterior == "calibrated" else PRIOR
    if not isinstance(posterior, Posterior):
        raise NicheError(f"posterior must be 'calibrated', 'prior' or a Posterior, got {posterior!r}")
    for key in posterior.draws:
        if key not in registry.names:
            raise NicheError(f"posterior: {unknown('parameter', key, registry.names)}")
    line = registry.get("lines", tumour) if tumour is not None else None
    if bone is not None:
        _check_site(bone, registry)
    rows = posterior_rows(int(draws), int(seed), len(posterior))
    named = strain or next(iter(species.strains))
    own = species.strains[named].parameters
    entries = {**registry.model, **species.parameters, **own, **(line.parameters if line else {})}
    values = {name: draw(entry, rows, int(seed), posterior) for name, entry in entries.items()}
    for name in species.paced:
        values[name] = values[name] * draw(species.pace, rows, int(seed), posterior)
    zero = dict.fromkeys(DERIVED, np.zeros(len(rows)))
    parameters = derive(Parameters(**values, **zero))
    return Hosts(system, named, sex, tumour, int(seed), rows, parameters, posterior, registry, bone=bone)


def _check_site(bone: object, registry: Registry) -> None:
    sites = [name for name, one in plain(registry.conditions).items() if one.kind == "site"]
    if bone not in sites:
        raise unknown("bone", bone, sites)


def _by_beginning(what: str, given: object, allowed: Collection[str], least: int = 3) -> str:
    """The name that is meant: itself, or the only one that begins so (C57BL/6 is C57BL/6J here, F is female).

    Raises
    ------
    NicheError
        if there is none, or more than one
    """
    if isinstance(given, str):
        if given in allowed:
            return given
        begun = [name for name in allowed if name.lower().startswith(given.lower())]
        if len(begun) == 1 and len(given) >= least:
            return begun[0]
    raise unknown(what, given, allowed)
