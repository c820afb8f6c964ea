"""What a fit depends on, part by part, and which parts are no longer what they were.

Code is named by module (`niche.provenance`), numbers by table and entry: those that the hosts and arms of rows use.
"""

from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any

from niche.params.records import root
from niche.provenance import Tables

NOT_FITTED = ("niche.trials",)  # plans rows, none of which is fitted
_BY_LAYER = ("systems", "lines", "drugs", "conditions", "kinetics", "coupling")
Parts = dict[str, dict[str, str]]


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


def numbers_again(names: Iterable[str]) -> dict[str, str]:
    """Today's hashes of the numbers that `numbers_of` named."""
    tables = _tables(root())
    split = {name: name.removeprefix("params/").split(": ", 1) for name in names if name.startswith("params/")}
    return {name: tables.entry(table, entry, words=False) for name, (table, entry) in split.items()}


@lru_cache(maxsize=2)
def _tables(folder: Path) -> Tables:
    return Tables(folder)


def changed_parts(before: Mapping[str, Any], now: Parts) -> list[str]:
    """What is not as it was, by name: numbers first, then code by file."""
    found = list[str]()
    for kind in ("numbers", "code"):
        old = before.get(kind) or {}
        names = [name for name in sorted({*old, *now[kind]}) if old.get(name) != now[kind].get(name)]
        found += names if kind == "numbers" else [f"{name.replace('.', '/')}.py" for name in names]
    return found
