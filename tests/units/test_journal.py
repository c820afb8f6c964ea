"""Figures for a journal: rules have sources, the files that are written keep them, and the linter sees who does not."""

import io
import itertools
import json
import re
from pathlib import Path

import numpy as np
import pandas as pd
import pdfplumber
import pytest
import yaml
from PIL import Image

from compendium import figures
from compendium.cli.main import main
from compendium.figures import formats
from compendium.figures.fitting import faults, fit_to_page
from compendium.figures.house_style import APART, GREY, MM, PALETTE, drawn_for, journal_look
from compendium.figures.journals import _read, journal, journal_names
from compendium.figures.saving import save
from compendium.figures.timecourse import course_of
from compendium.press import composing, editing, layout, rerun
from compendium.press.committed import Committed, committed, table_difference, table_of
from compendium.press.linting import lint
from compendium.press.redrawing import from_table, table_figure
from compendium.press.seen import look_at
from niche import NicheError
from niche.params.records import root

FIGURES = root().parent / "figures"


def text_of(file):
    with pdfplumber.open(file) as document:
        return document.pages[0].extract_text(x_tolerance=1)


def rules(file, name="nature"):
    """What a file breaks, but for its font where neither the journal's nor one that stands in is installed."""
    asked = journal(name)
    found, _ = lint(file, asked)
    bare = journal_look(name).fonts == ("DejaVu Sans",)
    return {fault.rule: fault for fault in found if fault.breaks and not (bare and "DejaVu" in fault.found)}


def drawn(size=7.0, width=89.0, alpha=None, font="DejaVu Sans"):
    """A figure as somebody else would make it."""
    from compendium.figures.page import page, place_panel

    figure = page(width, 60)
    axes = place_panel(figure, 15, 5, width - 25, 40)
    axes.plot([0, 1], [0, 1], color=PALETTE["blue"], alpha=alpha)
    axes.tick_params(labelsize=size)
    axes.set_xlabel("time (days)", fontsize=size)
    for text in (axes.xaxis.label, *axes.get_xticklabels(), *axes.get_yticklabels()):
        text.set_fontfamily(font)
    return figure


def test_every_rule_has_a_source_or_says_that_it_is_assumed():
    # The journals' own pages, read apart from the files: widths, heights, type.
    assert journal_names() == ["nature", "plos"]
    nature, plos = journal("nature"), journal("plos")
    assert nature.value("widths") == (89, 183)
    assert (nature.value("max_height"), nature.value("text_min"), nature.value("text_max")) == (170, 5, 7)
    assert [plos.value(name) for name in ("width_min", "width_max", "max_height")] == pytest.approx(
        [2.63 * 25.4, 7.5 * 25.4, 8.75 * 25.4], abs=0.1
    )
    assert (plos.value("text_min"), plos.value("text_max")) == (8, 12)
    assert (nature.letters.case, nature.letters.weight, nature.letters.size) == ("lower", "bold", 8)
    assert plos.letters.case == "upper"
    for asked in (nature, plos):
        assert all(rule.source == "assumed" or "http" in rule.source for rule in asked.rules.values())


def test_another_journal_is_one_more_file_and_a_bad_one_is_told_so(tmp_path):
    good = yaml.safe_load((root() / "journals" / "plos.yaml").read_text())
    changes = [
        (lambda g: g["rules"]["text_min"].pop("source"), "needs a source, or kind: assumed"),
        (lambda g: g["rules"]["text_min"].update(source="figure"), "did you mean 'figures'"),
        (lambda g: g["rules"]["max_height"].update(unit="cm"), "its unit is mm, got cm"),
        (lambda g: g["rules"].update(max_hight=1), "did you mean 'max_height'"),
        (lambda g: g["rules"].pop("fonts"), "rules: lacks 'fonts'"),
        (lambda g: g["layout"].update(small=6), "6 pt breaks its own rule"),
        (lambda g: g["layout"].update(write=["pdf"]), "pdf is not among its formats"),
        (lambda g: g["layout"]["widths"].update(double=200), "200 mm, breaks its own rule"),
    ]
    for number, (change, message) in enumerate(changes):
        given = yaml.safe_load(yaml.safe_dump(good))
        change(given)
        file = tmp_path / f"j{number}.yaml"
        file.write_text(yaml.safe_dump(given))
        with pytest.raises(NicheError, match=message):
            _read(file)
    (tmp_path / "other.yaml").write_text(yaml.safe_dump(good))
    assert _read(tmp_path / "other.yaml").name == "other"


