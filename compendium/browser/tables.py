"""The numbers that a browser needs, from the same tables as `niche.hosts` and `niche.simulate`.

Each number is either the same for all draws, and stands as it is, or one for each draw: a column of a pool of float64,
named by its place. A host of a browser is thus `niche.hosts(...)` itself, derived and paced, to the last bit.
"""

import base64
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from compendium.browser.measured import measured
from niche.amounts import DOSES, read_amount
from niche.experiment.hosts import Hosts, hosts
from niche.experiment.protocol import LIGANDS, ROUTES, THROUGH_BLOOD
from niche.experiment.solution import ATOL
from niche.model.observables import OBSERVABLES
from niche.model.state import AT_REST, DERIVED, RESTING, Inputs, Parameters, State, describe
from niche.params.layers import read_registry
from niche.params.posterior import posterior_rows, read_posterior
from niche.params.registry import Drug, Registry

DRAWS = 100
SEED = 1


class Pool:
    """Columns of numbers, each kept once."""

    def __init__(self, draws: int) -> None:
        self.draws = draws
        self.columns: list[np.ndarray] = []
        self._known: dict[bytes, int] = {}

    def place(self, values: Any) -> float | list[int]:
        """A number that all draws share, or [place of the column]."""
        column = np.broadcast_to(np.asarray(values, dtype=float), (self.draws,))
        if (column == column[0]).all():
            return float(column[0])
        key = column.tobytes()
        if key not in self._known:
            self._known[key] = len(self.columns)
            self.columns.append(column)
        return [self._known[key]]

    def text(self) -> str:
        """All columns one after the other, little-endian float64, in base 64."""
        whole = np.concatenate(self.columns) if self.columns else np.empty(0)
        return base64.b64encode(whole.astype("<f8").tobytes()).decode("ascii")


def prefix_order(draws: int, seed: int, available: int) -> np.ndarray:
    """Places among the sorted rows of `draws` hosts, so that the first k are the rows of k hosts of the same seed."""
    rows = posterior_rows(draws, seed, available)
    if available == 0 or draws > available:
        return np.arange(draws)
    found: list[int] = []
    for k in range(1, draws + 1):
        found += [int(i) for i in np.flatnonzero(np.isin(rows, posterior_rows(k, seed, available))) if i not in found]
    return np.array(found)


def tables(
    draws: int = DRAWS, registry: Registry | None = None, evidence: Mapping[str, Any] | None = None
) -> dict[str, Any]:
    """Everything that the script reads, ready for JSON; the column pool is under "columns" as base 64.

    Parameters
    ----------
    draws
        how many of the posterior's draws travel: those of `niche.hosts(..., draws=draws, seed=1)`, in such an order
        that the first k are those of `draws=k`
    evidence
        what was ever measured (`compendium.browser.measured`); without it nothing counts as measured
    """
    book, posterior = registry or read_registry(), read_posterior()
    order, pool = prefix_order(draws, SEED, len(posterior)), Pool(draws)

    def made(system: str, **more: Any) -> Hosts:
        return hosts(system, draws=draws, seed=SEED, registry=book, **more).some(order)

    some_host = made(next(iter(book.systems)))
    kinds: dict[str, Any] = {}
    for system, species in book.systems.items():
        alone = {strain: _row(made(system, strain=strain), pool) for strain in species.strains}
        lines = _lines(made, system, alone, book, pool)
        kinds |= {f"{system}/{one}": {"parameters": row, "lines": lines[one]} for one, row in alone.items()}
    return {
        "draws": draws,
        "seed": SEED,
        "rows": [int(row) for row in some_host.rows],
        "state": [[name, unit, about] for name, (unit, about) in describe(State).items()],
        "readouts": [[name, one.unit, one.about] for name, one in OBSERVABLES.items()],
        "inputs": list(Inputs._fields),
        "resting": list(RESTING),
        "parameters": list(Parameters._fields),
        "at_rest": list(AT_REST),
        "tolerance": [*ATOL.tolist(), 1e-6],
        "systems": {
            name: {
                "about": one.about,
                "mass": one.body_mass.value,
                "strains": {strain: about.about for strain, about in one.strains.items()},
            }
            for name, one in book.systems.items()
        },
        "lines": {name: one.about for name, one in book.lines.items()},
        "kinds": kinds,
        "conditions": {
            name: {
                "kind": one.kind,
                "about": one.about,
                "inputs": [
                    [Inputs._fields.index(key), pool.place(some_host.values(entry))]
                    for key, entry in one.inputs.items()
                ],
            }
            for name, one in book.conditions.items()
        },
        "drugs": {name: _drug(one, some_host, pool, book) for name, one in book.drugs.items()},
        "ligands": {name: [Inputs._fields.index(key), unit] for name, (key, unit) in LIGANDS.items()},
        "routes": list(ROUTES),
        "through_blood": list(THROUGH_BLOOD),
        "measured": measured(()) if evidence is None else evidence,
        "columns": pool.text(),
    }


def _row(of: Hosts, pool: Pool) -> list[Any]:
    return [pool.place(column) for column in of.parameters]


def _lines(
    made: Callable[..., Hosts], system: str, alone: Mapping[str, list[Any]], book: Registry, pool: Pool
) -> dict[str, dict[str, dict[str, Any]]]:
    """By strain and tumour line, the parameters that the line changes, by their place.

    What a line says holds in every strain, so it is worked out in one, unless it moves the resting point.
    """
    derived, first = [Parameters._fields.index(name) for name in DERIVED], next(iter(alone))
    found: dict[str, dict[str, dict[str, Any]]] = {strain: {} for strain in alone}
    for line, about in book.lines.items():
        said = [Parameters._fields.index(name) for name in about.parameters]
        row = _row(made(system, strain=first, tumour=line), pool)
        moves = any(row[i] != alone[first][i] for i in derived)
        for strain, bare in alone.items():
            own = _row(made(system, strain=strain, tumour=line), pool) if moves and strain != first else row
            places = {*said, *derived} if moves else said
            found[strain][line] = {str(i): own[i] for i in places if own[i] != bare[i]}
    return found


def _drug(drug: Drug, some: Hosts, pool: Pool, book: Registry) -> dict[str, Any]:
    most: Mapping[str, float] = {}
    if drug.max_dose:
        amount = read_amount(drug.max_dose, ("mg/kg/day",) if drug.sustained else DOSES, "max_dose")
        most = {
            name: amount.value if drug.sustained else amount.per_kg(one.body_mass.value)
            for name, one in book.systems.items()
        }
    return {
        "about": drug.about,
        "slot": drug.slot,
        "systems": list(drug.systems),
        "max_dose": drug.max_dose,
        "most": most,
        "sustained": drug.sustained,
        "dosing": {name: pool.place(some.values(entry)) for name, entry in drug.dosing.items()},
        "parameters": [
            [Parameters._fields.index(name), pool.place(some.values(entry))] for name, entry in drug.parameters.items()
        ],
    }
