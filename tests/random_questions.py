"""Random questions for the browser's script, in its own words; the same for the same seed."""

import random
from functools import lru_cache
from typing import Any
from urllib.parse import urlencode

import numpy as np

from niche.model.state import State


def random_address(seed: int, tables: dict[str, Any]) -> str:
    """The address of a question about a host of any kind, with up to five things done to it."""
    rng = random.Random(f"question {seed}")
    host = rng.choice(list(tables["systems"]))
    days = rng.choice([3, 7, 14, 28, 35.5, 56])
    tumour = rng.choice(["", *tables["lines"]]) if rng.random() < 0.7 else ""
    parts = [("host", host), ("strain", rng.choice(list(tables["systems"][host]["strains"])))]
    sites = [name for name, one in tables["conditions"].items() if one["kind"] == "site"]
    if rng.random() < 0.3:
        parts.append(("bone", rng.choice(sites)))
    if tumour:
        parts += [("tumour", tumour), ("do", f"seed {rng.choice(tables['routes'])} on {rng.choice([0, 1.5])}")]
    used: set[str] = set()
    for _ in range(rng.randint(1, 5)):
        name, sentence = _step(rng, days, host, tables)
        if used.isdisjoint(name):
            used |= name
            parts.append(("do", sentence))
    return urlencode([*parts, ("days", f"{days:g}"), ("draws", "5")])


def _step(rng: random.Random, days: float, host: str, tables: dict[str, Any]) -> tuple[set[str], str]:
    """What may stand only once, and a sentence."""
    first = round(rng.uniform(0, days / 2), 2)
    last = round(rng.uniform(first + days / 4, days), 2)
    span = rng.choice(["", f" from {first:g}", f" from {first:g} to {last:g}"])
    kind = rng.choice(["infuse", "ligand", "dose", "stress", "sessions", "condition", "condition"])
    if kind == "stress":
        return {f"stress {rng.random()}"}, f"stress {rng.choice([0.3, 1.5, 3, 6])}{span}"
    if kind == "sessions":
        return {f"stress {rng.random()}"}, f"stress {rng.choice([2, 4])}{span.split(' to ')[0]} lasting 2 h every 1"
    if kind == "ligand":
        name = rng.choice(list(tables["ligands"]))
        return {name}, f"infuse {name} {rng.choice([0.5, 5, 40])} {tables['ligands'][name][1]}{span}"
    if kind == "condition":
        verbs = {"diet": "diet", "surgery": "surgery", "treatment": "treat", "genotype": "genotype"}
        name = rng.choice([one for one, about in tables["conditions"].items() if about["kind"] in verbs])
        verb = verbs[tables["conditions"][name]["kind"]]
        when = {"surgery": f" on {first:g}", "genotype": ""}.get(verb, span)
        agonist = {"agonist"} if any("agonist" in tables["inputs"][i] for i, _ in about_of(name, tables)) else set()
        return {name, *agonist}, f"{verb} {name}{when}"
    lasting = kind == "infuse"
    drug = rng.choice([name for name, one in tables["drugs"].items() if one["sustained"] == lasting])
    slot, most = tables["drugs"][drug]["slot"], tables["drugs"][drug]["most"][host]
    amount = f"{most * rng.uniform(0.01, 1):.4g}"
    alone = {drug, slot} if slot != "blocker" else {drug}
    if lasting:
        return alone, f"infuse {drug} {amount} mg/kg/day{span}"
    repeat = rng.choice(["", " every 3", f" every 2 to {last:g}"])
    return alone, f"dose {drug} {amount} mg/kg on {first:g}{repeat}"


def about_of(name: str, tables: dict[str, Any]) -> list[Any]:
    """The inputs that a condition sets."""
    return list(tables["conditions"][name]["inputs"])


@lru_cache(maxsize=64)
def simulated(lines: str) -> Any:
    """What the lines of Python that the page shows call `asked`; what comes after it is not run."""
    names: dict[str, Any] = {}
    exec("\n".join(line for line in lines.splitlines() if not line.startswith(("alone", "print"))), names)
    return names["asked"]


def worst_difference(found: dict[str, Any], tables: dict[str, Any]) -> float:
    """Largest difference of a state between the script and `niche.simulate`, relative where the state is above 1.

    `found` holds what the script says of one question: its lines of Python, `times`, `status` and `states` by draw.
    Draws that the script could not solve are left out: Python solves them by another method.
    """
    truth = simulated(found["python"])
    np.testing.assert_array_equal(truth["time"].values, found["times"])
    draws = len(found["states"])
    order = np.argsort(tables["rows"][:draws])  # Python's hosts are in the order of their rows
    mine = np.array(found["states"], dtype=float).reshape(draws, len(found["times"]), -1)[order]
    ours = np.stack([truth[name].values for name in State._fields], axis=-1)
    fine = np.array(found["status"])[order] == 0
    return float(np.max(np.abs(mine - ours)[fine] / np.maximum(1, np.abs(ours[fine])), initial=0.0))
