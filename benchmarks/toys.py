"""Small models with the likelihood of the real one: what `sbc.py` calibrates, and what tests take.

Each has papers with every kind of row: numbers, numbers that share a control, rates of one arm, directions, rows
without a significant effect, bounds. Effects are linear in the gains, or logarithms of what a share of occupied
receptors does. No paper and family has more rows without a number than count whole, so that the likelihood is that of
a data set.
"""

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import numpy as np

from niche.atoms.records import Atom
from niche.evidence.comparisons import COMPARE
from niche.evidence.readings import Reading
from niche.evidence.row_plan import Experiment
from niche.inference.blocks import AS, CLASSES, Blocks, spreads
from niche.inference.simulated import log_no_effects, simulate

GAIN = 0.7  # sd of the prior of a gain
_C = len(CLASSES)


class Row(NamedTuple):
    """An atom, and how it answers to the gains: slope . gains + sum of log(1 + held (e^gain - 1)) + both g1 g2."""

    atom: Atom
    slope: tuple[float, ...] = ()
    held: tuple[float, ...] = ()
    both: float = 0.0


class Toy:
    """What is fitted to what.

    Attributes
    ----------
    name, gains
        how many gains
    off
        of these gains, those that are held at 0: a model without a mechanism
    """

    def __init__(self, name: str, gains: int, rows: Sequence[Row], off: Sequence[int] = ()) -> None:
        self.name, self.gains, self.rows, self.off = name, gains, tuple(rows), tuple(off)
        self.atoms = tuple(row.atom for row in rows)
        self.active = [i for i in range(gains) if i not in self.off]
        used = sorted({CLASSES.index(AS.get(atom.group, atom.group)) for atom in self.atoms})
        self.used = [len(self.active) + i for i in used]  # scores of the spreads that have papers
        self.keys = tuple(f"gain {i + 1}" for i in self.active)
        self.names = (*self.keys, *(f"spread: {name}" for name in CLASSES))
        self._slope = np.array([_filled(row.slope, gains) for row in rows])
        self._held = np.array([_filled(row.held, gains) for row in rows])
        self._both = np.array([row.both for row in rows])

    def without(self, off: Sequence[int]) -> "Toy":
        """The same papers under the model without these gains."""
        return Toy(self.name, self.gains, self.rows, off)

    def told(self, atoms: Sequence[Atom]) -> "Toy":
        """The same model of other data."""
        rows = [row._replace(atom=atom) for row, atom in zip(self.rows, atoms, strict=True)]
        return Toy(self.name, self.gains, rows, self.off)

    def effects(self, scores: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """What the model says of each atom (n, atoms), and its slope by the active gains' scores (n, atoms, active)."""
        gains = np.zeros((len(scores), self.gains))
        gains[:, self.active] = GAIN * scores[:, : len(self.active)]
        grown = self._held * np.expm1(gains)[:, None]  # (n, atoms, gains)
        f = gains @ self._slope.T + np.log1p(grown).sum(axis=2)
        slope = self._slope + self._held * np.exp(gains)[:, None] / (1 + grown)
        if self._both.any():
            f = f + self._both * (gains[:, 0] * gains[:, 1])[:, None]
            slope[:, :, 0] += self._both * gains[:, 1:2]
            slope[:, :, 1] += self._both * gains[:, 0:1]
        return f, GAIN * slope[:, :, self.active]

    def slopes(self) -> "Density":
        """Log density and its gradient, as the sampler takes them."""
        return Density(self)

    def truth(self, random: np.random.Generator) -> np.ndarray | None:
        """Scores from the prior, or None if a row that is printed as "no effect" would not have come out so."""
        scores = random.standard_normal(len(self.names))
        f, _ = self.effects(scores[None])
        tau, _ = spreads(scores[None, -_C:])
        return scores if np.log(random.uniform()) < log_no_effects(self.atoms, f, tau)[0] else None

    def data(self, scores: np.ndarray, seed: Sequence[int], by_outcome: bool = False) -> "Toy":
        """This model, told what the papers would have printed at these scores (k,)."""
        f, _ = self.effects(scores[None])
        tau, _ = spreads(scores[None, -_C:])
        return self.told(simulate(self.atoms, f[0], tau[0], seed, by_outcome))


class Density:
    """Log posterior of a toy, part by part: its papers and families, then the prior."""

    def __init__(self, toy: Toy) -> None:
        self._toy, self.blocks = toy, Blocks(toy.atoms)
        self.names = (*(f"{paper}: {family}" for paper, family in self.blocks.names), "prior")

    def parts(self, scores: np.ndarray, wanted: Sequence[int] | None = None) -> tuple[np.ndarray, np.ndarray]:
        """Values (n, parts) and gradients (n, parts, k) at scores (n, k), of these parts or of all."""
        m, blocks = len(self._toy.active), self.blocks
        f, by_gain = self._toy.effects(scores)
        tau, moves = spreads(scores[:, -_C:])
        told = blocks(f, tau)
        values = np.concatenate([told.value, -0.5 * (scores**2).sum(axis=1, keepdims=True)], axis=1)
        slopes = np.zeros((*values.shape, scores.shape[1]))
        moved = told.by_f[:, :, None] * by_gain
        for block in range(len(blocks.names)):
            slopes[:, block, :m] = moved[:, blocks.of == block].sum(axis=1)
            own = int(blocks.tau_of[block])
            slopes[:, block, own - _C] = told.by_tau[:, block] * moves[:, own]
        slopes[:, -1] = -scores
        places = list(range(len(self.names))) if wanted is None else list(wanted)
        return values[:, places], slopes[:, places]

    def papers(self, scores: np.ndarray) -> dict[str, np.ndarray]:
        """Log likelihood (n,) of all rows of each paper."""
        values, _ = self.parts(scores)
        found = dict[str, np.ndarray]()
        for place, (paper, _) in enumerate(self.blocks.names):
            found[paper] = found.get(paper, 0.0) + values[:, place]
        return found

    def likelihood(self, scores: np.ndarray) -> np.ndarray:
        """Of all papers, (n,)."""
        return np.asarray(self.parts(scores)[0][:, :-1].sum(axis=1))


def _filled(some: Sequence[float], gains: int) -> list[float]:
    return [*some, *[0.0] * (gains - len(some))]


def _atom(paper: str, kind: str, error: float, y: float = float("nan"), **more: Any) -> Atom:
    given = {"group": "healthy rodent", "family": "bone cells", "costs": (), "linear": False, "sign": 0}
    given |= {"name": f"{paper} {kind}", "laboratory": paper, "assay": "", "basis": "sd", "experiment": None}
    given |= {"reading": None, "conflict": "", "animals": paper} | more
    return Atom(paper=paper, kind=kind, y=y, error=error, **given)


def _dose(paper: str, arm: str, error: float, y: float, **more: Any) -> Atom:
    """A number of an arm against the vehicle of its paper: those of one paper share half of their variance."""
    reading = Reading("BV/TV", COMPARE["fold"], arm, "vehicle", (14.0,), {}, None)
    return _atom(paper, "number", error, y, experiment=Experiment(paper, {}, {}, {}, ""), reading=reading, **more)


def _up(paper: str, error: float, **more: Any) -> Atom:
    return _atom(paper, "direction", error, sign=1, **more)


def _one_gain() -> Toy:
    culture: dict[str, Any] = {"group": "culture"}
    return Toy(
        "one gain, linear",
        1,
        [
            Row(_atom("A", "number", 0.2, 0.5, **culture), (1.0,)),
            Row(_up("A", 0.3, **culture), (1.0,)),
            Row(_up("B", 0.2, **culture), (-1.0,)),
            Row(_atom("B", "no effect", 0.3, **culture), (0.3,)),
            Row(_atom("C", "number", 0.15, 0.3, costs=("culture",), **culture), (0.5,)),
            Row(_atom("C", "above", 0.25, 0.4, **culture), (1.5,)),
            Row(_dose("D", "5", 0.15, 0.3), (0.6,)),
            Row(_dose("D", "50", 0.2, 0.5), (1.0,)),
            Row(_up("D", 0.3), (1.0,)),
            Row(_atom("E", "no effect", 0.25), (0.5,)),
            Row(_up("E", 0.25), (1.2,)),
            Row(_atom("F", "number", 0.02, 0.06, linear=True, costs=("species",)), (0.1,)),
            Row(_atom("F", "below", 0.3, 0.6), (0.8,)),
        ],
    )


def _two_gains() -> Toy:
    tumour: dict[str, Any] = {"group": "rodent with tumour", "family": "tumour"}
    return Toy(
        "two gains, by receptors held",
        2,
        [
            Row(_up("A", 0.25), held=(0.5,)),
            Row(_atom("A", "number", 0.25, 0.3), held=(0.8,)),
            Row(_dose("B", "low", 0.15, 0.2), held=(0.3,)),
            Row(_dose("B", "middle", 0.15, 0.4), held=(0.6,)),
            Row(_dose("B", "high", 0.2, 0.5), held=(0.9,)),
            Row(_atom("C", "no effect", 0.3), (0.2,), (0.3,)),
            Row(_up("C", 0.3), (), (0.0, 0.8)),
            Row(_up("D", 0.4, **tumour), (), (0.7, 0.7)),
            Row(_atom("D", "number", 0.3, 0.5, **tumour), (), (0.7, 0.4)),
            Row(_atom("E", "above", 0.3, 0.5, **tumour), (1.0, -0.5)),
            Row(_atom("E", "number", 0.03, 0.1, linear=True, costs=("tumour site",), **tumour), (0.05, 0.1)),
            Row(_atom("F", "no effect", 0.4, **tumour), (0.0, 0.6)),
            Row(_up("F", 0.3, **tumour), (0.0, 1.2)),
        ],
    )


def _three_gains() -> Toy:
    tumour: dict[str, Any] = {"group": "rodent with tumour"}
    return Toy(
        "three gains, two of which act together",
        3,
        [
            Row(_atom("A", "number", 0.2, 0.3), (1.0,), both=0.5),
            Row(_up("A", 0.2), (0.0, 1.0)),
            Row(_up("A", 0.3, family="bone mass"), (0.0, 0.0, -1.0)),
            Row(_dose("B", "agonist", 0.2, 0.4), (1.0, 0.5)),
            Row(_dose("B", "both", 0.2, 0.2), (0.3, 0.5, 0.5)),
            Row(_atom("C", "no effect", 0.25), (0.0, 0.0, 0.5)),
            Row(_up("C", 0.25), held=(0.9,), both=0.3),
            Row(_atom("D", "number", 0.25, 0.3, costs=("species",), **tumour), held=(0.0, 0.6)),
            Row(_atom("D", "below", 0.3, 0.5, **tumour), (0.5, 0.5)),
            Row(_atom("D", "number", 0.4, 0.5, family="tumour", **tumour), (0.0, 0.0, 1.2)),
            Row(_up("E", 0.3, family="tumour", **tumour), (0.0, 0.4, 1.0)),
            Row(_atom("E", "number", 0.03, 0.09, family="tumour", linear=True, **tumour), (0.0, 0.05, 0.1)),
            Row(_atom("F", "no effect", 0.3, **tumour), (0.4,)),
            Row(_up("F", 0.25, **tumour), (1.0, 0.0, 0.4)),
        ],
    )


TOYS: tuple[Callable[[], Toy], ...] = (_one_gain, _two_gains, _three_gains)
