"""What a posterior depends on, part by part, and what of it is not any more what it was.

The density of the posterior depends on the code that simulates and reads the fitted rows (`DENSITY`), and on the
numbers that their hosts, arms and plans use. The chains depend on the search and the sampler besides (`CHAIN`).
"""

from collections.abc import Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any

from niche.inference.manifest import APART, layers_of
from niche.inference.objective import fitted_keys, fitted_rows
from niche.params.judging_state import not_judged
from niche.params.layers import read_registry
from niche.params.posterior import read_manifest, read_posterior
from niche.params.records import root
from niche.provenance import Tables, code_digest, digest, reached_code

DENSITY = ("niche.evidence.laboratory", "niche.inference.likelihood")
CHAIN = (
    "niche.inference.search:search",
    "niche.inference.sampler:begin",
    "niche.inference.sampler:advance",
    "niche.inference.objective:Objective",
)
NOT_FITTED = ("niche.trials",)  # plans rows, none of which is fitted
_BY_LAYER = ("systems", "lines", "drugs", "conditions", "kinetics", "coupling")
Parts = dict[str, dict[str, str]]


def density_parts(rows: Sequence[str], keys: Sequence[str], apart: Sequence[str]) -> Parts:
    """By "code" and "numbers" all that the density of a posterior depends on, each part by name with its hash.

    Notes, labels, comments and docstrings are left out: to reword them does not make a posterior stale. Nor does a
    tumour line, drug or condition that none of the rows uses.

    Parameters
    ----------
    rows, keys
        what was fitted to what
    apart
        uncertain parameters left to their priors
    """
    return {
        "code": reached_code(*DENSITY, without=NOT_FITTED),
        "numbers": {
            **numbers_of(rows, layers_of(rows)),
            "the list of fitted rows": digest(list(rows)),
            "the list of fitted parameters": digest(list(keys)),
            "the list of parameters left to their priors": digest(list(apart)),
        },
    }


def numbers_of(rows: Sequence[str], layers: set[str]) -> dict[str, str]:
    """Hashes of every number that rows use, by table and name.

    Parameters
    ----------
    layers
        the systems, lines, drugs and conditions of their hosts and arms; the model's own numbers always count
    """
    tables, found = _tables(root()), dict[str, str]()
    asked = {table: [name for name in tables.table(table) if name in layers] for table in _BY_LAYER}
    systems = tables.table("systems")
    asked["systems"] += [parent for name in asked["systems"] if (parent := systems[name].get("inherits"))]
    coupling = tables.table("coupling")
    slots = [coupling[name].get(key) for name in asked["coupling"] for key in ("slot", "doses")]
    asked["drugs"] += [name for name in slots if name in tables.table("drugs")]
    asked |= {"model": list(tables.table("model")), "experiments": list(rows), "evidence": list(rows)}
    for table, names in asked.items():
        for name in dict.fromkeys(names):
            found[f"params/{table}: {name}"] = tables.entry(table, name, words=False)
    return found


@lru_cache(maxsize=2)
def _tables(folder: Path) -> Tables:
    return Tables(folder)


def chain_key(parts: Parts) -> str:
    """A hash of what a chain depends on: its density, and the code of search, sampler, gradient and adjoint."""
    return digest([parts, code_digest(*CHAIN, without=NOT_FITTED)])


def changed_parts(before: Mapping[str, Any], now: Parts) -> list[str]:
    """What is not as it was, by name: numbers first, then code by file."""
    found = list[str]()
    for kind in ("numbers", "code"):
        old = before.get(kind) or {}
        names = [name for name in sorted({*old, *now[kind]}) if old.get(name) != now[kind].get(name)]
        found += names if kind == "numbers" else [f"{name.replace('.', '/')}.py" for name in names]
    return found


def present_parts() -> Parts:
    """What a posterior that is made now would depend on."""
    rows = fitted_rows()
    return density_parts(rows, fitted_keys(rows), APART)


def posterior_changes(folder: Path | None = None) -> list[str]:
    """What changed since the posterior was made, by name; empty if it is current."""
    before = read_manifest(folder).get("depends")
    return changed_parts(before, present_parts()) if before else ["it does not say what it was made of"]


def posterior_warning(folder: Path | None = None) -> str:
    """What to know if the posterior is older than what it depends on, with what to do; else ""."""
    if folder is None and (why := not_judged()):
        kept = len(read_posterior().draws)
        return (
            f"no claim is judged. {why} What follows is made with the former draws of {kept} parameters; the other "
            f"{len(read_registry().uncertain()) - kept} come from their priors"
        )
    changed = posterior_changes(folder)
    if not changed:
        return ""
    more = f" and {len(changed) - 3} more" if len(changed) > 3 else ""
    return (
        f"the posterior is older than {', '.join(changed[:3])}{more}, so what follows is made with the old one: "
        "'niche calibrate --confirm' says in seconds whether that matters, 'niche calibrate' makes it again"
    )
