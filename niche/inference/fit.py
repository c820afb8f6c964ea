"""From where walkers begin to chains that have converged: sample in blocks until every parameter meets its criteria."""

import sys
import time
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import numpy as np

from niche.inference.checkpoint import Arrays, Store
from niche.inference.diagnostics import NotConverged, Table, diagnose, failing
from niche.inference.redraw import Slow
from niche.inference.sampler import BLOCK, ROUNDS, STARTS, advance, begin, refine
from niche.processes import ProcessPool

ENSEMBLES = 2
_LOOK = 1.25  # the chains are looked at again when they are this much longer
_REFINED = 20, 40  # blocks after which the sampler learns from all of them again
_FEW = 1 / 12  # share of all scores that fail: as few are drawn again by themselves


class Sampled(NamedTuple):
    """Chains that have converged.

    Attributes
    ----------
    chains
        scores of the kept part, (ensembles, walkers, steps, k)
    parts
        parts of the log density there, (ensembles, walkers, steps, parts)
    table
        of `diagnose`
    accepted
        share of proposals
    steps
        of each walker, with those that were not kept
    """

    chains: np.ndarray
    parts: np.ndarray
    table: Table
    accepted: float
    steps: int


def sample_until(
    pool: ProcessPool,
    part: Any,
    keys: Sequence[str],
    store: Store,
    centres: Sequence[np.ndarray],
    covariances: Sequence[np.ndarray],
    *,
    walkers: int,
    steps: int,
    seed: int,
    minutes: float,
    end: float,
    redraw: Callable[[np.ndarray, np.ndarray, Slow], tuple[np.ndarray, np.ndarray]] | None = None,
) -> Sampled:
    """Sample until every parameter has converged.

    Parameters
    ----------
    part
        objective that is sampled: it has `slopes`
    keys
        names of its scores
    centres, covariances
        where the walkers begin
    steps
        of each walker, at most
    minutes, end
        that the call may take, and when they are over (`time.monotonic`): then no further block is begun
    redraw
        `Redraw`: draws kept chains again, with the parts of the density there, once only few scores fail

    Raises
    ------
    NotConverged
        if `end` or `steps` comes first
    """
    states, blocks = _resume(lambda e: begin(centres, covariances, walkers, (seed, 2, e)), store)
    looked = 0
    with _bars(steps, blocks) as bars:
        while True:
            done = min(len(b) for b in blocks) * BLOCK
            late = time.monotonic() > end or done >= steps
            if done > 0 and (late or _is_due(done, looked)):
                (chains, accepted), (parts, _) = kept_chains(blocks), kept_chains(blocks, "parts")
                table = diagnose(chains, keys, STARTS)
                failures = failing(table)
                if failures and redraw and len(failures) <= _FEW * len(keys):
                    bars.say(table)

                    def slow(chains: np.ndarray, margin: float) -> list[int]:
                        found = diagnose(chains, keys, STARTS)
                        return [i for i, key in enumerate(keys) if failing({key: found[key]}, margin)]

                    chains, parts = redraw(chains, parts, slow)
                    table = diagnose(chains, keys, STARTS)
                    failures = failing(table)
                if not failures:
                    return Sampled(chains, parts, table, accepted, done)
                looked = done
                bars.say(table)
                if late:
                    raise NotConverged(_verdict(failures, len(keys), done))
            elif late:
                raise NotConverged(f"{minutes:g} minutes were over before the first step; run it again to go on")
            _refine(states, blocks, store)
            _block(pool, part, states, blocks, store, bars)


def _resume(anew: Callable[[int], Arrays], store: Store) -> tuple[list[Arrays], list[list[Arrays]]]:
    """The states and blocks that the store holds; ensembles that it does not hold are begun."""
    states, blocks = list[Arrays](), list[list[Arrays]]()
    for e in range(ENSEMBLES):
        state = store.load(f"state-{e}") or anew(e)
        found = [store.load(f"block-{e}-{n:04}") for n in range(ROUNDS, int(state["round"]))]
        if any(block is None for block in found):
            print(f"niche: a block of ensemble {e + 1} is not readable; it is sampled again", file=sys.stderr)
            state, found = anew(e), []
        states.append(state)
        blocks.append([block for block in found if block is not None])
    return states, blocks


