"""The likelihood: atoms of one paper and family of read-outs share what the paper has of its own.

A contrast is off by d ~ normal(0, tau of the class of study). Half of tau^2 is shared by a paper and family and is
integrated out here, half is each contrast's own and is added to s^2. The integral is a trapezoid rule over d in units
of its own sd, so that the step follows tau; since each contrast's own half is as wide as the shared one, no atom is
narrower than a few steps.
"""

import math
from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np

from niche.atoms.records import Atom
from niche.frozen import Frozen
from niche.inference.shared import covariance, groups
from niche.inference.terms import FREEDOM, KINDS, information

CLASSES = ("culture", "healthy rodent", "rodent with tumour", "randomised trial", "cohort")
SCALES: Mapping[str, float] = Frozen(dict(zip(CLASSES, (0.40, 0.25, 0.30, 0.05, 0.15), strict=True)))
# A class of study that has no spread of its own takes that of its nearest.
AS: Mapping[str, str] = Frozen({"people": "cohort", "review": "healthy rodent"})
MOST = 3  # atoms without a number that a paper and family may weigh
_NODES = 41  # a quarter of an sd apart
_WIDTH = 5.0


class Likelihood(NamedTuple):
    """Log likelihood, block by block, with its slopes.

    Attributes
    ----------
    value
        of each block, (n, blocks)
    by_f
        slope of the sum of all blocks by what the model says of each atom, (n, atoms)
    by_tau
        slope of each block by its own tau, (n, blocks)
    """

    value: np.ndarray
    by_f: np.ndarray
    by_tau: np.ndarray


