"""YAML as the project reads it: words that stay words, merge keys, errors with lines, and records by schema."""

from pathlib import Path

import pytest

from niche.errors import NicheError
from niche.params.own_sections import read_sections
from niche.params.schema import Name, Number, Record, as_name, parse
from niche.params.yaml_files import Spot, line_of, read_yaml


def written(folder: Path, text: str | bytes) -> Path:
    file = folder / "some.yaml"
    file.write_bytes(text if isinstance(text, bytes) else text.encode())
    return file


def test_words_stay_words_and_only_true_and_false_are_booleans(tmp_path):
    text = "on: off\nyes: no\nNo: y\ntrue: true\nFalse: False\n0: 1\n1.50: 010\n2026-01-01: 2026-01-01\nnull: ~"
    assert read_yaml(written(tmp_path, text)) == {
        "on": "off",
        "yes": "no",
        "No": "y",
        "true": True,
        "False": False,
        "0": 1,
        "1.50": "010",
        "2026-01-01": "2026-01-01",
        "null": None,
    }


def test_merge_keys_take_entries_over_and_what_stands_there_wins(tmp_path):
    text = "base: &b {x: 1, y: 2}\none: {<<: *b, y: 3}\ntwo: {y: 4, <<: [*b, {z: 5}]}\nagain: {<<: *b}"
    found = read_yaml(written(tmp_path, text))
    assert found["one"] == {"x": 1, "y": 3}
    assert found["two"] == {"x": 1, "y": 4, "z": 5}
    assert found["again"] == found["base"] == {"x": 1, "y": 2}
    assert set(read_sections(tmp_path / "some.yaml", ["one", "two", "again"])) == {"one", "two", "again"}
    assert read_sections(tmp_path / "some.yaml", ["base", "one"]) == found  # `base` is a section: it is kept
    assert set(read_sections(written(tmp_path, "on: 1\ntow: &b 2"), ["one"])) == {"on", "tow"}  # repeated nowhere


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("a: 1\nb:\n  c: 1\n  c: 2", "line 4: c is given twice, first on line 3"),
        ("a: 1\n<<: {b: 1}\n<<: {c: 1}", "line 3: << is given twice"),
        ("a: 1\nb: &x [*x]", "line 2: an entry that holds itself"),
        ("a: 1\n? [b]\n: 1", "line 2: a name must be text"),
        ("a: [1, 2\nb: 3", "line 2"),
        ("a: 1\nb: !!set {c}", "line 2: a tag"),
        ("a: !!int one", "is no int"),
        ("a: {<<: 3}", "line 1"),
        ("a: *none", "line 1"),
        ("a: 1\n---\nb: 2", "line 2"),
        ("a: " + "[" * 61 + "]" * 61, "more than 60 levels"),
        ("a: " + "[" * 100_000, "more than 60 levels"),  # the C library would end the process
        ("- " * 100_000, "more than 60 levels"),
        ("a: " + "9" * 5000, "cannot be read"),
        ("a: \x00", "control characters"),
        (b"\xff\xfea\x00:\x00", "UTF-8"),
        ("", "expected a mapping of names to entries, got nothing"),
        ("- 1", "got [1]"),
    ],
)
def test_what_cannot_be_read_is_refused_with_file_and_line(tmp_path, text, said):
    with pytest.raises(NicheError) as error:
        read_yaml(written(tmp_path, text))
    assert str(error.value).startswith(str(tmp_path / "some.yaml"))
    assert said in str(error.value)


def test_ten_lines_that_stand_for_billions_are_refused(tmp_path):
    lines = ["a: &a [1, 1, 1, 1, 1, 1, 1, 1, 1, 1]"]
    lines += [f"{b}: &{b} [{', '.join([f'*{a}'] * 10)}]" for a, b in zip("abcdefghi", "bcdefghij", strict=True)]
    with pytest.raises(NicheError, match="more than 1,000,000 entries"):
        read_yaml(written(tmp_path, "\n".join(lines)))


def test_a_folder_is_no_file(tmp_path):
    with pytest.raises(NicheError, match="cannot be read"):
        read_yaml(tmp_path)


def test_the_line_of_an_entry_and_of_the_nearest_around_it(tmp_path):
    file = written(tmp_path, "a: 1\nb:\n  c:\n    - {d: 1}\n    -\n      d: 2\n")
    assert [line_of(file, keys) for keys in (("a",), ("b",), ("b", "c"), ("b", "c", "item 1", "d"))] == [1, 2, 3, 4]
    assert line_of(file, ("b", "c", "item 2", "d")) == 6
    assert line_of(file, ("b", "c", "item 2", "e")) == 6  # the entry that lacks it
    assert line_of(file, ("z",)) is None


class Inner(Record):
    x: Number


def test_an_error_has_the_line(tmp_path):
    file = written(tmp_path, "a:\n  - x: 1\n  - x: one\n")
    content = read_yaml(file)
    with pytest.raises(NicheError, match=r"^mine, line 3, a, item 2, x: expected a finite number, got 'one'"):
        parse(dict[str, list[Inner]], content, Spot("mine", file))
    with pytest.raises(NicheError, match=r"^mine, line 3, second, x: expected"):
        parse(Inner, content["a"][1], Spot("mine", file).at("a", said="").at("item 2", said="second"))


def test_a_name_may_look_like_a_number():
    assert [as_name(parse(Name, one, "it")) for one in (0, 1.5, True, "on")] == ["0", "1.5", "true", "on"]
    with pytest.raises(NicheError, match=r"^it: expected a name, got \['x'\]"):
        parse(Name, ["x"], "it")


def test_an_error_that_names_its_file_keeps_its_place():
    spot = Spot("mine.yaml").at("rows", "EX01")
    with pytest.raises(NicheError, match=r"^mine\.yaml, rows, EX01: wrong$"), spot.named():
        raise NicheError("wrong")
    with pytest.raises(NicheError, match=r"^model/bone\.yaml, parameters: wrong$"), spot.named():
        raise Spot("model/bone.yaml").at("parameters").error("wrong")
