"""One step of a slice: signals, cells, tumour in motion, the surface of bone, fibres. Second order in time but for
fibres, whose steps are random."""

from collections.abc import Iterator
from concurrent.futures import Executor

import numpy as np

from niche.errors import NicheError
from niche.model import bone
from niche.model.state import AT_REST
from niche.tissue.fibres import SENSORY, SYMPATHETIC, grown
from niche.tissue.fields import ahead, signals
from niche.tissue.local import Cells, Rates, Seen, rates, thinned
from niche.tissue.moment import Loading, Moment
from niche.tissue.nerve import Around, Nerve
from niche.tissue.scenario import Scenario
from niche.tissue.slice import LEAST_ROOM, Setting, Slice, fibre_now, loading, passages, room
from niche.tissue.surface import mineral_share, moved
from niche.tissue.transport import spread

_CHUNK = 4096  # places at once: their arrays stay in the processor's cache; fixed, so that threads change no bit


class StepTooLong(NicheError):
    """A step that breaks positivity, or leads to numbers that are not finite."""


def solved(state: Slice, scenario: Scenario, now: Setting, pool: Executor | None) -> Slice:
    """The slice with the signals that its cells and fibres make."""
    here = scenario.moment(state.step)
    fibre, load = fibre_now(state, scenario), loading(state, scenario)
    seen = signals(state.cells, fibre, state.seen, now.ground, load, here, pool)
    return state._replace(seen=seen, seen_before=state.seen if state.step else seen)


def advanced(state: Slice, scenario: Scenario, now: Setting, pool: Executor | None = None) -> Slice:
    """The slice one step later, its signals solved for.

    Raises
    ------
    StepTooLong
        where a number is not finite or a cell density falls below 0: with the step to take instead
    """
    here = scenario.moment(state.step, 0.5)
    days, p, inputs = here.days, here.parameters, here.inputs
    free = room(state.level, scenario)
    through = passages(free, scenario)
    content = spread(state.content, free, through, days / 2)
    cells = state.cells._replace(
        tumour=content / np.maximum(free, LEAST_ROOM),
        zol_bone=state.cells.zol_bone + scenario.bound_at(state.step),
    )
    load = loading(state, scenario)
    middle = ahead(state.seen, state.seen_before)
    cells, last = _heun(cells, middle, load, here, pool)
    cells = cells._replace(myelinated=thinned(cells, last.resorption, days, p))
    _refuse(cells, scenario, (state.step + 1) * days)
    held = np.where(free > LEAST_ROOM, cells.tumour * free, content)
    added = state.added + float(held.sum() - content.sum())
    content = spread(held, free, through, days / 2)
    speed = p.turnover * inputs.site_turnover * scenario.bone.depth * last.retreat * scenario.bone.free
    level = moved(state.level, speed, scenario.geometry.spacing, days)
    still = AT_REST._replace(BV=load.volume, load=load.adapted)
    adapted = load.adapted + days * float(bone.load_rate(still, p))
    cells = cells._replace(tumour=content / np.maximum(room(level, scenario), LEAST_ROOM))
    nerves = _nerves(state, middle, cells, last, here)
    state = state._replace(
        step=state.step + 1,
        cells=cells,
        content=content,
        level=level,
        load=adapted,
        added=added,
        sensory=nerves[0],
        sympathetic=nerves[1],
    )
    return solved(state, scenario, now, pool)


def _heun(cells: Cells, seen: Seen, load: Loading, now: Moment, pool: Executor | None) -> tuple[Cells, Rates]:
    """Cells after a step under signals that stand still, place by place; and the rates at its end."""
    days, shape = now.days, cells.OBp.shape

    def one(part: slice) -> tuple[Cells, Rates]:
        start = Cells(*(x.ravel()[part] for x in cells))
        here = Seen(*(x.ravel()[part] for x in seen))
        first = rates(start, here, load, now.inputs, now.parameters)
        trial = Cells(*(np.maximum(y + days * k, 0.5 * y) for y, k in zip(start, first.cells, strict=True)))
        second = rates(trial, here, load, now.inputs, now.parameters)
        steps = zip(start, first.cells, second.cells, strict=True)
        return Cells(*(y + days / 2 * (a + b) for y, a, b in steps)), _mean(first, second)

    done = list(pool.map(one, _parts(cells.OBp.size)) if pool else map(one, _parts(cells.OBp.size)))
    joined = Cells(*(np.concatenate(x).reshape(shape) for x in zip(*(cells for cells, _ in done), strict=True)))
    found = [r for _, r in done]
    return joined, Rates(joined, *(np.concatenate([r[i] for r in found]).reshape(shape) for i in (1, 2, 3)))


def _mean(a: Rates, b: Rates) -> Rates:
    """Resorption, retreat and TrkA over a step."""
    pairs = ((a.resorption, b.resorption), (a.retreat, b.retreat), (a.trka, b.trka))
    return Rates(a.cells, *((x + y) / 2 for x, y in pairs))


def _parts(size: int) -> Iterator[slice]:
    return (slice(start, start + _CHUNK) for start in range(0, size, _CHUNK))


def _refuse(cells: Cells, scenario: Scenario, day: float) -> None:
    """Say which cells, where and what to change, if a number is not finite or below 0; raises `StepTooLong`."""
    for name, values in cells._asdict().items():
        wrong = ~(values >= 0.0) | ~np.isfinite(values)
        if wrong.any():
            row, column = np.argwhere(wrong)[0]
            raise StepTooLong(
                f"day {day:g}: {name} is {values[row, column]:g} at row {row}, column {column}; a step of "
                f"{scenario.step:g} days is too long for these rates: take {scenario.step / 2:g}"
            )


def _nerves(state: Slice, seen: Seen, cells: Cells, last: Rates, now: Moment) -> tuple[Nerve, Nerve]:
    """Both nerves after the step; `state` is the slice before it."""
    p = now.parameters
    occupied = 1 + last.trka * (1 - p.trka_rest) / p.trka_rest
    injury = p.fibre_injury * np.minimum(cells.tumour, 1.0) * last.resorption
    grows_in = mineral_share(state.level, now.spacing) < 0.5

    def after(nerve: Nerve, density: np.ndarray, kind: int) -> Nerve:
        around = Around(last.trka, occupied, seen.netrin, density, seen.release, injury, grows_in)
        return grown(nerve, around, kind, now)

    return after(state.sensory, seen.sensory, SENSORY), after(state.sympathetic, seen.sympathetic, SYMPATHETIC)
