"""Errors that numbers of one paper share: arms that share a control, and animals that are seen again and again."""

from collections.abc import Sequence

import numpy as np

from niche.atoms.records import Atom

ARM = 0.5  # of the variance of a contrast is that of each of its two arms
AGAIN = 0.5  # correlation of the same animals on two days, or by two assays: assumed, since no paper prints it


def correlation(one: Atom, other: Atom) -> float:
    """Correlation of the errors of two numbers of one paper, by the arms that they share.

    Of a contrast of two arms half of the variance is each arm's. Other read-outs of the same animals count as apart.
    """
    a, b = one.reading, other.reading
    if a is None or b is None or one.experiment is None or other.experiment is None:
        return 0.0
    if one.experiment.name != other.experiment.name or a.observable != b.observable or a.surround != b.surround:
        return 0.0
    if a.against or b.against:
        return 0.0
    signs_a, signs_b = _arms(one), _arms(other)
    shared = sum(signs_a[arm] * signs_b[arm] for arm in signs_a if arm in signs_b)
    scale = 1 / np.sqrt(len(signs_a) * len(signs_b))
    # The same arms on the same day were read by two assays, such as number and surface of osteoclasts.
    once = a.day == b.day and a.reference_day == b.reference_day and set(signs_a) != set(signs_b)
    return float(shared * scale * (1.0 if once else AGAIN))


def _arms(atom: Atom) -> dict[str, int]:
    reading = atom.reading
    assert reading is not None
    found = {reading.treated: 1}
    if reading.control is not None:
        found[reading.control] = -1
    return found


def covariance(atoms: Sequence[Atom]) -> np.ndarray:
    """Covariance of the errors of numbers of one paper; what indirectness adds is each one's own. Positive definite."""
    errors = np.array([atom.error for atom in atoms])
    shape = np.array([[correlation(a, b) for b in atoms] for a in atoms])
    np.fill_diagonal(shape, 1.0)
    # Pairs are set one by one, so that three may ask for more than there can be: shrink until it is a covariance.
    while np.linalg.eigvalsh(shape)[0] < 0.02:
        shape = 0.9 * shape + 0.1 * np.eye(len(atoms))
    return np.asarray(shape * np.outer(errors, errors) + np.diag([atom.indirectness**2 for atom in atoms]))


def groups(atoms: Sequence[Atom]) -> list[list[int]]:
    """Which numbers share errors, by place: connected ones together; one alone is a group of one."""
    left, found = list(range(len(atoms))), list[list[int]]()
    while left:
        group = [left.pop(0)]
        for i in group:
            more = [j for j in left if correlation(atoms[i], atoms[j]) != 0]
            group += more
            left = [j for j in left if j not in more]
        found.append(sorted(group))
    return found


def number_groups(atoms: Sequence[Atom], places: Sequence[int]) -> list[list[int]]:
    """Places of numbers that share errors, group by group; the places given are of one paper and family.

    Rates and ratios are on different scales, and share none.
    """
    numbers = [i for i in places if atoms[i].kind == "number"]
    alike = ([i for i in numbers if atoms[i].linear], [i for i in numbers if not atoms[i].linear])
    return [[part[j] for j in group] for part in alike for group in groups([atoms[i] for i in part])]
