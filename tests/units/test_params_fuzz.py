"""Files of params/ that are wrong in one place, a thousand of each kind: our error with file and key, nothing else."""

import copy
import datetime
import math
import random
from functools import lru_cache

import pytest

from compendium.claims import cohorts, translation
from compendium.figures import journals
from compendium.run import inputs
from compendium.sweep import spec
from niche.analysis import stored
from niche.answering import registry
from niche.errors import NicheError
from niche.imaging import table as imaging_table
from niche.kinetics import table
from niche.params import layers
from niche.params.layers import read_registry
from niche.params.records import read_folder, root
from niche.params.records import read_yaml as once_more
from niche.params.schema import parse
from niche.trials import hazards, recurrence, rows

VARIANTS = 1000
read_yaml = lru_cache(once_more)
LEAVES = [
    None,
    True,
    0,
    -1,
    7,
    2.5,
    1e300,
    10**400,
    math.nan,
    math.inf,
    "",
    " ",
    "x",
    "1",
    "assumed",
    "lognormal(1, 0)",
    "normal(1e999, 1)",
    [],
    {},
    [1],
    [None, {}],
    {"x": 1},
    {1: 2},
    datetime.date(2026, 1, 1),
    b"x",
]


def places(node, path=()):
    """Every place of a tree, by its path."""
    yield path
    parts = node.items() if isinstance(node, dict) else enumerate(node) if isinstance(node, list) else ()
    for key, value in parts:
        yield from places(value, (*path, key))


def at(node, path):
    for key in path:
        node = node[key]
    return node


def mutated(content, chance):
    """A copy that is otherwise in one place, and the path to that place."""
    made = copy.deepcopy(content)
    path = chance.choice([path for path in places(made) if path])
    parent, key = at(made, path[:-1]), path[-1]
    what = chance.randrange(6)
    if what == 0:
        del parent[key]
    elif what == 1 and isinstance(parent, dict):
        parent[f"{key}x" if isinstance(key, str) else key] = parent.pop(key)
    elif what == 2 and isinstance(parent[key], dict):
        parent[key]["notez"] = 1
    elif what == 3:
        parent[key] = [parent[key]]
    elif what == 4 and isinstance(parent[key], int | float) and not isinstance(parent[key], bool):
        parent[key] = chance.choice([str(parent[key]), -parent[key], parent[key] * 1e6])
    else:
        parent[key] = copy.deepcopy(chance.choice(LEAVES))
    return made, path


def small(content, chance, many=3):
    """A file with a few of its entries, which is quicker to read."""
    return {
        key: {name: part[name] for name in chance.sample(list(part), min(many, len(part)))}
        if isinstance(part, dict) and key in ("drugs", "lines", "conditions", "causes", "claims", "rows")
        else part
        for key, part in content.items()
    }


def of_folder(folder, read):
    """Files of a folder of params/, each read by a function of {name: content}."""
    files = {file.stem: read_yaml(file) for file in sorted((root() / folder).glob("*.yaml"))}

    def one(chance):
        name = chance.choice(list(files))
        return f"{folder}/{name}.yaml", small(files[name], chance), lambda content: read({name: content})

    return one


def of_file(module, name, read):
    """A file that a function of a module reads."""
    content = read_yaml(root() / name)

    def one(chance):
        def reading(changed):
            before, module.read_yaml = module.read_yaml, lambda path: changed
            try:
                read()
            finally:
                module.read_yaml = before

        return name, small(content, chance), reading

    return one


def model(chance):
    """The model has to be whole: one file is mutated, the others stay."""
    files = {file.stem: read_yaml(file) for file in sorted((root() / "model").glob("*.yaml"))}
    name = chance.choice(list(files))
    return f"model/{name}.yaml", files[name], lambda content: layers.read_model({**files, name: content})


def systems(chance):
    files = {file.stem: read_yaml(file) for file in sorted((root() / "systems").glob("*.yaml"))}
    name = chance.choice(list(files))
    return f"systems/{name}.yaml", files[name], lambda content: layers.read_systems({**files, name: content})


def journal(chance):
    file = chance.choice(sorted((root() / "journals").glob("*.yaml")))

    def reading(changed):
        before, journals.read_yaml = journals.read_yaml, lambda path: changed
        try:
            journals._read.__wrapped__(file)
        finally:
            journals.read_yaml = before

    return f"journals/{file.name}", read_yaml(file), reading