def small_course():
    """A committed figure that is small, so that this is quick."""
    (one,) = committed(["beta-adrenergic-osteoclastogenesis/course"], FIGURES)
    return one


@pytest.mark.slow
@pytest.mark.parametrize("name", ["nature", "plos"])
def test_a_figure_from_its_table_keeps_the_rules_and_its_text(tmp_path, name):
    one = small_course()
    table = table_figure(one)
    assert table is not None, "the CSV in the house style does not give the committed SVG"
    made = from_table(table, name, None, tmp_path)
    assert made.faults == ()
    for file in made.files:
        assert rules(tmp_path / file, name) == {}
    if name == "nature":
        assert "50 % of draws" in text_of(tmp_path / "course.pdf")
        assert "50 % of draws" in (tmp_path / "course.svg").read_text()
    else:
        assert lint(tmp_path / "course.tiff", journal(name))[1].dpi == [600]


@pytest.mark.slow
def test_a_figure_that_is_not_its_table_is_left_to_its_notebook(tmp_path):
    one = small_course()
    other = tmp_path / one.claim
    other.mkdir()
    (other / "course.csv").write_bytes((one.folder / "course.csv").read_bytes())
    svg = (one.folder / "course.svg").read_text().replace(">50 % of draws<", ">Half of draws<")
    (other / "course.svg").write_text(svg)
    assert table_figure(Committed(one.claim, "course", other, one.entry)) is None


def test_a_figure_of_a_notebook_is_laid_out_anew_not_scaled(tmp_path):
    """As a notebook does it: its own axes, its own inches, sizes of type written in the cell."""
    import matplotlib.pyplot as plt

    with drawn_for(journal_look("nature")), figures.style():
        figure, axes = plt.subplots(figsize=(7.2, 0.6), layout="constrained")
        axes.barh(range(12), range(12), height=0.5)
        axes.set_yticks(range(12), [f"treatment {i}" for i in range(12)], fontsize=5)
        before = faults(figure)
        plt.close(figure)
        table = figures.rounded({"x": [1.0]})
        folder = save(figure, "claim", "bars", table, caption="c", alt="a", out=tmp_path)
    assert any("runs into" in fault for fault in before)
    assert json.loads((folder / "bars.redrawn.json").read_text())["faults"] == []
    assert rules(folder / "bars.svg") == rules(folder / "bars.pdf") == {}
    seen = lint(folder / "bars.pdf", journal("nature"))[1]
    assert seen.width == pytest.approx(183, abs=0.2)
    assert seen.height > 0.6 * 25.4
    assert min(size for size, _ in seen.texts) == pytest.approx(6)


