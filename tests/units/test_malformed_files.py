"""A thousand malformed variants of each kind of file a user writes: our error, with file and key, and nothing else."""

import copy
import math
import random
from pathlib import Path

import pytest
import yaml

from niche.errors import NicheError
from niche.evidence.plans import read_plans
from niche.evidence.rows import read_evidence, read_rows
from niche.params.layers import read_registry
from niche.params.own_layers import with_lines, with_strains
from niche.params.records import root
from niche.params.yaml_files import read_yaml

EXAMPLES = root().parent / "docs" / "examples"
VARIANTS = 1000
DEEP: list = []
for _ in range(50):
    DEEP = [DEEP]
VALUES = (
    None,
    [],
    {},
    [None],
    {"a": 1},
    [[1, 2], [3]],
    "text",
    "",
    " ",
    "14 elephants",
    "-5 mg/kg/day",
    "x" * 5000,
    0,
    -1,
    3.7,
    10**30,
    10**400,
    1e308,
    -1e308,
    True,
    False,
    math.nan,
    math.inf,
    -math.inf,
    DEEP,
)
PLAN = """
sets:
  off: {b2_rankl: 0, cgrp_oc: 0.0}
experiments:
  mine:
    host: {system: mouse, strain: athymic nude, sex: female, tumour: MDA-231-luc, set: off}
    days: 28
    note: "text"
    arms:
      control: [{seed: [intracardiac]}]
      "0": [{seed: [intracardiac], day: 1}, {infuse: [isoprenaline, 5 mg/kg/day], start: 2, stop: 20 days}]
      both: [{seed: intracardiac}, {dose: [OPG-Fc, 3 mg/kg], day: 1, every: 56 h, until: 20}]
rows:
  EX01:
    label: text
    experiment: mine
    observable: lytic area
    surround: {control: control}
    compare: percent
    treated: control
    control: 0
    against: [control, both]
    day: [14, 28]
    built_in: text
    observed: {value: 45.5, sd: 12, scale: linear, unit: "%", reason: text}
  EX02:
    experiment: mine
    expect:
      - {observable: Oc.N/BS, treated: both, control: control, day: 7 d, sign: increase}
      - {observable: Oc.N/BS, treated: both, compare: fold of day 3, day: 9, within: [0.5, null]}
  EX03: {cannot: text}
"""
TRIAL = """
cohorts:
  mine:
    lines: {breast cancer patient: 0.5, prostate cancer patient: 0.5}
    run_in: 100
    seeded: true
    share: 1
    steps: [[surgery, ovariectomy]]
    note: text
regimens:
  own: [[denosumab, 120 mg sc every 4 weeks, {averaged: true}]]
trials:
  mine:
    cohort: mine
    arms: {own: 100, zoledronate: 100}
    causes: [SRE, death]
    follow_up: [1 year, 2 years]
    dropout: 0.1
    visits: 12 weeks
rows:
  EX01:
    label: text
    trial: mine
    endpoints: [SRE]
    statistic: hazard_ratio
    of: [own, zoledronate]
    sign: decrease
    note: text
    built_in: text
"""
OWN = read_rows(EXAMPLES / "row.csv")["EX01"]
LEVEL = read_rows(EXAMPLES / "levels.csv")["EX02"]
ROWS = dict(read_evidence())
KINDS = {
    "experiments": (PLAN, lambda file: read_plans(file, ROWS | dict.fromkeys(("EX01", "EX02", "EX03"), OWN))),
    "trials": (TRIAL, lambda file: read_plans(file, ROWS | {"EX01": OWN})),
    "levels": (
        (EXAMPLES / "levels.yaml").read_text(encoding="utf-8"),
        lambda file: read_plans(file, ROWS | {"EX02": LEVEL}),
    ),
    "lines": ((EXAMPLES / "line.yaml").read_text(encoding="utf-8"), lambda file: with_lines(read_registry(), file)),
    "strains": (
        (EXAMPLES / "strain.yaml").read_text(encoding="utf-8"),
        lambda file: with_strains(read_registry(), file),
    ),
}


