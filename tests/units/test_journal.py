"""Figures for a journal: rules have sources, the files that are written keep them, and the linter sees who does not."""

import io
import itertools
import json
import re
from pathlib import Path

import numpy as np
import pypdf
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
from compendium.press import composing
from compendium.press.committed import Committed, committed, table_difference, table_of
from compendium.press.linting import lint
from compendium.press.redrawing import from_table, keep
from niche import NicheError
from niche.params.records import root

FIGURES = root().parent / "figures"


def rules(file, name="nature"):
    found, _ = lint(file, journal(name))
    return {fault.rule: fault for fault in found if fault.breaks}


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
        (lambda g: g["rules"].pop("fonts"), "lacks the rule 'fonts'"),
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


@pytest.mark.parametrize("kind", ["pdf", "svg"])
def test_the_linter_measures_what_was_drawn(tmp_path, kind):
    """The truth is what matplotlib was told to draw; the linter has only the file."""
    for number, (size, width, broken) in enumerate(
        [(6.5, 89.0, set()), (4.0, 89.0, {"text_min"}), (9.0, 89.0, {"text_max"}), (6.5, 200.0, {"widths"})]
    ):
        file = tmp_path / f"{number}.{kind}"
        with figures.style():
            drawn(size, width).savefig(file)
        found = rules(file)
        assert set(found) == broken | {"fonts"}, (size, width)
        assert "DejaVu" in found["fonts"].found
        for rule in broken:
            assert f"{width if rule == 'widths' else size:.1f}" in found[rule].found
        seen = lint(file, journal("nature"))[1]
        assert (seen.width, seen.height) == (pytest.approx(width, abs=0.02), pytest.approx(60, abs=0.02))
        assert min(signs for _, signs in seen.texts) >= 1


def test_the_linter_sees_fonts_transparency_pictures_and_outlines(tmp_path):
    import matplotlib as mpl

    asked = journal("plos")
    with figures.style(), mpl.rc_context({"pdf.fonttype": 3}):
        drawn(alpha=0.5).savefig(tmp_path / "a.pdf")
    found, _ = lint(tmp_path / "a.pdf", asked)
    assert {"formats", "text_min", "fonts", "font_types", "alpha"} <= {fault.rule for fault in found}
    assert any("Type 3" in fault.found for fault in found)
    with figures.style(), mpl.rc_context({"pdf.use14corefonts": True}):
        drawn(font="Helvetica").savefig(tmp_path / "b.pdf")
    assert "not in the file" in rules(tmp_path / "b.pdf")["font_types"].found
    with figures.style(), mpl.rc_context({"svg.fonttype": "path"}):
        drawn().savefig(tmp_path / "c.svg")
    assert "outlines" in rules(tmp_path / "c.svg")
    figure = drawn()
    figure.axes[0].imshow(np.random.default_rng(1).random((8, 8)), interpolation="none", extent=(0, 1, 0, 1))
    with figures.style():
        figure.savefig(tmp_path / "d.pdf")
    dots = float(rules(tmp_path / "d.pdf")["dpi_min"].found.split()[0])
    box = figure.axes[0].get_window_extent()  # the picture fills the square part of the axes
    assert dots == pytest.approx(8 / (min(box.width, box.height) / figure.dpi), rel=0.1)


def test_the_linter_reads_raster_files(tmp_path):
    across = round(100 * MM * 300)
    for name, mode, options, broken in [
        ("good.tif", "RGB", {"compression": "tiff_lzw", "dpi": (300, 300)}, set()),
        ("alpha.tif", "RGBA", {"compression": "tiff_lzw", "dpi": (300, 300)}, {"alpha"}),
        ("cmyk.tif", "CMYK", {"compression": "tiff_lzw", "dpi": (300, 300)}, {"colours"}),
        ("raw.tif", "RGB", {"dpi": (300, 300)}, {"compression"}),
        ("low.tif", "RGB", {"compression": "tiff_lzw", "dpi": (150, 150)}, {"dpi_min", "width_max"}),
        ("fine.tif", "RGB", {"compression": "tiff_lzw", "dpi": (1200, 1200)}, {"dpi_max", "width_min"}),
        ("none.tif", "RGB", {"compression": "tiff_lzw"}, {"dpi_min", "width_max"}),
        ("wrong.png", "RGB", {"dpi": (300, 300)}, {"formats"}),
    ]:
        Image.new(mode, (across, 300)).save(tmp_path / name, **options)
        assert set(rules(tmp_path / name, "plos")) == broken, name
    for name, content in (("text.pdf", b"hello"), ("empty.svg", b""), ("x.eps", b"%!PS\n"), ("y.tiff", b"II")):
        (tmp_path / name).write_bytes(content)
        with pytest.raises(NicheError, match=name):
            lint(tmp_path / name, journal("plos"))
    with pytest.raises(NicheError, match="there is no file"):
        lint(tmp_path / "nowhere.pdf", journal("plos"))