@pytest.mark.parametrize("name", ["nature", "plos"])
def test_composed_panels_stand_where_they_should_with_letters(tmp_path, name):
    asked = journal(name)
    plan = layout.sheet(["a=x/one", "b=x/two", "c=x/three"], "ab/c", asked)
    assert plan.widths["a"] == plan.widths["b"] == (asked.widths["double"] - layout.GAP) / 2
    kinds = [kind for kind in asked.write if kind in composing.KINDS]
    stems, sizes = {}, {}
    with drawn_for(journal_look(name)), figures.style():
        for letter, width in plan.widths.items():
            figure = drawn(asked.small, width)
            fit_to_page(figure)
            figure.axes[0].set_title(f"panel {letter}")
            formats.write_formats(figure, tmp_path, letter)
            stems[letter], sizes[letter] = tmp_path / letter, (width, 60.0)
        panels, height = layout.place_panels(plan.rows, stems, sizes, asked)
        for kind in kinds:
            (tmp_path / f"fig.{kind}").write_bytes(composing.compose_panels(panels, plan.width, height, asked, kind))
    assert height < asked.value("max_height")
    for kind in kinds:
        assert rules(tmp_path / f"fig.{kind}", name) == {}
        again = lint(tmp_path / f"fig.{kind}", asked)[1]
        assert (again.width, again.height) == (pytest.approx(plan.width, abs=0.1), pytest.approx(height, abs=0.1))
    if name == "nature":
        text = text_of(tmp_path / "fig.pdf")
        assert all(f"panel {letter}" in text for letter in "abc")
        assert (8.0, 1) in {(round(size, 2), signs) for size, signs in lint(tmp_path / "fig.pdf", asked)[1].texts}
        svg = (tmp_path / "fig.svg").read_text()
        names = re.findall(r'\bid="([^"]+)"', svg)
        assert len(names) == len(set(names))
        assert set(re.findall(r'(?:href="#|url\(#)([^")]+)', svg)) <= set(names)
    else:
        # Ink of a letter in the strip above the first panel, at its left edge, and nowhere else in that strip.
        dots = asked.dpi * MM
        with Image.open(tmp_path / "fig.tiff") as picture:
            strip = np.asarray(picture.convert("L"))[: int(panels[0].top * dots) - 2]
        columns = np.flatnonzero((strip < 128).any(axis=0)) / dots
        assert columns.min() < 1
        assert {round(c // (plan.width / 2)) for c in columns} == {0, 1}


def test_what_cannot_be_composed_is_told_so(tmp_path):
    asked = journal("nature")
    for given, rows, message in [
        (["a"], None, "no file 'a'"),
        (["a=x/y", "a=x/z"], None, "twice"),
        (["a=x/y", "b"], None, "got 'b'"),
        (["ab=x/y", "c=x/y"], None, "one letter"),
        (["a=x/y", "A=x/z"], None, "one letter on the page"),
        (["a=x/y", "b=x/z"], "a", "each of the panels"),
        (["a=x/y", "b=x/z"], "ab/", "no row is empty"),
        (["a=x/y", "b=x/z"], "ab/B", "unknown panel 'B'; did you mean 'b'"),
        ([f"{c}=x/y" for c in "abcde"], "abcde", "do not fit"),
    ]:
        with pytest.raises(NicheError, match=message):
            layout.sheet(given, rows, asked)
    file = tmp_path / "fig.yaml"
    file.write_text("panels: {a: x/y, b: x/z}\nrows: [[a, b]]\nwidths: {a: 60}\n")
    assert layout.sheet([str(file)], None, asked).widths == {"a": 60, "b": 183 - 60 - layout.GAP}
    for text, message in [
        ("panel: {a: x/y}", "did you mean 'panels'"),
        ("panels: {a: x/y}\nwidth: doubel", "did you mean 'double'"),
        ("panels: {a: x/y}\nwidth: .nan", "a number of mm from 40 to 183"),
        ("panels: {a: x/y}\nwidths: {b: 60}", "widths: unknown key 'b'"),
        ("panels: {a: x/y}\nwidths: {a: wide}", "widths, a: expected a number of mm"),
        ("panels: {a: x/y}\nrows: 3", "a list of lists of letters"),
        ("panels: {a: x/y, a: x/z}", "a is given twice"),
        ("panels: [a, b]", "a mapping of letters"),
        ("- a", "expected a mapping"),
        ("panels: {a: [}", "fig.yaml"),
    ]:
        file.write_text(text)
        with pytest.raises(NicheError, match=message):
            layout.sheet([str(file)], None, asked)


LEAVES = [None, True, 0, -1, 3, 1e9, float("nan"), "", "a", "x/y", "double", [], {}, [[]], [["a"]], {"a": 1}, {1: 2}]
PLAN = {"panels": {"a": "x/y", "b": "x/z"}, "rows": [["a"], ["b"]], "width": "double", "widths": {"b": 60}}


def spoilt(plan, rng):
    """A plan with one thing in it dropped, renamed, or made something else."""
    new = json.loads(json.dumps(plan))
    place = new
    while True:
        keys = list(place) if isinstance(place, dict) else range(len(place))
        key = keys[rng.integers(len(keys))]
        if isinstance(place[key], dict | list) and place[key] and rng.random() < 0.7:
            place = place[key]
            continue
        way = rng.integers(4)
        if way == 0:
            place[key] = LEAVES[rng.integers(len(LEAVES))]
        elif way == 1 and isinstance(place, dict):
            place[str(key) + "x"] = place.pop(key)
        elif way == 2:
            del place[key]
        else:
            leaf = LEAVES[rng.integers(len(LEAVES))]
            place.append(leaf) if isinstance(place, list) else place.update({str(rng.integers(9)): leaf})
        return new


def test_a_thousand_spoilt_plans_are_plans_or_errors_of_ours(tmp_path):
    rng, asked, file = np.random.default_rng(20261130), journal("nature"), tmp_path / "plan.yaml"
    whole, refused = yaml.safe_dump(PLAN), 0
    for number in range(1000):
        text = whole
        if number % 2:
            plan = PLAN
            for _ in range(1 + number % 3):
                plan = spoilt(plan, rng) if plan else plan
            text = yaml.safe_dump(plan)
        else:
            for place in rng.integers(0, len(text), 1 + number % 5):
                text = (
                    text[:place]
                    + "[]{}:,-\t\n'\"&*!|>%@`\u00e4\x00"[rng.integers(21)]
                    + text[place + rng.integers(3) :]
                )
        file.write_text(text, encoding="utf-8")
        try:
            plan = layout.sheet([str(file)], None, asked)
        except NicheError as error:
            refused += 1
            assert "plan.yaml" in str(error)  # noqa: PT017
        else:
            assert sorted(letter for line in plan.rows for letter in line) == sorted(plan.panels)
            for line in plan.rows:
                wide = sum(plan.widths[letter] for letter in line) + layout.GAP * (len(line) - 1)
                assert wide <= plan.width + 0.01
    assert refused > 600


def test_a_page_that_is_too_high_is_told_before_anything_is_drawn(tmp_path, monkeypatch, capsys):
    """Panels of known height, 95 mm at 183 mm and four times that at half of it. One below the other: 194 mm, and 170
    at 95 %. Side by side: 397 mm, and 235 at 84 %, below which text is too small."""

    def draw(*given):
        raise AssertionError("drawn")

    monkeypatch.setattr(editing, "_draw", draw)
    monkeypatch.setattr(editing._Panel, "height", lambda panel, width, asked: 95 * (183 / width) ** 2)
    given = ["a=vicious-cycle/steps", "b=immunosuppression/cells", "--profile", "nature", "-o", str(tmp_path / "f")]
    assert main(["figures", "--compose", *given]) == 2
    told = capsys.readouterr().err
    assert "Nature allows 170" in told
    assert "--scale, which shrinks the page as far as text stays 5 pt" in told
    assert main(["figures", "--compose", *given, "--rows", "ab", "--scale"]) == 2
    assert "--scale does not help" in capsys.readouterr().err
    with pytest.raises(AssertionError, match="drawn"):  # now it fits
        main(["figures", "--compose", *given, "--scale"])
    assert list(tmp_path.iterdir()) == []


def commands_of_the_page():
    """The commands that compose, as docs/howto/figures.md gives them, and the plan that it shows."""
    page = (root().parent / "docs" / "howto" / "figures.md").read_text(encoding="utf-8").replace("\\\n", " ")
    said = re.findall(r"niche (figures --compose [^`\n]*)", page)
    return [one.split() for one in said], re.search(r"```yaml\n(?:#[^\n]*\n)?(panels:.*?)```", page, re.DOTALL)[1]


@pytest.mark.slow
def test_what_the_page_says_of_composing_works(tmp_path, monkeypatch):
    commands, plan = commands_of_the_page()
    assert len(commands) == 2
    for number, command in enumerate(commands):
        folder = tmp_path / str(number)
        folder.mkdir()
        (folder / "fig1.yaml").write_text(plan)
        command = [str(folder / "fig1.yaml") if one == "fig1.yaml" else one for one in command]
        command[command.index("-o") + 1] = str(folder / "fig1")
        main(command)
        for kind in ("pdf", "svg"):
            assert rules(folder / f"fig1.{kind}") == {}
            assert lint(folder / f"fig1.{kind}", journal("nature"))[1].height <= 170


def a_little_too_high(limit=170):
    """Committed courses that, one below the other at 183 mm, are up to a tenth higher than a page."""
    wide = [one for one in committed([], FIGURES) if one.entry.get("drawn", {}).get("options", {}).get("width")]
    seen = {one.key: look_at(one.folder / f"{one.name}.svg") for one in wide if one.entry["drawn"]["by"] == "course"}
    high = {key: 183 * one.height / one.width for key, one in seen.items()}
    for several in (2, 3, 4):
        for some in itertools.combinations(high, several):
            if limit < sum(high[key] for key in some) + 4 * (several - 1) < 1.1 * limit:
                return [f"{letter}={key}" for letter, key in zip("abcd", some, strict=False)]
    raise AssertionError("no such page can be made of the committed courses")


@pytest.mark.slow
def test_a_shrunk_page_has_the_size_that_was_promised(tmp_path):
    given = [*a_little_too_high(), "--profile", "nature", "-o", str(tmp_path / "f")]
    main(["figures", "--compose", *given, "--scale"])
    size = json.loads((tmp_path / "f.json").read_text())["figures"][0]["scale"]
    assert 5 / 6 < size < 1
    for kind in ("pdf", "svg"):
        assert rules(tmp_path / f"f.{kind}") == {}
        seen = lint(tmp_path / f"f.{kind}", journal("nature"))[1]
        assert seen.height <= 170
        assert min(pt for pt, _ in seen.texts) == pytest.approx(6 * size, abs=0.02)
        assert (8.0, 1) in {(round(pt, 2), signs) for pt, signs in seen.texts}  # letters are not shrunk


def test_panels_and_arms_come_in_the_order_of_the_table():
    """A manifest keeps its mappings sorted: its order says nothing."""
    names = ["PTHrP", "BV/TV", "Oc.N/BS"]
    rows = [
        {"observable": n, "arm": a, "kind": "model", "time": t, "sd_basis": "", "draws": 9}
        | dict.fromkeys(("value", "low50", "high50", "low90", "high90"), 1.0 + t)
        for n in names
        for a in ("z", "a")
        for t in (0.0, 1.0)
    ]
    labels, draws = {n: n for n in sorted(names)}, {"a": 9, "z": 9}
    figure = course_of(figures.rounded(rows), labels=labels, draws=draws)
    assert [axes.get_ylabel() for axes in figure.axes] == names
    assert [text.get_text() for text in figure.legends[0].get_texts()][:2] == ["z", "a"]


def copied(tmp_path, monkeypatch, *claims):
    for claim in claims:
        folder = tmp_path / "figures" / claim
        folder.mkdir(parents=True)
        for file in (FIGURES / claim).iterdir():
            if file.suffix in (".csv", ".svg", ".json"):
                (folder / file.name).write_bytes(file.read_bytes())
    monkeypatch.setenv("NICHE_FIGURES", str(tmp_path / "figures"))
    return tmp_path / "figures"


def test_one_figure_that_fails_is_named_and_the_others_are_written(tmp_path, monkeypatch, capsys):
    folder = copied(tmp_path, monkeypatch, "nerve-sprouting", "vicious-cycle", "colonisation")
    names = ["nerve-sprouting/course", "vicious-cycle/steps", "colonisation/foci"]
    edited = folder / "nerve-sprouting" / "course.csv"
    edited.write_text(edited.read_text().replace(",1,1,1,", ",1,1.2,1,", 1))
    before = from_table

    def breaks(table, *given):
        if table.figure.claim == "colonisation":
            raise KeyError("time")
        return before(table, *given)

    monkeypatch.setattr("compendium.press.redrawing.from_table", breaks)
    assert main(["figures", *names, "--profile", "nature", "-o", str(tmp_path / "out")]) == 1
    told = capsys.readouterr().err
    assert "nerve-sprouting/course: not drawn: " in told
    assert "course.csv was edited" in told
    assert "colonisation/foci: not drawn: KeyError: 'time'" in told
    made = {file.relative_to(tmp_path / "out").as_posix() for file in (tmp_path / "out").rglob("*.*")}
    assert made == {"vicious-cycle/steps.pdf", "vicious-cycle/steps.svg", "figures.json"}
    report = json.loads((tmp_path / "out" / "figures.json").read_text())
    assert [one["figure"] for one in report["failed"]] == ["colonisation/foci", "nerve-sprouting/course"]


def test_a_notebook_that_fails_takes_no_other_figure_along(tmp_path, monkeypatch):
    """The first figure of the notebook was written before it failed, the second was not."""
    from compendium.run import job_runner

    one, two, other = committed(["colonisation/focus", "colonisation/founding", "receptor-subtypes/women"], FIGURES)

    def run_jobs(jobs, count, folder, ended, waiting):
        place = Path(jobs[0].parameters["out"])
        for figure in (one, other):
            where = place / figure.claim
            where.mkdir(parents=True)
            (where / f"{figure.name}.csv").write_bytes((figure.folder / f"{figure.name}.csv").read_bytes())
            told = json.dumps({"files": [f"{figure.name}.pdf"], "faults": []})
            (where / f"{figure.name}.redrawn.json").write_text(told)
        errors = {"04_colonisation": "ValueError: no"}
        for job in reversed(jobs):
            ended(job_runner.JobOutcome(job.name, 1.0, folder, errors.get(job.name)))

    monkeypatch.setattr(job_runner, "run_jobs", run_jobs)
    drawn = rerun.from_notebooks([one, two, other], "nature", None, tmp_path, 1)
    assert [getattr(found, "files", None) for found in drawn] == [("focus.pdf",), None, ("women.pdf",)]
    assert "its notebook failed: ValueError: no" in drawn[1].why


@pytest.mark.parametrize("claim", ["receptor-subtypes", "stress-dissemination"])
def test_a_course_over_a_dose_or_hours_is_left_to_its_notebook(claim):
    """Fault B20: its notebook calls the first column otherwise."""
    for one in committed([claim], FIGURES):
        table = table_figure(one)
        assert (table is not None) == (one.name in ("sessions", "card"))  # a card is its table, too


def test_the_command_says_what_is_wrong_and_writes_nothing(tmp_path, capsys, monkeypatch):
    def said(*arguments):
        assert main(["figures", *arguments]) == 2
        return capsys.readouterr().err

    out = ["-o", str(tmp_path / "out")]
    assert "did you mean 'nature'" in said("combinations", "--profile", "natur", *out)
    assert "did you mean 'combinations'" in said("combination", "--profile", "plos", *out)
    assert "did you mean 'colonisation/foci'" in said("colonisation/focii", "--profile", "plos", *out)
    assert "the committed results are there" in said("combinations", "--profile", "plos", "-o", str(FIGURES / "x"))
    assert "40 to 183 mm" in said("combinations", "--profile", "nature", "--width", "300", *out)
    assert "did you mean 'nature'" in said("--profile", "natuer", "--lint", "x.pdf")
    assert "did you mean 'colonisation/foci'" in said("--compose", "a=colonisation/focii", "--profile", "plos", *out)
    assert "panel a: name one figure of combinations: " in said(
        "--compose", "a=combinations", "--profile", "plos", *out
    )
    assert "needs -o NAME" in said("--compose", "a=colonisation/foci", "--profile", "plos")
    assert "--rows says nothing without --compose" in said("combinations", "--profile", "plos", "--rows", "a")
    assert "--width says nothing with --compose" in said(
        "--width", "89", "--compose", "a=colonisation/foci", "--profile", "plos", *out
    )
    assert "leave it out" in said("combinations", "--profile", "plos", "--lint", "x.pdf")
    assert "from 1" in said("combinations", "--profile", "plos", "-j", "0")
    assert "nan" in said("combinations", "--profile", "plos", "--width", "nan", *out)
    (tmp_path / "file").write_text("mine")
    assert "cannot be written" in said("colonisation/foci", "--profile", "plos", "-o", str(tmp_path / "file" / "x"))
    copy = tmp_path / "figures" / "colonisation"
    copy.mkdir(parents=True)
    for name in ("manifest.json", "foci.csv"):
        (copy / name).write_bytes((FIGURES / "colonisation" / name).read_bytes())
    (copy / "foci.csv").write_text((copy / "foci.csv").read_text().replace(",1,1,1,", ",1,1.2,1,", 1))
    monkeypatch.setenv("NICHE_FIGURES", str(tmp_path / "figures"))
    error = said("colonisation/foci", "--profile", "plos", *out)
    assert "foci.csv was edited" in error
    assert "niche reproduce colonisation" in error
    assert not (tmp_path / "out").exists()


def test_other_data_than_the_committed_are_noticed():
    old = table_of(FIGURES / "colonisation" / "foci.csv")
    new = old.copy()
    assert table_difference(old, new) == ""
    new.loc[0, "value"] = 1.01 * float(new["value"][0])
    assert "value, row 1" in table_difference(old, new)
    assert "rows of" in table_difference(old, old.iloc[1:])


@pytest.mark.filterwarnings("ignore:.*Machado.*")
def test_the_palette_can_be_told_apart_by_colour_blind_readers():
    """Machado 2009 at full severity, by another library; how far apart: `compendium.figures.house_style.APART`.

    For tritanopia that is an approximation, as the library warns.
    """
    import colour

    kinds = {"normal": None, "protanopia": "Protanomaly", "deuteranopia": "Deuteranomaly", "tritanopia": "Tritanomaly"}
    evidence = [PALETTE[name] for name in ("black", "blue", "vermilion")] + [GREY]
    white = colour.CCS_ILLUMINANTS["CIE 1931 2 Degree Standard Observer"]["D65"]
    for sight, name in kinds.items():
        matrix = np.eye(3) if name is None else colour.matrix_cvd_Machado2009(name, 1.0)

        def seen(value, matrix=matrix):
            linear = colour.models.eotf_sRGB(colour.notation.HEX_to_RGB(value))
            return colour.RGB_to_XYZ(np.clip(matrix @ linear, 0, 1), colour.RGB_COLOURSPACES["sRGB"])

        for colours in (list(PALETTE.values()), evidence):
            for one, two in itertools.combinations(colours, 2):
                a, b = seen(one), seen(two)
                if sight == "tritanopia":
                    apart = colour.delta_E(colour.XYZ_to_Lab(a, white), colour.XYZ_to_Lab(b, white), method="CIE 2000")
                else:
                    apart = np.linalg.norm(colour.XYZ_to_CAM02UCS(a) - colour.XYZ_to_CAM02UCS(b))
                assert apart >= APART[sight], (sight, one, two, apart)


@pytest.mark.parametrize("name", ["nature", "plos"])
def test_twice_gives_the_same_bytes_whenever(tmp_path, monkeypatch, name):
    made = []
    with drawn_for(journal_look(name)), figures.style():
        for when in ("1000000000", "1700000000"):
            monkeypatch.setenv("SOURCE_DATE_EPOCH", when)
            (tmp_path / when).mkdir()
            files = formats.write_formats(drawn(7 if name == "nature" else 8), tmp_path / when, "one")
            made.append({file: (tmp_path / when / file).read_bytes() for file in files})
    assert made[0] == made[1]
    with Image.open(io.BytesIO(formats.tiff(Image.new("RGBA", (20, 20), (0, 0, 0, 0)), 300))) as flat:
        assert flat.getpixel((1, 1)) == (255, 255, 255)


def test_the_page_says_what_the_files_say():
    page = Path(root().parent / "docs" / "howto" / "figures.md").read_text()
    for name in journal_names():
        assert f"`{name}`" in page


def test_lines_are_never_thinner_than_the_journal_asks(tmp_path):
    """The cells of a heat map are drawn with hair lines."""
    with drawn_for(journal_look("nature")), figures.style():
        sheet, axes = figures.subplots(figsize=(3.5, 2.5), layout="constrained")
        table = pd.DataFrame(np.arange(6.0).reshape(2, 3), index=["a", "b"], columns=["x", "y", "z"])
        figures.heat(axes, table, cmap="Blues", width=0.2, edge="0.5")
        fit_to_page(sheet)
        files = formats.write_formats(sheet, tmp_path, "heat")
    for file in files:
        assert rules(tmp_path / file) == {}
        assert min(lint(tmp_path / file, journal("nature"))[1].lines) == pytest.approx(0.3, abs=1e-3)


@pytest.mark.slow
@pytest.mark.parametrize("name", ["nature", "plos"])
def test_the_figure_of_trials_fits_the_page(tmp_path, name):
    (one,) = committed(["antiresorptives/trials"], FIGURES)
    made = from_table(table_figure(one), name, None, tmp_path)
    assert made.faults == ()
    for file in made.files:
        assert rules(tmp_path / file, name) == {}
