"""A rerun that agrees leaves committed files alone; one that does not is told by file, number and by how much."""

import base64
import csv
import io
import json
import re
import subprocess
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

import niche
from compendium.run.agree import disagreement
from compendium.run.settle import changes_in_words, settle

ROOT = Path(niche.__file__).resolve().parents[1]
TEXT = "The effect was 45.512 mm (22 of 34 rows), z = -0.096163, row SB02.\n"


@pytest.mark.parametrize(
    ("name", "old", "new", "said"),
    [
        ("a.csv", "a,b\n1,2.0001\n", "a,b\n1,2.0002\n", ""),
        ("a.csv", "a,b\n1,1e-17\n2,5\n", "a,b\n1,3e-17\n2,5\n", ""),  # rounding error beside 5
        ("a.csv", "a,b\n1,45.5\n2,5\n", "a,b\n1,45.955\n2,5\n", "row 1, column b: 45.5 -> 45.955 (+1 %)"),
        ("a.csv", "a,b\n1,1e-9\n", "a,b\n1,2e-9\n", "row 1, column b: 1e-9 -> 2e-9 (+1e+02 %)"),  # small is not nothing
        ("a.csv", "a,b\n1,x\n2,5\n", "a,b\n1,y\n2,6\n", "row 1, column b; 1 more cells: x -> y"),
        ("a.csv", "a\n1\n", "b\n1\n", "other columns: a -> b"),
        ("a.csv", "a\n1\n", "a\n1\n2\n", "another number of rows: 1 -> 2 (+1e+02 %)"),
        ("a.json", '{"z": -0.096163, "n": 5}', '{"z": -0.096167, "n": 5}', ""),
        ("a.json", '{"y": -0.096163, "n": 5}', '{"y": -0.097163, "n": 5}', "y: -0.096163 -> -0.097163 (-1 %)"),
        ("a.json", '{"row": {"z": 0.1391}}', '{"row": {"z": 0.1397}}', ""),  # a hundredth of a measurement's error
        ("a.csv", "z,b\n0.1391,2\n", "z,b\n0.1397,2\n", ""),
        ("a.csv", "z,b\n0.1391,2\n", "z,b\n0.1597,2\n", "row 1, column z: 0.1391 -> 0.1597 (+15 %)"),
        ("a.json", '{"with": 1, "high": -3.4e-7}', '{"with": 1, "high": 2.4e-7}', "high: -3.4e-07 -> 2.4e-07"),
        ("a.json", '{"metadata": {"image/png": {"width": 8}}}', '{"metadata": {"image/png": {"width": 9}}}', "width"),
        ("a.json", '{"z": 0, "n": 5}', '{"z": 1.6e-16, "n": 5}', ""),
        ("a.json", '{"v": "right"}', '{"v": "wrong"}', "v: 'right' -> 'wrong'"),
        ("a.json", '{"v": true}', '{"v": false}', "v: True -> False"),
        ("a.json", '{"v": [1, 2]}', '{"v": [1, 2, 3]}', "v: 2 -> 3 entries"),
        ("a.json", '{"v": 1}', '{"w": 1}', "it: other keys, v, w"),
        ("a.json", '{"v": 1}', "{", "one of them is not readable"),
        ("a.json", '{"v": null}', '{"v": 0}', "v: None -> 0"),
        ("a.md", TEXT, TEXT.replace("45.512", "45.513"), ""),
        ("a.md", TEXT, TEXT.replace("45.512", "45.968"), "45.512 -> 45.968 (+1 %)"),
        ("a.md", TEXT, TEXT.replace("22 of", "23 of"), "22 -> 23 (+4.5 %)"),
        ("a.md", TEXT, TEXT.replace("SB02", "SB03"), "SB02"),
        ("a.md", TEXT, TEXT.replace("effect", "change"), "change"),
        ("a.svg", '<g id="p01234567ab"><use x="#p01234567ab"/>', '<g id="pfffffffff0"><use x="#pfffffffff0"/>', ""),
        ("a.svg", '<path d="M 1.001 20.5 L 3 4"/>', '<path d="M 1.002 20.5 L 3 4"/>', ""),
        ("a.svg", '<path d="M 1.001 20.5 L 3 4"/>', '<path d="M 1.001 21.5 L 3 4"/>', "a point moved by"),
        ("a.svg", "<text>0.01</text>", "<text>0.02</text>", "0.01 -> 0.02 (+1e+02 %)"),
        ("a.svg", "<g/><g/>", "<g/>", "another number of elements"),
    ],
)
def test_what_agrees(name, old, new, said):
    found = disagreement(name, old.encode(), new.encode())
    assert said in found
    assert bool(said) is bool(found)
    assert bool(disagreement(name, new.encode(), old.encode())) is bool(said)


