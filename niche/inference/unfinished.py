"""A fit that has not converged yet, as one file that is committed: hours of sampling outlast a machine.

Its chains can be taken up on another machine, or by code that was tidied since, if they are of the same density: of the
same tables, and of the same value where the walkers are.
"""

from collections.abc import Callable
from pathlib import Path

import numpy as np

from niche.errors import NicheError
from niche.files import prepared
from niche.inference.checkpoint import Arrays, Store
from niche.inference.fit import ENSEMBLES
from niche.inference.sampler import ROUNDS
from niche.inference.shipped import rounded

FILE = "unfinished.npz"
# What was needed to learn and is not needed to go on.
_LEARNT = ("seen", "covariance", "centre")
_SMALL = ("chain", "parts", "accepted")
# A walker's log density may be off by that much on another processor, and one in ten by more: where the integrator
# takes another step, by what its tolerance allows.
_NEAR, _ALIKE = 0.02, 0.9


def keep(store: Store, made_of: str, path: Path) -> Path | None:
    """Write states and blocks of a store; returns the file, or None where learning is not over yet.

    Parameters
    ----------
    made_of
        hash of the tables that the density is made of: chains of other tables are of no use
    """
    found: Arrays = {"made_of": np.array(made_of)}
    for e in range(ENSEMBLES):
        state = store.load(f"state-{e}")
        if state is None or int(state["round"]) <= ROUNDS:
            return None
        found |= {f"state-{e}/{name}": one for name, one in state.items() if name not in _LEARNT}
        blocks = [store.load(f"block-{e}-{n:04}") for n in range(ROUNDS, int(state["round"]))]
        for name in _SMALL:
            # as few digits as are shipped: half the file; the states, from which chains go on, keep all of theirs
            found[f"block-{e}/{name}"] = rounded(np.stack([block[name] for block in blocks if block])).astype(
                np.float32
            )
    path.parent.mkdir(parents=True, exist_ok=True)
    with prepared(path) as beside, beside.open("wb") as file:
        np.savez_compressed(file, **found)  # type: ignore[arg-type]
    return path


def take_up(store: Store, made_of: str, path: Path, density: Callable[[np.ndarray], np.ndarray]) -> int:
    """Put what the file holds into an empty store; returns the blocks of the ensemble that has fewest, 0 for none.

    Parameters
    ----------
    density
        log density (n,) of scores (n, k), compared where the walkers of the first ensemble are

    Raises
    ------
    NicheError
        if the file is not readable
    """
    if store.load("state-0") is not None or not path.exists():
        return 0
    try:
        with np.load(path) as file:
            held = {name: file[name] for name in file.files}
    except (OSError, ValueError) as error:
        raise NicheError(f"{path} is not readable ({error}): get it again, or delete it and begin anew") from None
    if str(held["made_of"]) != made_of:
        return 0
    apart = np.abs(density(held["state-0/coords"]) - held["state-0/log_prob"])
    if not np.mean(apart < _NEAR) >= _ALIKE:
        return 0
    counts = [len(held[f"block-{e}/chain"]) for e in range(ENSEMBLES)]
    for e, count in enumerate(counts):
        for n in range(count):
            store.save(f"block-{e}-{ROUNDS + n:04}", {name: held[f"block-{e}/{name}"][n] for name in _SMALL})
        own = {name.partition("/")[2]: one for name, one in held.items() if name.startswith(f"state-{e}/")}
        store.save(f"state-{e}", own)  # last: it says that the blocks are there
    return min(counts)