def run(chance):
    content = read_yaml(root() / "runs" / "fast.yaml")

    def reading(changed):
        before, inputs.read_yaml = inputs.read_yaml, lambda path: changed
        try:
            inputs.read_run_file("runs/fast.yaml")
        finally:
            inputs.read_yaml = before

    return "runs/fast.yaml", content, reading


def sweep(chance):
    content = {
        "hosts": {"system": "mouse", "strain": "C57BL/6J", "draws": 2, "seed": 3, "parameters": {"b2_rankl": 0}},
        "days": 7,
        "arms": {"control": [], "treated": [{"infuse": ["isoprenaline", "$dose mg/kg/day", "$begin"]}]},
        "vary": {"factors": {"dose": {"range": [1, 9], "count": 2, "scale": "log"}, "begin": {"values": [0, 2]}}},
        "read": {"Oc": {"observable": "Oc.N/BS", "treated": "treated", "control": "control", "day": 7}},
        "quantiles": [0.05, 0.95],
        "chunk": 10,
        "rtol": 1e-6,
    }
    return "", content, spec.check_spec


def registry_of_claims(chance):
    whole = read_yaml(root() / "claims.yaml")["claims"]
    content = {"claims": {name: whole[name] for name in chance.sample(list(whole), 2)}}

    def reading(changed):
        before = registry.read_yaml
        registry.read_yaml = lambda path: changed
        try:
            registry.read_entries.__wrapped__()
        finally:
            registry.read_yaml = before

    return "claims.yaml", content, reading


def stored_tables(chance):
    """How tables of the sensitivity were made; what it says of them is not asked here, for no table is read."""
    content = {
        "how": "niche mutate",
        "settings": {"draws": 60, "seed": 1},
        "propositions": {"05a": "0123456789abcdef", "12a": "fedcba9876543210"},
        "sha256": {"mutants.csv": "00" * 32},
    }
    return "mutants.json", content, lambda changed: parse(stored.StoredFile, changed, "sensitivity/mutants.json")


KINDS = {
    "stored": stored_tables,
    "model": model,
    "systems": systems,
    "lines": of_folder("lines", layers.read_lines),
    "drugs": of_folder("drugs", lambda files: layers.read_slot_drugs(files, read_registry().systems)),
    "conditions": of_folder("conditions", layers.read_conditions),
    "coupling": of_folder("coupling", layers.read_factors),
    "kinetics": of_folder("kinetics", table.read_tiers),
    "imaging": of_folder(
        "imaging", lambda files: imaging_table.read_parts(dict(read_folder(root() / "imaging")) | files)
    ),
    "hazards": of_file(hazards, "trials/hazards.yaml", lambda: hazards.read_causes.__wrapped__()),
    "trials": of_file(rows, "trials/rows.yaml", lambda: rows.read_trials.__wrapped__()),
    "recurrence": of_file(recurrence, "trials/recurrence.yaml", lambda: recurrence.numbers.__wrapped__()),
    "takers": of_file(cohorts, "trials/cohorts.yaml", lambda: cohorts.read_takers.__wrapped__()),
    "translation": of_file(translation, "trials/translation.yaml", lambda: translation.measured_numbers.__wrapped__()),
    "claims": registry_of_claims,
    "journals": journal,
    "runs": run,
    "sweeps": sweep,
}


LEAST = {"runs": 0.1}  # most values could be a parameter of a notebook


@pytest.mark.parametrize("kind", KINDS)
def test_what_is_wrong_ends_in_our_error_with_file_and_key(kind):
    chance, refused, nameless = random.Random(f"niche {kind}"), 0, []
    for _ in range(VARIANTS):
        file, content, read = KINDS[kind](chance)
        changed, path = mutated(content, chance)
        try:
            read(changed)
        except NicheError as error:
            refused, said = refused + 1, str(error)
            assert file in said or "params/model gives no value" in said, (said, path)
            if not any(str(key) in said for key in path if isinstance(key, str)):
                nameless.append((said, path))
        except Exception as error:
            pytest.fail(f"{kind}, {path}: {type(error).__name__}: {error}")
    assert refused > VARIANTS * LEAST.get(kind, 0.25)
    assert kind == "sweeps" or not nameless, nameless[:5]  # what is wrong in a step is said by the name of the factor
