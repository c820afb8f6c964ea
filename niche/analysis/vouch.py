"""Whether stored tables of `params/sensitivity` still hold, though what they depend on was touched: a few of their
numbers are computed again.

Of the survey of sensitivity that is the spread of every head over the posterior's draws, and what each
parameter explains of it: as many hosts as the posterior has draws, of some 40,000. Of the mutants it is every
fortieth, tried out on all supported propositions.
"""

import math
from collections.abc import Callable, Iterator
from typing import Any

from niche.analysis import stored
from niche.analysis.campaign import row_of
from niche.analysis.mutants import all_mutants, try_out
from niche.analysis.sensitivity import HeadEffect
from niche.analysis.stored import MUTANTS, SENSITIVITY, Record
from niche.errors import NicheError

EVERY = 40  # mutants
RELATIVE, ABSOLUTE = 1e-3, 1e-4  # numbers are stored with five digits; another processor differs in the sixth


def confirm_stored(kind: str) -> list[str]:
    """Give stale tables new stamps if the numbers that are computed again are those that are stored.

    Parameters
    ----------
    kind
        SENSITIVITY or MUTANTS

    Returns
    -------
    list[str]
        the propositions whose stamps changed; empty if all were current, and then nothing is written

    Raises
    ------
    NicheError
        with the numbers that differ
    """
    tables, manifest = stored.read_stored(kind, old=True)
    old = stored.stale(kind, manifest)
    if old:
        found = [*_CHECKS[kind](tables, manifest)]
        if found:
            raise NicheError(f"params/sensitivity/{kind}.json does not hold any more:\n  " + "\n  ".join(found[:5]))
        stamps = {name: stored.stamp_of(name, kind, manifest["settings"]) for name in stored.stamped(kind)}
        stored.write_stamps(kind, manifest, stamps)
    return old


def _survey(tables: dict[str, list[Record]], manifest: Record) -> Iterator[str]:
    for head in tables["heads"]:
        effect = HeadEffect(head["proposition"], head["inputs"])
        yield from _unlike(f"{head['proposition']}: parameters", head["parameters"], len(effect.entries))
        joint, known = effect.over_draws(manifest["settings"]["seed"])
        yield from _unlike(f"{head['proposition']}: spread of the effect", head["joint"], joint)
        names = dict(zip(effect.names, known, strict=True))
        for row in tables["effects"]:
            if row["proposition"] == head["proposition"] and row["parameter"] in names:
                yield from _unlike(
                    f"{head['proposition']}: known by {row['parameter']}", row["known"], names[row["parameter"]]
                )


def _mutants(tables: dict[str, list[Record]], manifest: Record) -> Iterator[str]:
    settings, every = manifest["settings"], all_mutants()
    told = {row["mutant"]: row for row in tables["mutants"]}
    if set(told) != {str(one) for one in every}:
        yield "there are other mutants than those that are stored"
        return
    for one in every[::EVERY]:
        now = row_of(try_out(one, settings["draws"], settings["seed"]))
        before = {key: stored.cell_text(value) for key, value in told[str(one)].items()}
        if {key: stored.cell_text(value) for key, value in now.items()} != before:
            yield f"{one}: noticed by {before['by'] or 'nothing'} before, by {now['by'] or 'nothing'} now"


def _unlike(what: str, old: Any, new: Any) -> Iterator[str]:
    if not (old == new or math.isclose(old, new, rel_tol=RELATIVE, abs_tol=ABSOLUTE) or (old != old and new != new)):
        yield f"{what}: {old:.5g} before, {new:.5g} now"


_CHECKS: dict[str, Callable[[dict[str, list[Record]], Record], Iterator[str]]] = {
    SENSITIVITY: _survey,
    MUTANTS: _mutants,
}