def test_z_may_differ_by_what_the_solver_leaves_open_of_a_prediction():
    """Found by a rerun as on another processor: a row whose error is that of its printed digits has a z of nothing."""
    row = {"value": 1.928, "sd": 1e-4, "median": 1.928, "scale": "linear", "z": -0.02}
    pair = [json.dumps({"rows": [row | {"z": z}]}).encode() for z in (-0.02, -0.034)]
    assert disagreement("v.json", *pair) == ""
    pair = [json.dumps({"rows": [row | {"sd": 0.1, "z": z}]}).encode() for z in (-0.02, -0.034)]
    assert disagreement("v.json", *pair) == "rows[0].z: -0.02 -> -0.034 (-70 %)"
    table = "scale,measured_low,measured_high,predicted,z\nlinear,{low},1.9281,1.9279,{z}\n"
    assert disagreement("e.csv", *[table.format(low=1.9277, z=z).encode() for z in (-0.02, -0.034)]) == ""
    assert disagreement("e.csv", *[table.format(low=1.5, z=z).encode() for z in (-0.02, -0.034)])


def test_z_beside_a_mark_is_that_of_its_table():
    pair = "<text>z = −0.33</text>".encode(), "<text>z = −0.31</text>".encode()
    assert disagreement("a.svg", *pair) == "−0.33 -> −0.31 (+6.1 %)"
    assert disagreement("a.svg", *pair, data_agree=True) == ""


def test_a_number_in_a_text_may_be_rounded_the_other_way_where_its_data_agree():
    old, new = b"at 1.2, 34 rows", b"at 1.3, 34 rows"
    assert disagreement("a.md", old, new) == "1.2 -> 1.3 (+8.3 %)"
    assert disagreement("a.md", old, new, data_agree=True) == ""
    assert disagreement("a.md", old, b"at 1.4, 34 rows", data_agree=True)
    assert disagreement("a.md", old, b"at 1.2, 35 rows", data_agree=True) == "34 -> 35 (+2.9 %)"  # a count is a count


def png(*marked: tuple[int, int]) -> bytes:
    picture = Image.new("RGB", (40, 40), "white")
    for place in marked:
        picture.putpixel(place, (0, 0, 0))
    data = io.BytesIO()
    picture.save(data, "PNG")
    return data.getvalue()


def notebook(text: str, picture: bytes) -> bytes:
    output = {"output_type": "display_data", "data": {"image/png": base64.b64encode(picture).decode()}}
    shown = {"output_type": "stream", "text": [text]}
    return json.dumps({"cells": [{"cell_type": "code", "source": ["x = 1"], "outputs": [output, shown]}]}).encode()


def test_a_notebook_is_its_outputs_and_its_pictures():
    old = notebook("45.512\n", png())
    assert disagreement("n.ipynb", old, notebook("45.513\n", png((1, 1)))) == ""
    assert "text: 45.512 -> 46 (+1.1 %)" in disagreement("n.ipynb", old, notebook("46\n", png()))
    assert "% of the pixels" in disagreement("n.ipynb", old, notebook("45.512\n", png((1, 1), (2, 2), (3, 3), (4, 4))))
    assert "source: another text" in disagreement("n.ipynb", old, old.replace(b"x = 1", b"x = 2"))


# A set of results replayed

NUMBER = re.compile(r"(?<![\w.-])-?\d+\.\d+(?![\w])")


def moved(text: str) -> str:
    """Every number of five digits or more with one unit more in the last."""

    def again(found: re.Match) -> str:
        after = len(found[0].partition(".")[2])
        known = len(found[0].lstrip("-0.").replace(".", "")) >= 5
        return f"{float(found[0]) + 10.0**-after:.{after}f}" if known else found[0]

    return NUMBER.sub(again, text)


@pytest.fixture(scope="module")
def committed():
    """What git holds of figures/ and notebooks/, without what says of what it was made."""
    names = subprocess.run(["git", "ls-files", "figures", "notebooks"], cwd=ROOT, capture_output=True, text=True)
    if names.returncode:
        pytest.skip("not a clone")
    kinds = (".csv", ".json", ".svg", ".png", ".ipynb", ".md")
    paths = [ROOT / name for name in names.stdout.splitlines() if Path(name).suffix in kinds]
    left_out = ("made-of.json", "inputs.json", "playground.ipynb")
    return {path: path.read_bytes() for path in paths if path.is_file() and path.name not in left_out}


