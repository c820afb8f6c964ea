"""Data sets as the likelihood has them: what the papers would have printed, were the model true at one point.

The same experiments with the same errors are done again: each paper and family draws what it has of its own, each
number its error, each direction its sign, each bound the side on which the effect was found. Put in place of the
measured atoms they show whether a fit finds the truth back as often as it says.

Which rows a paper prints as "no effect" is part of the design, since the likelihood has no row for the contrary (a
direction is a sign, given that it was significant). So these stay what they are, and the truths have to be drawn from
the prior given that they came out so (`log_no_effects`); what a paper has of its own is drawn given its own such rows.
If a paper and family have many rows that are no numbers, the likelihood counts each for less than one, which no data
set can: `thinned` keeps as many as count whole.
"""

import math
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import replace

import numpy as np

from niche.atoms.records import Atom
from niche.errors import NicheError
from niche.inference.blocks import AS, CLASSES, MOST, Blocks
from niche.inference.shared import covariance, number_groups
from niche.inference.terms import FREEDOM, KINDS, LIMIT, MISREAD

_OWN = np.linspace(-8.0, 8.0, 1601)  # sds of what a paper has of its own: far beyond what is ever drawn
_OTHER = {"above": "below", "below": "above"}


def simulate(
    atoms: Sequence[Atom], f: np.ndarray, tau: np.ndarray, seed: Sequence[int], by_outcome: bool = False
) -> tuple[Atom, ...]:
    """The atoms as they would have been found: other y, sign or side, all else the same.

    Papers and families have a stream of random numbers each, so that one row more changes no other paper's.

    Parameters
    ----------
    f
        the true effects (atoms,), on the scale of each atom's y
    tau
        the spread of each class of study (classes,), in the order of `CLASSES`
    seed
        whole numbers
    by_outcome
        a row printed as a direction or as "no effect" becomes what its test gives: a direction where that is
        significant, else "no effect". The likelihood has no such choice: it takes a direction as given that it was
        significant, and "no effect" as a result like any other. This shows what comes of that.

    Raises
    ------
    NicheError
        if effects or spreads are not one for each, or not finite

    Notes
    -----
    Wrong for a paper and family with more than three rows that are no numbers, each of which the likelihood counts for
    less than one: use `thinned` first.
    """
    f, tau = np.asarray(f, dtype=float), np.asarray(tau, dtype=float)
    _checked(atoms, f, tau)
    found = list(atoms)
    for key, places in _blocks(atoms):
        stream = zlib.crc32("\n".join(key).encode())
        random = np.random.default_rng([*seed, stream])
        half = float(tau[CLASSES.index(key[2])]) / math.sqrt(2)
        told = _block([atoms[i] for i in places], f[places], half, random, by_outcome)
        for place, atom in zip(places, told, strict=True):
            found[place] = atom
    return tuple(found)


def log_no_effects(atoms: Sequence[Atom], f: np.ndarray, tau: np.ndarray) -> np.ndarray:
    """Log probability (n,) that all rows "no effect" come out so: by it the prior of simulated truths is weighted.

    Parameters
    ----------
    f, tau
        true effects (n, atoms) and spreads (n, classes)
    """
    here = [i for i, atom in enumerate(atoms) if atom.kind == "no effect"]
    if not here:
        return np.zeros(len(f))
    return np.asarray(Blocks([atoms[i] for i in here])(f[:, here], tau).value.sum(axis=1))


def thinned(atoms: Sequence[Atom], seed: Sequence[int]) -> list[int]:
    """Which atoms to keep: all numbers, and of each paper and family at most as many others as count whole."""
    kept = list[int]()
    for key, places in _blocks(atoms):
        random = np.random.default_rng([*seed, zlib.crc32("\n".join(key).encode())])
        plain = [i for i in places if atoms[i].kind != "number"]
        chosen = set(random.permutation(plain)[:MOST].tolist())
        kept += [i for i in places if atoms[i].kind == "number" or i in chosen]
    return sorted(kept)


def _blocks(atoms: Sequence[Atom]) -> Iterator[tuple[tuple[str, str, str], list[int]]]:
    """Places of the atoms of each paper and family, with the class of study."""
    found = dict[tuple[str, str, str], list[int]]()
    for i, atom in enumerate(atoms):
        found.setdefault((atom.animals, atom.family, AS.get(atom.group, atom.group)), []).append(i)
    yield from found.items()