def places(content: object, path: tuple = ()) -> list[tuple]:
    """The way to every entry."""
    inside = content.items() if isinstance(content, dict) else enumerate(content) if isinstance(content, list) else ()
    return [p for key, one in inside for p in [(*path, key), *places(one, (*path, key))]]


def misspelt(word: str, rng: random.Random) -> str:
    i = rng.randrange(len(word))
    return rng.choice((word[:i] + word[i] + word[i:], word[:i] + word[i + 1 :], word + "s", word.swapcase()))


def mutated(content: dict, rng: random.Random) -> tuple[dict, tuple]:
    """The content with one thing changed, and where."""
    content = copy.deepcopy(content)
    path = rng.choice(places(content))
    inside = content
    for key in path[:-1]:
        inside = inside[key]
    key, what = path[-1], rng.random()
    if what < 0.15:
        del inside[key]
    elif what < 0.3 and isinstance(inside, dict):
        renamed = {misspelt(k, rng) if k == key else k: v for k, v in inside.items()}
        inside.clear()
        inside.update(renamed)
    elif what < 0.4 and isinstance(inside, dict):
        inside[rng.choice(("xyzzy", "0", "cannot", "value"))] = copy.deepcopy(rng.choice(VALUES))
    elif what < 0.5:
        inside[key] = [inside[key]]
    elif what < 0.6:
        inside[key] = {"a": inside[key]}
    else:
        inside[key] = copy.deepcopy(rng.choice(VALUES))
    return content, path


def damaged(text: str, rng: random.Random) -> bytes:
    """The bytes of a file with a piece cut, doubled or replaced."""
    data = text.encode()
    i, n = rng.randrange(len(data)), rng.randrange(1, 12)
    noise = bytes(rng.randrange(256) for _ in range(n))
    hurt = (data[:i], data[:i] + data[i + n :], data[:i] + noise + data[i:], data[:i] + b"[" * n + data[i:], noise, b"")
    return rng.choice(hurt)


def outcome(read, file: Path) -> str | None:
    """What our error says, None if the file was read. Anything else than our error fails the test."""
    try:
        read(file)
    except NicheError as error:
        return str(error)
    return None


@pytest.fixture(params=list(KINDS))
def kind(request, tmp_path):
    """Text of a good file, how it is read, and where to put variants of it."""
    text, read = KINDS[request.param]
    file = tmp_path / "mine.yaml"
    file.write_text(text, encoding="utf-8")
    read(file)  # as it stands it is good
    return text, read, file


def test_what_is_structurally_wrong_is_our_error_with_file_and_key(kind):
    _, read, file = kind
    good, rng = read_yaml(file), random.Random(20261130)
    refused = 0
    for _ in range(VARIANTS):
        content, path = mutated(good, rng)
        file.write_text(yaml.safe_dump(content, sort_keys=False, allow_unicode=True), encoding="utf-8")
        said = outcome(read, file)
        if said is None:  # a note left out, another day, a number that will do
            continue
        refused += 1
        assert said.startswith(str(file))
        keys = [key for key in path if isinstance(key, str)]
        elsewhere = ("unknown set", "unknown cohort", "unknown regimen", "unknown trial", "unknown experiment")
        assert any(key in said for key in keys) or any(word in said for word in elsewhere), (path, said)
    assert refused > 0.75 * VARIANTS


def test_what_is_damaged_is_our_error_with_the_file(kind):
    text, read, file = kind
    rng = random.Random(20261130)
    for _ in range(VARIANTS // 2):
        file.write_bytes(damaged(text, rng))
        said = outcome(read, file)
        assert said is None or said.startswith(str(file))


@pytest.mark.parametrize("name", ["experiments", "trials", "levels"])
def test_each_value_in_place_of_a_whole_section_is_refused(name, tmp_path):
    text, read = KINDS[name]
    file = tmp_path / "mine.yaml"
    file.write_text(text, encoding="utf-8")
    good = read_yaml(file)
    for section in good:
        for value in VALUES:
            if value is None or value == {}:
                continue
            file.write_text(yaml.safe_dump({**good, section: value}), encoding="utf-8")
            with pytest.raises(NicheError, match=f"mine.yaml.*{section}"):
                read(file)