def _refine(states: list[Arrays], blocks: list[list[Arrays]], store: Store) -> None:
    """At two fixed places the sampler learns the shape of the posterior again, from the blocks of both ensembles."""
    due = sum(min(len(b) for b in blocks) >= many for many in _REFINED)
    for e, state in enumerate(states):
        if int(state.get("refined", 0)) >= due:
            continue
        seen = [block for b in blocks for block in b[: _REFINED[due - 1]]]
        draws = np.concatenate([block["chain"].reshape(-1, block["chain"].shape[2]) for block in seen])
        accepted = float(np.mean([block["accepted"].mean() for block in seen]))
        states[e] = refine(state, draws.astype(float), accepted) | {"refined": np.array(due)}
        store.save(f"state-{e}", states[e])


def _block(
    pool: ProcessPool, part: Any, states: list[Arrays], blocks: list[list[Arrays]], store: Store, bars: "_bars"
) -> None:
    """One block more of each ensemble, or of those that are behind."""
    ahead = max(int(s["round"]) for s in states)
    behind = [e for e, s in enumerate(states) if int(s["round"]) < ahead] or list(range(len(states)))
    for i, (state, block) in pool.as_completed(advance, [(part, states[e]) for e in behind]):
        e, number = behind[i], int(states[behind[i]]["round"])
        if number >= ROUNDS:
            store.save(f"block-{e}-{number:04}", block)  # before the state, which says that it is there
            blocks[e].append(block)
        store.save(f"state-{e}", state)
        states[e] = state
        bars.update(e, int(state["round"]))


def _is_due(done: int, looked: int) -> bool:
    """Whether to look after `done` steps: at fixed numbers of them, so that a stop in between changes nothing."""
    due = 2 * BLOCK
    while due < done:
        due = BLOCK * -(-int(due * _LOOK + 1) // BLOCK)
    return done == due and done > looked


def kept_chains(blocks: list[list[Arrays]], what: str = "chain") -> tuple[np.ndarray, float]:
    """Chains (ensembles, walkers, steps, k) without their beginning, and the share accepted.

    Left out is the first half, or only what was before the sampler first learnt the shape again, if that is less.

    Parameters
    ----------
    what
        "chain" is scores, "parts" the parts of the log density there
    """
    least = min(len(b) for b in blocks)
    chains = np.stack([np.concatenate([block[what] for block in b[:least]]) for b in blocks])
    accepted = np.mean([block["accepted"].mean() for b in blocks for block in b[:least]])
    first = min(least // 2, _REFINED[0]) * BLOCK
    return chains[:, first:].transpose(0, 2, 1, 3), float(accepted)


def blocks_of(store: Store) -> list[list[Arrays]]:
    """What each ensemble has sampled so far, as far as the store holds it."""
    found = []
    for e in range(ENSEMBLES):
        state = store.load(f"state-{e}")
        last = ROUNDS if state is None else int(state["round"])
        loaded = [store.load(f"block-{e}-{n:04}") for n in range(ROUNDS, last)]
        found.append([block for block in loaded if block is not None])
    return found


def _verdict(failures: list[str], k: int, done: int) -> str:
    return (
        f"not converged after {done} steps of each walker: {len(failures)} of {k} parameters fail "
        f"(R-hat at most 1.01, at least 400 effective samples). Nothing was written to the posterior. "
        f"Run the same command again to go on from here.\n  " + "\n  ".join(failures)
    )


class _bars:
    """One progress bar for each ensemble, in steps, the rounds of learning before them counted as negative."""

    def __init__(self, steps: int, blocks: list[list[Arrays]]) -> None:
        from tqdm import tqdm

        self._bars = [
            tqdm(total=steps, initial=len(b) * BLOCK, desc=f"ensemble {e + 1}", unit="move", position=e, leave=False)
            for e, b in enumerate(blocks)
        ]

    def __enter__(self) -> "_bars":
        return self

    def __exit__(self, *error: object) -> None:
        for bar in self._bars:
            bar.close()

    def update(self, e: int, rounds: int) -> None:
        if rounds <= ROUNDS:
            self._bars[e].set_postfix_str(f"learning to move, {rounds} of {ROUNDS}")
        else:
            self._bars[e].update(BLOCK)

    def say(self, table: Table) -> None:
        rhat = max(r["rhat"] for r in table.values())
        least = min(min(r["ess_bulk"], r["ess_tail"]) for r in table.values())
        for bar in self._bars:
            bar.set_postfix_str(f"R-hat {rhat:.3f}, effective {least:.0f}")