def _block(
    atoms: Sequence[Atom], f: np.ndarray, half: float, random: np.random.Generator, by_outcome: bool
) -> list[Atom]:
    """The atoms of one paper and family, as they would have been found.

    Parameters
    ----------
    half
        sd of what the paper has of its own, and of what each contrast has of its own
    """
    own = np.array([0.0 if atom.linear else half for atom in atoms])
    scale = np.hypot([atom.scale for atom in atoms], own)
    d = random.standard_normal() if by_outcome else _shared(atoms, f, own, scale, random)
    x = f + own * d
    found = list(atoms)
    for i, atom in enumerate(atoms):
        if by_outcome and atom.kind in ("direction", "no effect"):
            found[i] = _tested(atom, x[i] / scale[i], random)
        elif atom.kind not in ("number", "no effect"):
            found[i] = _other(atom, x[i] / scale[i], scale[i], random)
    for places in number_groups(atoms, range(len(atoms))):
        errors = _errors([atoms[i] for i in places], own[places[0]], random)
        for i, error in zip(places, errors, strict=True):
            found[i] = _number(atoms[i], x[i] + error)
    return found


def _shared(
    atoms: Sequence[Atom], f: np.ndarray, own: np.ndarray, scale: np.ndarray, random: np.random.Generator
) -> float:
    """What all contrasts have in common, in sds: standard normal, given that rows "no effect" came out so."""
    silent = [i for i, atom in enumerate(atoms) if atom.kind == "no effect" and own[i] > 0]
    if not silent:
        return float(random.standard_normal())
    log = -0.5 * _OWN**2
    for i in silent:
        log += KINDS["no effect"](f[i] + own[i] * _OWN, np.zeros(1), scale[i])[0]
    density = np.exp(log - log.max())
    below = np.concatenate([[0.0], np.cumsum(0.5 * (density[1:] + density[:-1]))])
    return float(np.interp(random.uniform(), below / below[-1], _OWN))


def _other(atom: Atom, u: float, scale: float, random: np.random.Generator) -> Atom:
    """A direction or bound as it would have been read.

    Parameters
    ----------
    u
        the true effect in units of `scale`
    scale
        sd of the error
    """
    misread, coin = random.uniform() < MISREAD, random.uniform() < 0.5
    if atom.kind == "direction":  # the first significant result was printed
        up, down = _normal_below(u - LIMIT), _normal_below(-u - LIMIT)
        positive = coin if misread else random.uniform() < up / (up + down)
        return replace(atom, sign=1 if positive else -1)
    above = coin if misread else random.uniform() < _normal_below(u - atom.y / scale)
    same = above == (atom.kind == "above")
    return atom if same else replace(atom, kind=_OTHER[atom.kind])


def _tested(atom: Atom, u: float, random: np.random.Generator) -> Atom:
    """What a test gives at a true effect of u errors: a direction, or "no effect"; misread, any of three."""
    seen = u + random.standard_normal()
    sign = int(np.sign(seen)) if abs(seen) > LIMIT else 0
    if random.uniform() < MISREAD:
        sign = int(random.integers(-1, 2))
    return replace(atom, kind="direction" if sign else "no effect", sign=sign)


def _errors(atoms: Sequence[Atom], half: float, random: np.random.Generator) -> np.ndarray:
    """Errors of numbers that share some: Student's t, with one divisor for all of them."""
    shape = covariance(atoms) + half**2 * np.eye(len(atoms))
    together = np.linalg.cholesky(shape) @ random.standard_normal(len(atoms))
    return np.asarray(together / math.sqrt(random.chisquare(FREEDOM) / FREEDOM))


def _number(atom: Atom, y: float) -> Atom:
    """The atom with another y. Where it is indirect, the error of a rate would grow with y; here it stays as it was."""
    share = atom.share * abs(atom.y / y) if atom.linear else atom.share
    return replace(atom, y=float(y), share=share)


def _normal_below(u: float) -> float:
    from scipy.special import ndtr

    return float(ndtr(u))


def _checked(atoms: Sequence[Atom], f: np.ndarray, tau: np.ndarray) -> None:
    if f.shape != (len(atoms),):
        raise NicheError(f"simulate: one true effect for each of {len(atoms)} atoms, got shape {f.shape}")
    for atom, effect in zip(atoms, f, strict=True):
        if not math.isfinite(effect):
            raise NicheError(f"simulate: the true effect of {atom.name} is {effect}; truths must be solvable")
    if tau.shape != (len(CLASSES),) or not (np.isfinite(tau) & (tau >= 0)).all():
        wanted = f"one spread for each of {', '.join(CLASSES)}, none below 0"
        raise NicheError(f"simulate: {wanted}; got {tau.tolist()} of shape {tau.shape}")
