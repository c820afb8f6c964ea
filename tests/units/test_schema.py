"""A file that is not of its kind is refused by file, key, what was given, what is expected and the nearest name."""

import datetime
import json
import math
import re
from typing import Literal

import pytest

from compendium import schemas
from compendium.cli import main as cli
from niche.errors import NicheError
from niche.params.records import read_yaml, root
from niche.params.schema import Number, Record, Text, json_schema, parse


class Full(Record, tag_field="tier", tag="full"):
    clearance: Number
    kind: Literal["measured", "assumed"] = "assumed"
    range: tuple[Number, Number] = (0, 1)
    systems: tuple[Literal["mouse", "rat"], ...] = ()
    count: int | None = None
    about: Text = "a drug"

    def __post_init__(self):
        if self.clearance > 5:
            raise NicheError("clearance is above 5")


class Lesion(Record, tag_field="tier", tag="lesion"):
    left: dict[str, Number]


class DrugFile(Record):
    drugs: dict[str, Full | Lesion]
    source: str | tuple[str, ...] = ""


FULL = {"tier": "full", "clearance": 1}


def test_what_is_right_is_read():
    found = parse(DrugFile, {"drugs": {"a": FULL, "b": {"tier": "lesion", "left": {"x": 1}}}}, "some.yaml")
    assert found.drugs == {"a": Full(clearance=1.0), "b": Lesion(left={"x": 1.0})}
    assert isinstance(found.drugs["a"].clearance, float)


def test_a_table_of_text_gives_numbers():
    assert parse(Full, {"tier": "full", "clearance": "1.5"}, "a.csv", strict=False).clearance == 1.5
    with pytest.raises(NicheError, match=r"^a.csv, row 2, clearance: expected a finite number, got 'high'"):
        parse(Full, {"tier": "full", "clearance": "high"}, "a.csv, row 2", strict=False)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ([], "some.yaml: expected a mapping with drugs, got []"),
        (None, "some.yaml: expected a mapping with drugs, got nothing"),
        ({1: 2}, "some.yaml: unknown key 1. Allowed: drugs, source."),
        ({}, "some.yaml: lacks 'drugs': a mapping of names"),
        ({"drugs": []}, "some.yaml, drugs: expected a mapping of names"),
        ({"drugs": {}, "source": 3}, "some.yaml, source: expected text or a list, each text, got 3"),
        ({"drugs": {}, "source": ["a", 1]}, "some.yaml, source, item 2: expected text, got 1"),
        ({"drugs": {}, "drug": {}}, "some.yaml: unknown key 'drug'; did you mean 'drugs'?"),
        ({"drugs": {1: FULL}}, "some.yaml, drugs: a name: expected text, got 1"),
    ],
)
def test_a_file_that_is_wrong_as_a_whole(content, said):
    with pytest.raises(NicheError) as error:
        parse(DrugFile, content, "some.yaml")
    assert str(error.value).startswith(said)


@pytest.mark.parametrize(
    ("entry", "said"),
    [
        (1, ": expected a mapping with clearance or a mapping with left, got 1"),
        ({}, ": unknown tier None. Allowed: full, lesion."),
        ({"tier": "fuld"}, ": unknown tier 'fuld'; did you mean 'full'?"),
        ({"tier": [1]}, ": unknown tier [1]. Allowed: full, lesion."),
        ({"tier": "full"}, ": lacks 'clearance': a finite number"),
        ({**FULL, "clearance": "1"}, ", clearance: expected a finite number, got '1'; write it without quotes"),
        ({**FULL, "clearance": 9}, ": clearance is above 5"),
        ({**FULL, "clearance": math.nan}, ", clearance: expected a finite number, got nan"),
        ({**FULL, "clearance": math.inf}, ", clearance: expected a finite number, got inf"),
        ({**FULL, "clearance": 10**400}, ", clearance: expected a finite number, got 1000"),
        ({**FULL, "clearance": True}, ", clearance: expected a finite number, got True"),
        ({**FULL, "kind": "mesured"}, ", kind: unknown kind 'mesured'; did you mean 'measured'?"),
        ({**FULL, "kind": None}, ", kind: unknown kind None. Allowed: assumed, measured."),
        ({**FULL, "range": [1]}, ", range: expected a list of 2: [a finite number, a finite number], got [1]"),
        ({**FULL, "range": [1, "2"]}, ", range, item 2: expected a finite number, got '2'"),
        ({**FULL, "systems": ["mous"]}, ", systems, item 1: unknown name 'mous'; did you mean 'mouse'?"),
        ({**FULL, "count": "3"}, ", count: expected a whole number, got '3'; write it without quotes"),
        ({**FULL, "about": " "}, ", about: expected text that is not empty, got ' '"),
        ({**FULL, "abuot": "x"}, ": unknown key 'abuot'; did you mean 'about'?"),
        ({"tier": "lesion", "left": {"a": datetime.date(2026, 1, 1)}}, ", left, a: expected a finite number, got date"),
    ],
)
def test_an_entry_that_is_wrong(entry, said):
    with pytest.raises(NicheError) as error:
        parse(DrugFile, {"drugs": {"propranolol": entry}}, "some.yaml")
    assert str(error.value).startswith("some.yaml, drugs, propranolol" + said)


def test_a_schema_for_editors_says_the_same():
    made = json.loads(json_schema(DrugFile, "drugs"))
    full = made["$defs"]["Full"]
    assert full["additionalProperties"] is False
    assert full["properties"]["clearance"] == {"type": "number", "description": "a finite number"}
    assert full["properties"]["kind"]["enum"] == ["assumed", "measured"]
    assert full["required"] == ["tier", "clearance"]


# --- the schemas that are written for editors

HEAD = re.compile(r"# yaml-language-server: \$schema=(\S+)")
HEADED = [
    (file, match[1])
    for file in sorted(root().rglob("*.yaml"))
    if (match := HEAD.match(file.read_text(encoding="utf-8")))
]


@pytest.mark.parametrize("name", schemas.schemas())
def test_the_committed_schemas_are_those_of_the_records(name):
    """If not: niche schema."""
    assert (root() / "schemas" / name).read_text(encoding="utf-8") == schemas.schemas()[name]


def test_no_schema_is_left_over():
    assert {file.name for file in (root() / "schemas").iterdir()} == set(schemas.schemas())


def test_most_files_of_params_name_their_schema():
    assert len(HEADED) >= 40
    for file, path in HEADED:
        assert (file.parent / path).resolve().is_relative_to((root() / "schemas").resolve())


@pytest.mark.parametrize(("file", "path"), HEADED, ids=lambda x: getattr(x, "stem", ""))
def test_a_file_is_what_its_schema_says(file, path):
    """By a validator that is not ours."""
    import jsonschema

    schema = json.loads((file.parent / path).read_text(encoding="utf-8"))
    jsonschema.Draft202012Validator.check_schema(schema)
    content = json.loads(json.dumps(read_yaml(file)))
    assert [error.message for error in jsonschema.Draft202012Validator(schema).iter_errors(content)] == []


def test_the_command_writes_them(tmp_path, capsys):
    assert cli.main(["schema", "-o", str(tmp_path)]) == 0
    assert {file.name for file in tmp_path.iterdir()} == set(schemas.schemas())
    assert "schemas" in capsys.readouterr().out
