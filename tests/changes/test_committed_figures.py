"""Each committed figure is what was saved: its table, its caption and its files say the same."""

import ast
import json
import re
import shutil
from pathlib import Path

import pytest

import niche
from compendium.review.compare import altered, figure_entries
from niche.experiment.result import variable_name
from niche.model.observables import OBSERVABLES

ROOT = Path(niche.__file__).resolve().parents[1]
OF_ANSWERS = "neuro-bone"  # drawn from the answers, by no notebook; tests/units/test_neuro_bone.py
CLAIMS = sorted({path.parent.name for path in (ROOT / "figures").glob("*/manifest.json")} - {OF_ANSWERS})


TITLE = re.compile(r"<dc:title>([\s\S]*?)</dc:title>")


def captions(notebook: Path) -> list[re.Pattern]:
    """What the cells of a notebook give as captions: a pattern for each; what is reckoned there may be anything."""
    cells = json.loads(notebook.read_text(encoding="utf-8"))["cells"]
    code = "\n".join("".join(cell["source"]) for cell in cells if cell["cell_type"] == "code")
    calls = [node for node in ast.walk(ast.parse(code)) if isinstance(node, ast.Call)]
    words = [one.value for call in calls for one in call.keywords if one.arg == "caption"]
    return [re.compile(pattern(word)) for word in words]


def pattern(node: ast.expr) -> str:
    if isinstance(node, ast.Constant):
        return re.escape(" ".join(str(node.value).split())).replace(r"\ ", r"\s+")
    if isinstance(node, ast.JoinedStr):
        return "".join(map(pattern, node.values))
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add):
        return pattern(node.left) + r"\s*" + pattern(node.right)
    return r"[\s\S]*"


def stale(claim: str, figures: Path) -> list[str]:
    """Figures of a claim whose table, caption or files are not those of its manifest and its notebook."""
    folder = figures / claim
    found = [f"{one.where}: {one.what}" for one in altered(claim, folder)]
    (notebook,) = (ROOT / "notebooks").glob(f"[0-9]*_{claim}.ipynb")
    allowed = captions(notebook)
    report = (figures / "report.md").read_text(encoding="utf-8")
    for name, entry in figure_entries(folder).items():
        if allowed and not any(one.fullmatch(entry["caption"]) for one in allowed):
            found.append(f"{claim}/{name}: its notebook gives another caption than {entry['caption'][:60]!r}")
        told = TITLE.search((folder / f"{name}.svg").read_text(encoding="utf-8"))
        if told and unescaped(told[1]) != entry["caption"]:
            found.append(f"{claim}/{name}.svg: it says another caption")
        if f"*{entry['caption']}*" not in report:
            found.append(f"{claim}/{name}: figures/report.md says another caption")
        found += [f"{claim}/{file}: missing" for file in entry["files"] if not (folder / file).is_file()]
    return found


def unescaped(text: str) -> str:
    for sign, name in (("<", "&lt;"), (">", "&gt;"), ("&", "&amp;")):
        text = text.replace(name, sign)
    return text


@pytest.mark.parametrize("claim", CLAIMS)
def test_it_is_what_was_saved(claim):
    assert stale(claim, ROOT / "figures") == []


@pytest.mark.parametrize("claim", CLAIMS)
def test_read_outs_are_named_as_the_field_writes_them(claim):
    """BV/TV, not BV_TV, which is how a file names it."""
    names = [variable_name(name) for name in OBSERVABLES if "/" in name]
    drawn = {file.name: file.read_text(encoding="utf-8") for file in (ROOT / "figures" / claim).glob("*.svg")}
    assert [(file, name) for file, text in drawn.items() for name in names if name in text] == []


@pytest.fixture
def copy(tmp_path):
    for claim in ("crosstalk", "tumour-types"):
        shutil.copytree(ROOT / "figures" / claim, tmp_path / claim)
    shutil.copy(ROOT / "figures/report.md", tmp_path / "report.md")
    return tmp_path


def test_a_table_that_was_edited_is_found(copy):
    """One number of one table by five per cent."""
    assert stale("crosstalk", copy) == []
    table = copy / "crosstalk/arms.csv"
    text = table.read_text(encoding="utf-8")
    number = re.search(r"(?<=,)-?\d+\.\d{2,}(?=,)", text)
    table.write_text(text.replace(number[0], f"{1.05 * float(number[0]):.5g}", 1), encoding="utf-8")
    assert stale("crosstalk", copy) == ["figures/crosstalk/arms.csv: not what was saved with the figure"]


def test_a_caption_that_was_left_behind_is_found(copy):
    manifest = copy / "crosstalk/manifest.json"
    content = json.loads(manifest.read_text(encoding="utf-8"))
    entry = content["figures"]["arms"]
    entry["caption"] += " As it was."
    manifest.write_text(json.dumps(content), encoding="utf-8")
    said = "\n".join(stale("crosstalk", copy))
    assert "its notebook gives another caption" in said
    assert "arms.svg: it says another caption" in said
    assert "report.md says another caption" in said
