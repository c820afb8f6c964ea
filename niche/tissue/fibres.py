"""Fibres that sprout, follow NGF and netrin-1, end, and die: growing paths whose mean is the model's rate equation.

A resting fibre sprouts along its length so often that new length per day, in resting lengths, is what the model's
`sprouting` says; a sprout grows at one speed until it ends, after an exponential length. Sprouts retract, and dead
fibres come back, at the model's `fibre_loss`; every part dies at its `fibre_injury` times tumour times resorption.
Each random number is a function of (seed, fibre, step): order and threads change nothing.
"""

import numpy as np

from niche.model import nerves
from niche.model.state import Inputs, Parameters
from niche.tissue.keyed import blocks, uniforms
from niche.tissue.local import held_fibres
from niche.tissue.moment import Moment
from niche.tissue.nerve import Around, Nerve, Sprouts
from niche.tissue.paths import STEP, Resting, cell_of, inside

SENSORY, SYMPATHETIC = 0, 1
_BIRTH, _COURSE, _FATE, _INJURY = 0, 1, 2, 3  # purposes of random numbers
_ODD = np.uint64(0x9E3779B97F4A7C15)


def sprout_rate(around: Around, kind: int, inputs: Inputs, p: Parameters) -> np.ndarray:
    """New length of fibre per resting length and day, at each place: the model's, with netrin-1 for sensory fibres."""
    grown = nerves.sprouting(np.minimum(around.density, p.fibre_most), around.trka, p)
    if kind == SYMPATHETIC:
        return np.asarray(p.sprout_sympathetic * grown)
    held = p.fibre_loss * np.maximum(held_fibres(around.release, inputs, p) - 1, 0.0)
    return np.asarray(grown + held)


def grown(nerve: Nerve, around: Around, kind: int, now: Moment) -> Nerve:
    """The fibres of one kind after a step.

    Parameters
    ----------
    around
        what they meet
    kind
        `SENSORY` or `SYMPATHETIC`
    now
        the step
    """
    resting, born = _resting(nerve.resting, around, kind, now)
    sprouts = _retracted(_injured(nerve.sprouts, around, now), now)
    sprouts = _with_new(sprouts, resting, born, kind, now)
    return Nerve(resting, _advanced(sprouts, _pull(around, kind, now), around, now))


def _chance(rate: np.ndarray, days: float) -> np.ndarray:
    """Chance of an event within a step."""
    return np.asarray(-np.expm1(-rate * days))


def _point_names(count: int, kind: int) -> np.ndarray:
    return np.arange(count, dtype=np.uint64) * np.uint64(2) + np.uint64(kind)


def _resting(resting: Resting, around: Around, kind: int, now: Moment) -> tuple[Resting, np.ndarray]:
    """Resting fibres after death and return, and which of their points begin a sprout."""
    p, days = now.parameters, now.days
    at = cell_of(resting.x, resting.y, around.trka.shape, now.spacing)
    drawn = uniforms(now.seed, _point_names(len(at), kind), now.step, _BIRTH)
    rate = sprout_rate(around, kind, now.inputs, p).ravel()[at] * STEP / now.numbers.sprout_length
    born = resting.alive & (drawn[:, 0] < _chance(rate, days))
    dies = resting.alive & (drawn[:, 1] < _chance(around.injury.ravel()[at], days))
    back = ~resting.alive & (drawn[:, 2] < _chance(np.array(p.fibre_loss), days))
    return resting._replace(alive=(resting.alive & ~dies) | back), born


def _injured(s: Sprouts, around: Around, now: Moment) -> Sprouts:
    """Pieces die where tumour resorbs bone, and tips that are injured grow no further.

    A tip is injured at the rate of its own place. Were it stopped by the death of any of its pieces, it would stop the
    sooner the shorter the step is, since pieces are as long as a step makes them.
    """
    if not len(s.name):
        return s
    chance, shape = _chance(around.injury, now.days).ravel(), around.injury.shape
    at = cell_of(s.piece_x, s.piece_y, shape, now.spacing)
    names = s.name[s.piece_owner] ^ (np.arange(len(at), dtype=np.uint64) * _ODD)
    hit = uniforms(now.seed, names, now.step, _INJURY)[:, 0] < chance[at]
    stopped = uniforms(now.seed, s.name, now.step, _FATE)[:, 1] < chance[cell_of(s.x, s.y, shape, now.spacing)]
    return s._replace(piece_alive=s.piece_alive & ~hit, growing=s.growing & ~stopped)