def evidence(name):
    """A committed figure that is small, so that this is quick."""
    (one,) = committed([f"{name}/evidence"], FIGURES)
    return one


@pytest.mark.slow
@pytest.mark.parametrize("name", ["nature", "plos"])
def test_a_figure_from_its_table_keeps_the_rules_and_its_text(tmp_path, name):
    one = evidence("combinations")
    made = from_table(one, name, None, tmp_path)
    assert made is not None, "the CSV in the house style does not give the committed SVG"
    assert made.faults == ()
    for file in made.files:
        assert rules(tmp_path / file, name) == {}
    label = "burden, lung, control over"
    if name == "nature":
        assert label in pypdf.PdfReader(tmp_path / "evidence.pdf").pages[0].extract_text()
        assert label in (tmp_path / "evidence.svg").read_text()
    else:
        assert lint(tmp_path / "evidence.tiff", journal(name))[1].dpi == [600]
        assert b"/FontType 42 def" in (tmp_path / "evidence.eps").read_bytes()


@pytest.mark.slow
def test_a_figure_that_is_not_its_table_is_left_to_its_notebook(tmp_path):
    one = evidence("combinations")
    other = tmp_path / "combinations"
    other.mkdir()
    (other / "evidence.csv").write_bytes((one.folder / "evidence.csv").read_bytes())
    svg = (one.folder / "evidence.svg").read_text().replace(">Fold lower than control<", ">Fold<")
    (other / "evidence.svg").write_text(svg)
    assert from_table(Committed("combinations", "evidence", other, one.entry), "nature", None, tmp_path / "out") is None
    assert not (tmp_path / "out").exists()


def test_a_figure_of_a_notebook_is_laid_out_anew_not_scaled(tmp_path):
    """As a notebook does it: its own axes, its own inches, sizes of type written in the cell."""
    import matplotlib.pyplot as plt

    with drawn_for(journal_look("plos")), figures.style():
        figure, axes = plt.subplots(figsize=(7.2, 0.8), layout="constrained")
        axes.barh(range(12), range(12), height=0.5)
        axes.set_yticks(range(12), [f"treatment {i}" for i in range(12)], fontsize=6)
        before = faults(figure)
        plt.close(figure)
        table = figures.rounded({"x": [1.0]})
        folder = save(figure, "claim", "bars", table, caption="c", alt="a", out=tmp_path)
    assert any("runs into" in fault for fault in before)
    assert json.loads((folder / "bars.redrawn.json").read_text())["faults"] == []
    assert rules(folder / "bars.tiff", "plos") == {}
    seen = lint(folder / "bars.eps", journal("plos"))[1]
    assert seen.width == pytest.approx(190.5, abs=0.2)
    assert seen.height > 0.8 * 25.4
    assert min(size for size, _ in seen.texts) == 8
    with drawn_for(journal_look("plos")), figures.style():
        axes.plot([0, 1], [0, 1], alpha=0.5)
        keep(figure, tmp_path, "bands", table)
    assert not (tmp_path / "bands.eps").exists()
    assert formats.NO_EPS in json.loads((tmp_path / "bands.redrawn.json").read_text())["notes"]


