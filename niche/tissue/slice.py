"""The state of a slice at one instant, how it begins, and what can be read of it."""

from typing import NamedTuple

import numpy as np

from niche.tissue.faces import Faces, faces
from niche.tissue.fibres import SENSORY, SYMPATHETIC
from niche.tissue.fields import Fibre, Ground, lay_out, resting_signals
from niche.tissue.local import Cells, Seen, at_rest
from niche.tissue.moment import Loading
from niche.tissue.nerve import Nerve, fibre_density, without_sprouts
from niche.tissue.paths import STEP, inside, resting_paths
from niche.tissue.scenario import Scenario
from niche.tissue.surface import distance, mineral_share, surface_density

LEAST_ROOM = 0.05  # below it a density says nothing: content over this


class Slice(NamedTuple):
    """A slice at one instant.

    Attributes
    ----------
    step
        how many steps it has done
    cells
        all but the tumour are used as they are; `cells.tumour` is content over room
    content
        tumour cells in each cell of the grid: density times room, so that none is lost
    level, level_seen
        distance from the surface of bone [um], now and as signals know it
    seen, seen_before
        signals now and a step earlier
    load
        bone volume to which loading has adapted, against rest
    sensory, sympathetic
        the nerves
    added
        tumour content that growth has added since the start
    """

    step: int
    cells: Cells
    content: np.ndarray
    level: np.ndarray
    level_seen: np.ndarray
    seen: Seen
    seen_before: Seen
    load: float
    sensory: Nerve
    sympathetic: Nerve
    added: float


class Setting(NamedTuple):
    """What a lay-out of bone decides until the surface has moved on: derived from `Slice.level_seen`, never stored."""

    ground: Ground
    first: Ground
    fibre0: Fibre


def begin(scenario: Scenario) -> Slice:
    """The slice on day 0, before any signal has been solved for."""
    shape = scenario.geometry.mineral.shape
    level = distance(scenario.geometry)
    density = scenario.seeded()
    content = density * room(level, scenario)
    seen = resting_signals(shape, scenario.parameters)
    sensory, sympathetic = (_cut(nerve, scenario) for nerve in _nerves(scenario))
    cells = at_rest(shape)._replace(tumour=density)
    return Slice(0, cells, content, level, level, seen, seen, 1.0, sensory, sympathetic, 0.0)


def _nerves(scenario: Scenario) -> tuple[Nerve, Nerve]:
    return (
        without_sprouts(resting_paths(scenario.geometry, scenario.numbers, scenario.seed, SENSORY)),
        without_sprouts(resting_paths(scenario.geometry, scenario.numbers, scenario.seed, SYMPATHETIC)),
    )


def _cut(nerve: Nerve, scenario: Scenario) -> Nerve:
    """The nerve without the fibres of the denervated region; they are taken out of it, so that they do not return."""
    if scenario.denervated is None:
        return nerve
    r = nerve.resting
    kept = ~inside(r.x, r.y, scenario.denervated, scenario.geometry.spacing)
    return without_sprouts(r._replace(x=r.x[kept], y=r.y[kept], alive=r.alive[kept]))


def setting(state: Slice, scenario: Scenario) -> Setting:
    """What the lay-out of bone means for signals."""
    shape, spacing = state.level.shape, scenario.geometry.spacing
    a, b = (fibre_density(nerve, shape, spacing) for nerve in _nerves(scenario))
    fibre0 = Fibre(a, b)
    first = _ground(distance(scenario.geometry), fibre0, scenario, None)
    return Setting(_ground(state.level_seen, fibre0, scenario, first), first, fibre0)


def _ground(level: np.ndarray, fibre0: Fibre, scenario: Scenario, first: Ground | None) -> Ground:
    spacing, numbers = scenario.geometry.spacing, scenario.numbers
    surface = surface_density(level, scenario.bone, numbers.cell_layer, spacing)
    return lay_out(mineral_share(level, spacing), surface, fibre0, numbers, spacing, first)


def renewed(state: Slice, scenario: Scenario, now: Setting) -> tuple[Slice, Setting]:
    """The slice whose signals know the surface as it is now."""
    state = state._replace(level_seen=state.level)
    return state, now._replace(ground=_ground(state.level, now.fibre0, scenario, now.first))


def room(level: np.ndarray, scenario: Scenario) -> np.ndarray:
    """Share of each cell of the grid that can hold tumour."""
    return np.asarray(1.0 - mineral_share(level, scenario.geometry.spacing))


def passages(share: np.ndarray, scenario: Scenario) -> Faces:
    """What lets tumour cells through between cells of the grid [1/day]."""
    return faces(share, scenario.numbers.motility, scenario.geometry.spacing)


def fibre_now(state: Slice, scenario: Scenario) -> Fibre:
    """Density of living fibres [1/um]."""
    shape, spacing = state.level.shape, scenario.geometry.spacing
    return Fibre(*(fibre_density(nerve, shape, spacing) for nerve in (state.sensory, state.sympathetic)))


def volume(level: np.ndarray, scenario: Scenario) -> float:
    """Trabecular bone against the start; the cortex does not count."""
    share = mineral_share(level, scenario.geometry.spacing)
    return (float(share.sum()) - float(share[scenario.bone.outer].sum())) / scenario.bone.mineral0


def loading(state: Slice, scenario: Scenario) -> Loading:
    """What all bone of the slice shares."""
    return Loading(volume(state.level, scenario), state.load)


def summary(state: Slice, scenario: Scenario) -> dict[str, float]:
    """What a claim reads of the whole slice: day, burden, bone, resorption around, fibres, against rest.

    Myelinated fibres are those of the marrow, as a share of rest.
    """
    free = room(state.level, scenario)
    length = {}
    for name, nerve in (("sensory", state.sensory), ("sympathetic", state.sympathetic)):
        living = STEP * nerve.resting.alive.sum() + (nerve.sprouts.piece_length * nerve.sprouts.piece_alive).sum()
        length[name] = float(living / max(STEP * len(nerve.resting.alive), 1.0))
    weight = state.content / max(float(state.content.sum()), 1e-300)
    return {
        "day": state.step * scenario.step,
        "burden": float(state.content.sum() / free.sum()),
        "bone": volume(state.level, scenario),
        "resorption": float((weight * state.seen.release).sum()) if state.content.any() else 1.0,
        "sensory fibres": length["sensory"],
        "sympathetic fibres": length["sympathetic"],
        "myelinated fibres": float((state.cells.myelinated * free).sum() / free.sum()),
        "balance": float(state.content.sum() - state.added),
    }