def _retracted(s: Sprouts, now: Moment) -> Sprouts:
    """Whole sprouts go at the rate at which fibres return to their resting density."""
    chance = _chance(np.array(now.parameters.fibre_loss), now.days)
    gone = s.alive & (uniforms(now.seed, s.name, now.step, _FATE)[:, 0] < chance)
    alive = s.alive & ~gone
    return s._replace(alive=alive, growing=s.growing & alive, piece_alive=s.piece_alive & alive[s.piece_owner])


def _with_new(s: Sprouts, resting: Resting, born: np.ndarray, kind: int, now: Moment) -> Sprouts:
    """Sprouts begin at points of resting fibres, in any direction; their names are random numbers of those points."""
    drawn = blocks(now.seed, _point_names(len(born), kind)[born], now.step, _COURSE)
    yes = np.ones(int(born.sum()), bool)
    return s._replace(
        name=np.concatenate([s.name, drawn[:, 0]]),
        x=np.concatenate([s.x, resting.x[born]]),
        y=np.concatenate([s.y, resting.y[born]]),
        angle=np.concatenate([s.angle, (drawn[:, 1] >> np.uint64(11)) * (2.0**-53 * 2 * np.pi)]),
        growing=np.concatenate([s.growing, yes]),
        alive=np.concatenate([s.alive, yes]),
    )


def _pull(around: Around, kind: int, now: Moment) -> tuple[np.ndarray, np.ndarray]:
    """Where cues pull (right, down), between 0 and 1 in size for each cue: relative change across a growth cone,
    half of all it can do at `cue_half`. Netrin-1 pulls sensory fibres by the gain and the sign that the model gives."""

    numbers = now.numbers

    def of(cue: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        down, right = np.gradient(cue, now.spacing)
        size = np.hypot(down, right) * numbers.growth_cone
        scale = numbers.growth_cone / (size + numbers.cue_half)
        return right * scale, down * scale

    right, down = of(around.occupied)
    gain = now.parameters.netrin * now.inputs.netrin_present if kind == SENSORY else 0.0
    if gain:
        a, b = of(np.log(np.maximum(around.netrin, 1e-9)))
        right, down = right + gain * a, down + gain * b
    return right, down


def _advanced(s: Sprouts, pull: tuple[np.ndarray, np.ndarray], around: Around, now: Moment) -> Sprouts:
    """Tips one step on: they keep their direction over `fibre_persistence`, turn to cues over `cue_turn`, and do not
    enter bone."""
    numbers, spacing = now.numbers, now.spacing
    tips = np.nonzero(s.growing)[0]
    drawn = uniforms(now.seed, s.name[tips], now.step, _COURSE)
    length = numbers.fibre_speed * now.days
    keep = np.exp(-length / numbers.cue_turn)
    at = cell_of(s.x[tips], s.y[tips], around.trka.shape, spacing)
    noise = np.sqrt(-2 * np.log1p(-drawn[:, 0])) * np.cos(2 * np.pi * drawn[:, 1])  # Box & Muller
    right = keep * np.cos(s.angle[tips]) + (1 - keep) * pull[0].ravel()[at]
    down = keep * np.sin(s.angle[tips]) + (1 - keep) * pull[1].ravel()[at]
    angle = np.arctan2(down, right) + np.sqrt(2 * length / numbers.fibre_persistence) * noise
    x, y = s.x[tips] + length * np.cos(angle), s.y[tips] + length * np.sin(angle)
    free = inside(x, y, around.open, spacing)
    angle = np.where(free, angle, 2 * np.pi * drawn[:, 2])  # a tip that meets bone tries another way
    going = tips[free]
    new_x, new_y, new_angle, growing = s.x.copy(), s.y.copy(), s.angle.copy(), s.growing.copy()
    new_angle[tips] = angle
    new_x[going], new_y[going] = x[free], y[free]
    growing[tips] = ~(free & (drawn[:, 3] < length / numbers.sprout_length))  # so that the mean is exact
    return s._replace(
        x=new_x,
        y=new_y,
        angle=new_angle,
        growing=growing,
        piece_x=np.concatenate([s.piece_x, (s.x[going] + x[free]) / 2]),
        piece_y=np.concatenate([s.piece_y, (s.y[going] + y[free]) / 2]),
        piece_length=np.concatenate([s.piece_length, np.full(len(going), length)]),
        piece_owner=np.concatenate([s.piece_owner, going]),
        piece_alive=np.concatenate([s.piece_alive, np.ones(len(going), bool)]),
    )