@pytest.mark.parametrize("name", ["nature", "plos"])
def test_composed_panels_stand_where_they_should_with_letters(tmp_path, name):
    asked = journal(name)
    plan = composing.sheet(["a=x/one", "b=x/two", "c=x/three"], "ab/c", asked)
    assert plan.widths["a"] == plan.widths["b"] == (asked.widths["double"] - composing.GAP) / 2
    kinds = [kind for kind in asked.write if kind in composing.KINDS]
    stems, sizes = {}, {}
    with drawn_for(journal_look(name)), figures.style():
        for letter, width in plan.widths.items():
            figure = drawn(asked.small, width)
            fit_to_page(figure)
            figure.axes[0].set_title(f"panel {letter}")
            formats.write(figure, tmp_path, letter)
            stems[letter], sizes[letter] = tmp_path / letter, (width, 60.0)
        panels, height = composing.place_panels(plan.rows, stems, sizes, asked)
        for kind in kinds:
            (tmp_path / f"fig.{kind}").write_bytes(composing.compose_panels(panels, plan.width, height, asked, kind))
    assert height < asked.value("max_height")
    for kind in kinds:
        assert rules(tmp_path / f"fig.{kind}", name) == {}
        again = lint(tmp_path / f"fig.{kind}", asked)[1]
        assert (again.width, again.height) == (pytest.approx(plan.width, abs=0.1), pytest.approx(height, abs=0.1))
    if name == "nature":
        text = pypdf.PdfReader(tmp_path / "fig.pdf").pages[0].extract_text()
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
    for given, layout, message in [
        (["a"], None, "letter=claim/figure or a YAML"),
        (["a=x/y", "a=x/z"], None, "twice"),
        (["a=x/y", "b"], None, "got 'b'"),
        (["ab=x/y", "c=x/y"], None, "one letter"),
        (["a=x/y", "b=x/z"], "a", "each of the panels"),
        ([f"{c}=x/y" for c in "abcde"], "abcde", "do not fit"),
    ]:
        with pytest.raises(NicheError, match=message):
            composing.sheet(given, layout, asked)
    file = tmp_path / "fig.yaml"
    file.write_text("panels: {a: x/y, b: x/z}\nrows: [[a, b]]\nwidths: {a: 60}\n")
    assert composing.sheet([str(file)], None, asked).widths == {"a": 60, "b": 183 - 60 - composing.GAP}
    file.write_text("panel: {a: x/y}\n")
    with pytest.raises(NicheError, match="did you mean 'panels'"):
        composing.sheet([str(file)], None, asked)


def test_the_command_says_what_is_wrong_and_writes_nothing(tmp_path, capsys, monkeypatch):
    def said(*arguments):
        assert main(["figures", *arguments]) == 2
        return capsys.readouterr().err

    out = ["-o", str(tmp_path / "out")]
    assert "did you mean 'nature'" in said("combinations", "--profile", "natur", *out)
    assert "did you mean 'combinations'" in said("combination", "--profile", "plos", *out)
    assert "did you mean 'combinations/evidence'" in said("combinations/evidnce", "--profile", "plos", *out)
    assert "the committed results are there" in said("combinations", "--profile", "plos", "-o", str(FIGURES / "x"))
    assert "40 to 183 mm" in said("combinations", "--profile", "nature", "--width", "300", *out)
    (tmp_path / "file").write_text("mine")
    assert "cannot be written" in said("combinations/evidence", "--profile", "plos", "-o", str(tmp_path / "file" / "x"))
    copy = tmp_path / "figures" / "combinations"
    copy.mkdir(parents=True)
    for name in ("manifest.json", "evidence.csv"):
        (copy / name).write_bytes((FIGURES / "combinations" / name).read_bytes())
    (copy / "evidence.csv").write_text((copy / "evidence.csv").read_text().replace("29.9", "39.9", 1))
    monkeypatch.setenv("NICHE_FIGURES", str(tmp_path / "figures"))
    error = said("combinations/evidence", "--profile", "plos", *out)
    assert "evidence.csv was edited" in error
    assert "niche reproduce combinations" in error
    assert not (tmp_path / "out").exists()


def test_other_data_than_the_committed_are_noticed():
    old = table_of(FIGURES / "combinations" / "evidence.csv")
    new = old.copy()
    assert table_difference(old, new) == ""
    new.loc[0, "measured"] = 1.01 * float(new["measured"][0])
    assert "measured, row 1" in table_difference(old, new)
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
            files, _ = formats.write(drawn(7 if name == "nature" else 8), tmp_path / when, "one")
            made.append({file: (tmp_path / when / file).read_bytes() for file in files})
    assert made[0] == made[1]
    with Image.open(io.BytesIO(formats.tiff(Image.new("RGBA", (20, 20), (0, 0, 0, 0)), 300))) as flat:
        assert flat.getpixel((1, 1)) == (255, 255, 255)


def test_the_page_says_what_the_files_say():
    page = Path(root().parent / "docs" / "howto" / "figures.md").read_text()
    for name in journal_names():
        assert f"`{name}`" in page