class Blocks:
    """Log likelihood of what the model says of atoms, block by block, with its slopes.

    Attributes
    ----------
    atoms
        in the order in which the model's effects are given
    names
        (paper whose animals they are, family) of each block
    of
        the block of each atom, (atoms,)
    tau_of
        which of `CLASSES` a block's spread is, (blocks,)
    """

    def __init__(self, atoms: Sequence[Atom]) -> None:
        self.atoms = tuple(atoms)
        keys = [(atom.animals, atom.family, AS.get(atom.group, atom.group)) for atom in self.atoms]
        distinct = list(dict.fromkeys(keys))
        self.names = tuple((paper, family) for paper, family, _ in distinct)
        self.of = np.array([distinct.index(key) for key in keys])
        self.tau_of = np.array([CLASSES.index(group) for _, _, group in distinct])
        nodes = np.linspace(-_WIDTH, _WIDTH, _NODES)
        weights = np.exp(-0.5 * nodes**2)
        self._nodes, self._log_weights = nodes, np.log(weights / weights.sum())
        # A rate of one arm is linear: what its paper has of its own is the growth of its line.
        self._own = np.array([0.0 if atom.linear else 1.0 for atom in self.atoms])
        self._y = np.array([atom.sign if atom.kind == "direction" else atom.y for atom in self.atoms], dtype=float)
        self._s = np.array([atom.scale for atom in self.atoms])
        plain = [atom.kind != "number" for atom in self.atoms]
        counts = np.bincount(self.of[plain], minlength=len(distinct)) if any(plain) else np.zeros(len(distinct))
        share = np.minimum(1.0, MOST / np.maximum(counts, 1))
        self._exponent = np.where(plain, share[self.of], 1.0)
        self._alone, self._together = self._divided()

    def _divided(self) -> tuple[dict[str, np.ndarray], list["_Group"]]:
        """Atoms by kind whose errors are their own, and groups of numbers that share errors."""
        alone: dict[str, list[int]] = {kind: [] for kind in KINDS}
        together = []
        for i, atom in enumerate(self.atoms):
            if atom.kind != "number":
                alone[atom.kind].append(i)
        for block in range(len(self.names)):
            here = [i for i in np.flatnonzero(self.of == block).tolist() if self.atoms[i].kind == "number"]
            # rates and ratios are on different scales
            for part in ([i for i in here if self.atoms[i].linear], [i for i in here if not self.atoms[i].linear]):
                for group in groups([self.atoms[i] for i in part]):
                    places = [part[j] for j in group]
                    if len(places) == 1:
                        alone["number"].append(places[0])
                    else:
                        together.append(_Group(places, self.atoms))
        # in the order of blocks, so that a sum over each block is one stretch
        return {
            kind: np.array(sorted(places, key=lambda i: (self.of[i], i)), dtype=int)
            for kind, places in alone.items()
            if places
        }, together

    def __call__(self, f: np.ndarray, tau: np.ndarray) -> Likelihood:
        """Log likelihood and slopes.

        Parameters
        ----------
        f
            what the model says, (n, atoms)
        tau
            the spread of each class of study, (n, classes)
        """
        n = len(f)
        own = tau[:, self.tau_of]  # (n, blocks)
        logs = np.zeros((n, len(self.names), _NODES))
        by_f = np.zeros((n, len(self.atoms), _NODES))
        by_tau = np.zeros((n, len(self.names), _NODES))
        for kind, places in self._alone.items():
            self._add_alone(kind, places, f, own, (logs, by_f, by_tau))
        for group in self._together:
            self._add_group(group, f, own, (logs, by_f, by_tau))
        logs += self._log_weights
        top = logs.max(axis=2, keepdims=True)
        weights = np.exp(logs - top)
        total = weights.sum(axis=2, keepdims=True)
        weights /= total
        value = top[:, :, 0] + np.log(total[:, :, 0])
        return Likelihood(value, (weights[:, self.of] * by_f).sum(axis=2), (weights * by_tau).sum(axis=2))

    def _add_alone(
        self, kind: str, places: np.ndarray, f: np.ndarray, own: np.ndarray, into: tuple[np.ndarray, ...]
    ) -> None:
        logs, by_f, by_tau = into
        block = self.of[places]
        half = own[:, block] * self._own[places] / math.sqrt(2)  # sd of either half, (n, some)
        x = f[:, places, None] + half[:, :, None] * self._nodes
        s = np.sqrt(self._s[places] ** 2 + half**2)[:, :, None]
        value, by_x, by_s = KINDS[kind](x, self._y[places][:, None], s)
        exponent = self._exponent[places][:, None]
        blocks, first = np.unique(block, return_index=True)
        logs[:, blocks] += np.add.reduceat(exponent * value, first, axis=1)
        by_f[:, places] = exponent * by_x
        # tau moves x by nodes / sqrt(2) and s by half / (s sqrt(2))
        moved = (by_x * self._nodes + by_s * half[:, :, None] / s) * (self._own[places] / math.sqrt(2))[:, None]
        by_tau[:, blocks] += np.add.reduceat(exponent * moved, first, axis=1)

    def _add_group(self, group: "_Group", f: np.ndarray, own: np.ndarray, into: tuple[np.ndarray, ...]) -> None:
        logs, by_f, by_tau = into
        block, apart = int(self.of[group.places[0]]), float(self._own[group.places[0]])
        half = own[:, block] * apart / math.sqrt(2)
        shift = half[:, None] * self._nodes  # (n, nodes)
        r = self._y[group.places] - f[:, None, group.places] - shift[:, :, None]  # (n, nodes, m)
        turned = r @ group.vectors
        spread = group.values + half[:, None] ** 2  # (n, m)
        quad = (turned**2 / spread[:, None]).sum(axis=2)
        m = len(group.places)
        value = (
            group.constant - 0.5 * np.log(spread).sum(axis=1)[:, None] - (FREEDOM + m) / 2 * np.log1p(quad / FREEDOM)
        )
        pull = (FREEDOM + m) / (FREEDOM + quad)  # -2 d value / d quad
        by_x = pull[:, :, None] * ((turned / spread[:, None]) @ group.vectors.T)  # (n, nodes, m)
        logs[:, block] += value
        by_f[:, group.places] = by_x.transpose(0, 2, 1)
        by_variance = (-0.5 / spread).sum(axis=1)[:, None] + 0.5 * pull * (turned**2 / spread[:, None] ** 2).sum(axis=2)
        moved = by_x.sum(axis=2) * self._nodes + 2 * by_variance * half[:, None]
        by_tau[:, block] += moved * (apart / math.sqrt(2))

    def precision(self, f: np.ndarray, jacobian: np.ndarray, tau: np.ndarray) -> np.ndarray:
        """Precision of the scores at one point, (k, k), that the atoms add: by expected curvature, so never negative.

        Parameters
        ----------
        f, jacobian
            what the model says, (atoms,), and how it answers to the scores, (atoms, k)
        tau
            the spread of each class of study, (classes,)
        """
        half = tau[self.tau_of][self.of] * self._own / math.sqrt(2)
        s = np.sqrt(self._s**2 + half**2)
        weight = np.array(
            [
                float(information(atom.kind, f[i], self._y[i], s[i])) * self._exponent[i]
                for i, atom in enumerate(self.atoms)
            ]
        )
        whole = (jacobian * weight[:, None]).T @ jacobian
        for block in range(len(self.names)):
            here = np.flatnonzero((self.of == block) & (self._own > 0))
            if here.size:  # what the paper has of its own takes this much away
                pull = jacobian[here].T @ weight[here]
                whole -= np.outer(pull, pull) / (weight[here].sum() + 2 / max(tau[self.tau_of[block]], 1e-6) ** 2)
        return whole


class _Group:
    """Numbers that share errors: one multivariate t, on axes on which what each has of its own stays diagonal."""

    def __init__(self, places: Sequence[int], atoms: Sequence[Atom]) -> None:
        self.places = np.array(places)
        self.values, self.vectors = np.linalg.eigh(covariance([atoms[i] for i in places]))
        m = len(places)
        self.constant = math.lgamma((FREEDOM + m) / 2) - math.lgamma(FREEDOM / 2) - m / 2 * math.log(FREEDOM * math.pi)


def spreads(scores: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """tau of each class from standard scores (n, classes), half-normal; and its slope by the score."""
    from scipy.special import log_ndtr, ndtri_exp

    # quantile (1 + Phi(z)) / 2 of a normal: 1 - Phi(-z) / 2, by its logarithm where it is near 1
    scale = np.array([SCALES[name] for name in CLASSES])
    tail = log_ndtr(-scores) - math.log(2)
    unit = -ndtri_exp(tail)
    # d unit / d z = phi(z) / (2 phi(unit))
    slope = 0.5 * np.exp(-0.5 * scores**2 + 0.5 * unit**2)
    return scale * unit, scale * slope