def test_results_whose_last_digits_moved_leave_the_tree_clean(committed):
    """Every number of every table, as another processor has them."""
    rerun, touched = dict(committed), 0
    for path, data in committed.items():
        if path.suffix == ".csv":
            rerun[path] = moved(data.decode()).encode()
            touched += rerun[path] != data
    assert touched > 40
    found = settle(rerun, ROOT)
    assert found.beyond == []
    assert found.contents == committed
    assert len(found.equal) == touched
    assert f"equal, {touched} files differ in the last digits" in "\n".join(changes_in_words(found))


def test_a_number_that_moved_by_one_per_cent_is_told_and_written(committed):
    path = next(one for one in committed if one.name == "lesions.csv")
    rows = list(csv.reader(io.StringIO(committed[path].decode())))
    place = max(i for i, cell in enumerate(rows[1]) if re.fullmatch(r"-?\d+\.\d{2,}", cell) and rows[0][i] != "z")
    rows[1][place] = f"{1.01 * float(rows[1][place]):.5g}"
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows(rows)
    new = text.getvalue().encode()
    found = settle(committed | {path: new}, ROOT)
    (said,) = found.beyond
    assert said.startswith(f"{path.relative_to(ROOT).as_posix()}: row 1, column {rows[0][place]}")
    assert said.endswith(("(+1 %)", "(-1 %)"))
    assert found.contents[path] == new
    assert found.equal == []
    assert f"differs: {said}" in list(changes_in_words(found))


def test_a_picture_agrees_if_its_table_and_its_drawing_do_and_a_manifest_follows_its_tables(tmp_path):
    def results(value: str, point: str, caption: str, picture: bytes) -> dict[str, bytes]:
        entry = {"caption": caption, "csv_sha256": f"hash of {value}"}
        return {
            "one.csv": f"a\n{value}\n".encode(),
            "one.svg": f'<path d="M {point} 2"/>'.encode(),
            "one.png": picture,
            "manifest.json": (
                json.dumps({"figures": {"one": entry}}, indent=2, sort_keys=True, ensure_ascii=False) + "\n"
            ).encode(),
        }

    black = png(*[(x, y) for x in range(20) for y in range(20)])
    for name, data in results("1.2345", "3", "Cells.", png()).items():
        (tmp_path / name).write_bytes(data)
    same = settle({tmp_path / n: d for n, d in results("1.2346", "3.001", "Cells.", black).items()}, tmp_path)
    assert same.beyond == []
    assert len(same.equal) == 3  # the manifest is the same once it names the table that is kept
    worded = settle({tmp_path / n: d for n, d in results("1.2346", "3", "Other cells.", png()).items()}, tmp_path)
    assert [line.partition(":")[0] for line in worded.beyond] == ["manifest.json"]
    assert b"hash of 1.2345" in worded.contents[tmp_path / "manifest.json"]
    other = settle({tmp_path / n: d for n, d in results("1.3", "3", "Cells.", black).items()}, tmp_path)
    assert {line.partition(":")[0] for line in other.beyond} == {"one.csv", "one.png", "manifest.json"} - {
        "manifest.json"
    }
    assert b"hash of 1.3" in other.contents[tmp_path / "manifest.json"]
    assert settle({tmp_path / "new.csv": b"a\n"}, tmp_path).contents == {tmp_path / "new.csv": b"a\n"}


def test_a_clone_has_scripts_that_a_shell_can_read_wherever_it_is_made(tmp_path):
    """With core.autocrlf=true, as on Windows: a carriage return behind `set -eu` is no option that bash knows."""
    made = subprocess.run(
        ["git", "clone", "-q", "-c", "core.autocrlf=true", "--depth", "1", f"file://{ROOT}", str(tmp_path / "clone")],
        capture_output=True,
        text=True,
    )
    if made.returncode:
        pytest.skip("not a repository")
    texts = ["check", "reproduce", "scripts/environment.sh", "params/claims.yaml", "params/answers.json"]
    for name in [*texts, "niche/units.py", "README.md"]:
        assert b"\r" not in (tmp_path / "clone" / name).read_bytes(), name
    picture = next((tmp_path / "clone/figures").rglob("*.png")).read_bytes()
    assert picture.startswith(b"\x89PNG\r\n\x1a\n")  # and what is not text is left as it is
    assert np.asarray(Image.open(io.BytesIO(picture))).size
