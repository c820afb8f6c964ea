"""Figures: the same bytes again, the table is what is drawn, and what an editor would send back."""

import hashlib
import io
import itertools
import json
import math
import os
import re
import subprocess
import sys
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import pandas as pd
import pytest
import xarray as xr
from PIL import Image

from compendium import figures
from compendium.figures import pictures
from compendium.figures.fit_to_print import MATHTEXT
from niche import NicheError
from niche.params.records import root

WORDS = ["Oc.N/BS", "BV/TV of the distal femur, all beta receptors lost, against wild type", "serum CTX, 14 d"]


def arm(gain=1.0, draws=40, **units):
    rng = np.random.default_rng(7)
    time, level = np.arange(15.0), rng.lognormal(0, 0.3, (draws, 1))
    rise = level * gain ** (time / 14)
    dims = ("draw", "time")
    rest = {"units": "1", "description": "osteoclasts per bone surface, relative to rest"}
    share = {"units": "1", "description": "share of capacity; light"}
    values = {
        "Oc.N/BS": (dims, rise, {**rest, **units}),
        "RANKL": (dims, 1e-4 * rise, {"units": "pM"}),
        "tumour burden": (dims, 1e-6 * (rise - level), share),
    }
    return xr.Dataset(values, {"draw": range(draws), "time": time})


POINTS = {"Oc.N/BS": {"drug": {"time": [7, 14], "value": [1.61234567, 2.4], "sd": [0.2, 0.15], "scale": "log"}}}


def drawing():
    """A figure with its table, whatever it shows."""
    return figures.course({"drug": arm()}, "Oc.N/BS", points=POINTS, width="single")


def gids(figure):
    """Artists by name."""
    return {artist.get_gid(): artist for artist in figure.findobj(lambda a: bool(a.get_gid()))}


def texts(figure):
    """Every drawn text with its box in pixels, a little smaller than it is."""
    from matplotlib.text import Text

    figure.draw_without_rendering()
    drawn = [t for t in figure.findobj(Text) if t.get_visible() and t.get_text().strip()]
    for axes in figure.axes:  # ticks outside the limits, and their second labels, are not drawn
        for axis in (axes.xaxis, axes.yaxis):
            low, high = sorted(axis.get_view_interval())
            shown = {tick.label1 for tick in axis.get_major_ticks() if low <= tick.get_loc() <= high}
            every = {
                label
                for tick in (*axis.get_major_ticks(), *axis.get_minor_ticks())
                for label in (tick.label1, tick.label2)
            }
            drawn = [t for t in drawn if t not in every or t in shown]
    return {t: t.get_window_extent().padded(-0.7) for t in drawn}


def overlaps(figure):
    pairs = itertools.combinations(texts(figure).items(), 2)
    return [(a.get_text(), b.get_text()) for (a, one), (b, two) in pairs if one.overlaps(two)]


def save(folder, name="effect", claim="beta", data=None, figure=None, **given):
    drawn, table = drawing()
    words = {"caption": "Measured and predicted.", "alt": "One course.", **given}
    return figures.save(figure or drawn, claim, name, table if data is None else data, out=folder, **words)


TWICE = """
import sys
sys.path.insert(0, {here!r})
import test_figures as t
figure, data = t.drawing()
t.figures.save(figure, "beta", "effect", data, caption="c", alt="a", out={out!r}, inputs={{"draws": 40, "seed": 1}})
figure, data = t.figures.course({{"control": t.arm(), "drug": t.arm(2.0)}}, ["Oc.N/BS", "RANKL"], points=t.POINTS)
t.figures.save(figure, "beta", "course", data, caption="c", alt="a", out={out!r})
"""


def test_two_runs_give_the_same_bytes(tmp_path):
    made = []
    for seed in ("1", "2"):
        place = tmp_path / seed
        place.mkdir()
        code = TWICE.format(here=str(Path(__file__).parent), out=str(place / "figures"))
        settings = {"PYTHONHASHSEED": seed, "TZ": f"UTC-{seed}", "MPLCONFIGDIR": str(place)}
        env = {k: v for k, v in os.environ.items() if k != "SOURCE_DATE_EPOCH"} | settings
        subprocess.run([sys.executable, "-W", "error", "-c", code], check=True, cwd=place, env=env)
        files = sorted((place / "figures").rglob("*"))
        made.append({f.relative_to(place): f.read_bytes() for f in files if f.is_file()})
    assert len(made[0]) == 7
    assert made[0].keys() == made[1].keys()
    assert [name for name in made[0] if made[0][name] != made[1][name]] == []
    year = re.compile(rb"20[2-9]\d-\d\d|D:20\d\d")
    for name, content in made[0].items():
        assert str(tmp_path).encode() not in content, name
        assert name.suffix == ".png" or not year.search(content), name


def test_course_table_is_what_is_drawn():
    arms = {"control": arm(), "drug": arm(2.0)}
    figure, data = figures.course(arms, "Oc.N/BS", points=POINTS, control="control")
    axes = figure.axes[0]
    for name in arms:
        table = data[(data["arm"] == name) & (data["kind"] == "model")]
        line = gids(axes)[f"{name}:median"]
        assert np.array_equal(line.get_xdata(), table["time"])
        assert np.array_equal(line.get_ydata(), table["value"])
        for share in ("50", "90"):
            corners = gids(axes)[f"{name}:band{share}"].get_paths()[0].vertices
            assert set(table[f"low{share}"]) | set(table[f"high{share}"]) == set(corners[:, 1])
    measured = data[data["kind"] == "measured"].reset_index()
    for i, point in measured.iterrows():
        assert gids(axes)[f"drug:measured:{i}"].get_ydata()[0] == point["value"]
        assert list(gids(axes)[f"drug:measured:{i}:interval"].get_ydata()) == [point["low90"], point["high90"]]
    assert measured["value"][0] == 1.6123
    quantile = np.quantile(arms["drug"]["Oc.N/BS"].values[:, 14], 0.95)
    last = data[(data["arm"] == "drug") & (data["time"] == 14)].iloc[0]
    assert last["high90"] == pytest.approx(quantile, rel=1e-4)
    assert axes.get_ylabel() == "Oc.N/BS (relative to rest)"
    assert axes.get_xlabel() == "Time (days)"


@pytest.mark.parametrize(("count", "width"), [(1, "single"), (3, "middle"), (3, "double")])
def test_course_is_legible(count, width):
    names = ["Oc.N/BS", "RANKL", "tumour burden"][:count]
    arms = {"vehicle for fourteen days": arm()} | {f"drug at dose {i}": arm(1.5 + i) for i in range(1, 5)}
    log = [name for name in names if name == "tumour burden"]
    arms["vehicle for fourteen days"]["tumour burden"] += 1e-7
    figure, _ = figures.course(arms, names, log=log, width=width)
    assert figures.problems(figure) == []
    assert overlaps(figure) == []
    labelled = [axes for axes in figure.axes if axes.xaxis.label.get_visible()]
    assert labelled
    assert all(axes.get_xlabel() == "Time (days)" for axes in labelled)


def test_more_than_two_arms_have_no_bands_but_bars_where_they_end():
    arms = {name: arm(gain) for name, gain in (("control", 1.0), ("low", 1.5), ("high", 2.0))}
    figure, data = figures.course(arms, "Oc.N/BS", control="control")
    found = gids(figure.axes[0])
    assert not [name for name in found if ":band" in name]
    places = []
    for name in arms:
        last = data[(data["arm"] == name) & (data["time"] == 14)].iloc[0]
        for share in ("50", "90"):
            bar = found[f"{name}:end{share}"]
            assert list(bar.get_ydata()) == [last[f"low{share}"], last[f"high{share}"]]
            assert min(bar.get_xdata()) > 1  # right of the axes, over none of the lines
        places.append(float(bar.get_xdata()[0]))
    assert len(set(places)) == 3
    assert ":band90" in " ".join(gids(figures.course(dict(list(arms.items())[:2]), "Oc.N/BS")[0].axes[0]))


def test_without_bands_a_measurement_has_the_draws_of_its_day_beside_it():
    arms = {name: arm(gain) for name, gain in (("control", 1.0), ("low", 1.5), ("drug", 2.0))}
    figure, data = figures.course(arms, "Oc.N/BS", points=POINTS, control="control")
    found = gids(figure.axes[0])
    row = data[(data["arm"] == "drug") & (data["kind"] == "model") & (data["time"] == 7)].iloc[0]
    assert list(found["drug:beside:0"].get_ydata()) == [row["low90"], row["high90"]]
    assert list(found["drug:beside:0"].get_xdata()) == [7, 7]
    assert "drug:beside:1" not in found  # of the last day the bar at the right end tells
    assert figure.axes[0].get_ylim()[1] >= row["high90"]


def test_course_counts_the_draws_that_failed():
    broken = arm(2.0)
    broken["Oc.N/BS"].values[:3, 10:] = np.nan
    figure, data = figures.course({"drug": broken}, "Oc.N/BS")
    assert set(data["draws"]) == {40, 37}
    assert "drug (37 of 40 draws)" in {t.get_text() for t in texts(figure)}


def test_course_refuses_what_it_cannot_draw():
    arms = {"control": arm(), "drug": arm(2.0)}
    bad = [
        ("did you mean 'Oc.N/BS'", arms, "Oc.N/B", {}),
        ("unlike units", {**arms, "drug": arm(units="%")}, "Oc.N/BS", {}),
        ("nowhere above 0", {"control": arm()}, "tumour burden", {"log": True}),
        ("unknown control arm 'vehicle'", arms, "RANKL", {"control": "vehicle"}),
        ("unknown arm of points", arms, "RANKL", {"points": {"RANKL": {"drugs": {}}}}),
        ("need 'time' and 'value'", arms, "RANKL", {"points": {"RANKL": {"drug": {"time": [1]}}}}),
        ("at least one arm", {}, "RANKL", {}),
        ("at most 8", {str(i): arm() for i in range(9)}, "RANKL", {}),
        ("no finite value", {"drug": arm() * np.nan}, "RANKL", {}),
    ]
    for message, given, name, options in bad:
        with pytest.raises(NicheError, match=message):
            figures.course(given, name, **options)


# Machado, Oliveira and Fernandes 2009, doi:10.1109/TVCG.2009.113, severity 1; on linear RGB.
SEEN = {
    "all": np.eye(3),
    "protanopia": [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]],
    "deuteranopia": [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.01182, 0.04294, 0.968881]],
}


def lab(colour, seen):
    """CIE L*a*b* of a colour as somebody with this sight has it (D65)."""
    rgb = np.array([int(colour[i : i + 2], 16) for i in (1, 3, 5)]) / 255
    linear = np.where(rgb <= 0.04045, rgb / 12.92, ((rgb + 0.055) / 1.055) ** 2.4)
    to_xyz = [[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]]
    xyz = np.array(to_xyz) @ np.clip(np.array(seen) @ linear, 0, 1) / [0.9505, 1, 1.089]
    x, y, z = np.where(xyz > (6 / 29) ** 3, np.cbrt(xyz), xyz / (3 * (6 / 29) ** 2) + 4 / 29)
    return np.array([116 * y - 16, 500 * (x - y), 200 * (y - z)])


@pytest.mark.parametrize("sight", SEEN)
def test_colours_can_be_told_apart(sight):
    from compendium.figures.house_style import GREY

    evidence = [figures.PALETTE[name] for name in ("black", "blue", "vermilion")] + [GREY]
    for colours in (figures.PALETTE.values(), evidence):
        for one, two in itertools.combinations(colours, 2):
            assert np.linalg.norm(lab(one, SEEN[sight]) - lab(two, SEEN[sight])) > 20, (one, two)


@pytest.mark.parametrize("control", [None, "arm 0"])
def test_no_two_arms_look_alike(control):
    from compendium.figures.page import arm_styles

    styles = arm_styles([f"arm {i}" for i in range(8)], control)
    assert len(set(styles.values())) == 8


def test_rounding():
    data = figures.rounded({"a": [1.234567, -0.0, math.nan], "n": [1234567, 2, 3], "t": ["x", "y", "z"]})
    assert list(data["a"][:2]) == [1.2346, 0.0]
    assert math.copysign(1, data["a"][1]) == 1
    assert list(data["n"]) == [1234567, 2, 3]
    assert list(figures.rounded({"a": [None, 2.345678]})["a"])[1] == 2.3457
    with pytest.raises(NicheError, match="infinite"):
        figures.rounded({"a": [math.inf]})
    with pytest.raises(NicheError, match="one length"):
        figures.rounded({"a": [1.0], "b": [1.0, 2.0]})


def test_saved_files_and_manifest(tmp_path):
    folder = save(tmp_path, inputs={"draws": 200, "seed": 1})
    first = json.loads((folder / "manifest.json").read_text())
    save(tmp_path, "other", inputs={"draws": 5})
    both = (folder / "manifest.json").read_text()
    found = json.loads(both)
    assert both == json.dumps(found, indent=2, sort_keys=True, ensure_ascii=False) + "\n"
    assert found["figures"]["effect"] == first["figures"]["effect"]
    assert sorted(found["figures"]) == ["effect", "other"]
    entry = found["figures"]["effect"]
    assert entry["csv_sha256"] == hashlib.sha256((folder / "effect.csv").read_bytes()).hexdigest()
    assert entry["files"] == ["effect.csv", "effect.png", "effect.svg"]
    assert not {"code", "parameters", "libraries", "python"} & set(entry)  # figures/made-of.json says that of all
    assert sorted(f.name for f in folder.iterdir()) == sorted(
        [*entry["files"], *found["figures"]["other"]["files"], "manifest.json"]
    )
    assert ">Oc.N/BS" in (folder / "effect.svg").read_text()  # text stays text
    with Image.open(folder / "effect.png") as picture:
        assert picture.mode == "P"
        assert len(picture.getcolors()) <= 256
        assert picture.info["dpi"] == pytest.approx((150, 150), abs=0.1)
        assert picture.text["Title"] == entry["caption"]


def test_for_a_release_there_is_a_pdf_and_a_picture_with_all_colours(tmp_path, monkeypatch):
    small = shape(save(tmp_path / "small") / "effect.png")
    monkeypatch.setenv("NICHE_FIGURE_PRESS", "1")
    folder = save(tmp_path)
    pdf = (folder / "effect.pdf").read_bytes()
    assert b"/Type3" not in pdf
    assert b"DejaVuSans" in pdf
    box = [float(n) for n in re.search(rb"/MediaBox \[([^]]*)\]", pdf)[1].split()]
    assert box[2] == pytest.approx(89 / 25.4 * 72, abs=0.01)
    assert shape(folder / "effect.png") == pytest.approx([2 * side for side in small], abs=2)
    with Image.open(folder / "effect.png") as picture:
        assert picture.mode == "RGBA"


def test_the_last_bit_of_a_coordinate_changes_no_byte_of_a_drawing(tmp_path):
    """As another processor gives it: matplotlib hashes unrounded corners into the names of clip paths."""
    drawn = []
    for step in (0.0, 1e-15, 1e-13):
        sheet, axes = figures.subplots(1, 2, figsize=(7.0, 2.5))
        axes[0].set_position([0.15 + step, 0.3, 0.3 + step, 0.5])
        axes[1].set_position([0.6, 0.3, 0.3, 0.5])
        axes[0].plot([0, 1 / 3, 1], [0, 1 / 7 + step, 1], marker="o")
        data = figures.rounded({"x": [0.0, 1.0]})
        out = tmp_path / str(step)
        drawn.append((figures.save(sheet, "beta", "two", data, caption="c", alt="a", out=out) / "two.svg").read_text())
    assert drawn[0] == drawn[1] == drawn[2]
    assert "clip-path" in drawn[0]
    assert set(re.findall(r"url\(#([^)]*)\)", drawn[0])) <= set(re.findall(r'id="([^"]*)"', drawn[0]))
    assert not re.search(r'"#?[a-z][0-9a-f]{10}"', drawn[0])
    raw = [
        pictures.plain_svg(b'<path id="p0123456789" d="M 1.23456 -0.001"/><use href="#p0123456789"/>', n) for n in "ab"
    ]
    assert raw[0] == b'<path id="a-1" d="M 1.23 0"/><use href="#a-1"/>'
    assert b'"#b-1"' in raw[1]


@pytest.mark.parametrize("colours", [2, 40, 200])
def test_a_picture_gets_as_many_colours_as_it_needs(colours):
    steps = np.linspace(0, 255, colours).astype(np.uint8)
    ramp = np.stack(
        [np.tile(steps, (20, 5)), np.tile(steps[::-1], (20, 5)), np.full((20, 5 * colours), 40, np.uint8)], 2
    )
    data = io.BytesIO()
    Image.fromarray(ramp).save(data, "PNG", dpi=(150, 150))
    few = pictures.few_colours(data.getvalue(), about={"Title": "Ramp ±", "Software": None})
    with Image.open(io.BytesIO(few)) as picture:
        away = np.abs(np.asarray(picture.convert("RGB"), float) - ramp)
        assert picture.text == {"Title": "Ramp ±"}
    assert away.mean() < 3
    assert pictures.few_colours(data.getvalue()) == pictures.few_colours(data.getvalue())


def test_save_refuses_what_should_not_be_printed(tmp_path):
    figure, data = drawing()
    for message, given in [
        ("not rounded", {"data": {"a": [1 / 3]}}),
        ("needs an alt text", {"alt": " "}),
        ("name of a figure", {"name": "../effect"}),
        ("name of a claim", {"claim": "a/b"}),
        ("no path of a machine", {"inputs": {"file": str(tmp_path)}}),
        ("inputs of", {"inputs": {"z": math.nan}}),
        ("no path of a machine", {"caption": "From /home/" + "somebody/data."}),
    ]:
        with pytest.raises(NicheError, match=message):
            save(tmp_path, **given)
    with figures.style():
        figure.text(0.5, 0.5, "tiny", fontsize=5)
        figure.text(0.99, 0.5, "leaves the page")
    with pytest.raises(NicheError, match=r"'tiny' is set in 5 pt.*cut off at the right"):
        save(tmp_path, figure=figure, data=data)
    assert list(tmp_path.iterdir()) == []


def test_a_draft_is_one_small_picture_and_says_so(tmp_path, monkeypatch):
    whole = shape(save(tmp_path / "whole") / "effect.png")
    monkeypatch.setenv("NICHE_FIGURE_DRAFT", "1")
    folder = save(tmp_path)
    assert sorted(path.name for path in folder.iterdir()) == ["effect.csv", "effect.png", "manifest.json"]
    files = json.loads((folder / "manifest.json").read_text())["figures"]["effect"]["files"]
    assert files == ["effect.csv", "effect.png"]
    assert shape(folder / "effect.png") == whole


def shape(png):
    """Width and height in pixels."""
    with Image.open(png) as picture:
        return picture.size


def test_a_sheet_is_shown_as_it_was_saved_until_something_is_drawn_on_it(tmp_path):
    sheet, axes = figures.subplots(1, 2, figsize=(3.5, 2.0), layout="constrained")
    axes[0].plot([0, 1], [0, 1])
    data = figures.rounded({"x": [0.0, 1.0]})
    folder = figures.save(sheet, "beta", "two", data, caption="Two.", alt="Two.", out=tmp_path)
    before, _ = sheet._repr_mimebundle_()
    assert before == {"image/svg+xml": (folder / "two.svg").read_text()}
    assert sheet._repr_mimebundle_()[0] == before
    axes[1].plot([0, 1], [1, 0])
    assert sheet._repr_mimebundle_()[0] != before


def test_a_sheet_with_many_points_is_shown_as_a_small_picture(tmp_path):
    """A drawing of them would be larger; the picture has 110 dpi and at most 64 colours."""
    sheet, axes = figures.subplots(figsize=(3.5, 2.0), layout="constrained")
    x, y = np.random.default_rng(1).random((2, 4000))
    axes.plot(x, y, "o")
    figures.save(sheet, "beta", "two", figures.rounded({"x": [0.0]}), caption="c", alt="a", out=tmp_path)
    shown, about = sheet._repr_mimebundle_()
    assert shape(io.BytesIO(shown["image/png"])) == (385, 220)
    assert about["image/png"]["width"] == round(3.5 * 115)
    with Image.open(io.BytesIO(shown["image/png"])) as picture:
        assert len(picture.getcolors()) <= 64
        assert picture.convert("RGB").getpixel((0, 0)) == (255, 255, 255)  # white paper


def test_a_heat_map_shows_the_table_with_its_first_row_on_top():
    table = pd.DataFrame([[0.0, 1.0], [np.nan, 0.5]], index=["first", "second"], columns=["a", "b"])
    with figures.style():
        sheet, axes = figures.subplots(figsize=(3.0, 2.0))
        mesh = figures.heat(axes, table, cmap="cividis", ends=(0, 1), text=table.map("{:g}".format).replace("nan", ""))
        sheet.draw_without_rendering()
    assert axes.get_ylim() == (2, 0)
    assert [label.get_text() for label in axes.get_yticklabels()] == ["first", "second"]
    assert [label.get_text() for label in axes.get_xticklabels()] == ["a", "b"]
    assert np.array_equal(mesh.get_array().filled(np.nan), table.to_numpy(), equal_nan=True)
    written = {text.get_text(): (text.get_position(), text.get_color()) for text in axes.texts}
    assert written == {"0": ((0.5, 0.5), "white"), "1": ((1.5, 0.5), "0.15"), "0.5": ((1.5, 1.5), "white")}
    with pytest.raises(NicheError, match="shape"):
        figures.heat(axes, table, cmap="cividis", text=table.iloc[:1])


def test_a_folder_that_cannot_be_written_is_named_and_left_alone(tmp_path, monkeypatch):
    (tmp_path / "file").write_text("mine")
    for place in (tmp_path / "file", tmp_path / "file" / "deep"):
        with pytest.raises(NicheError, match=r"figure beta/effect cannot be written to .*file"):
            save(place)
    (tmp_path / "out" / "beta" / "effect.svg").mkdir(parents=True)
    with pytest.raises(NicheError, match="is a folder"):
        save(tmp_path / "out")
    assert [f.name for f in (tmp_path / "out" / "beta").iterdir()] == ["effect.svg"]
    figure, data = drawing()
    draw, calls = figure.savefig, []

    def full(*args, **options):
        calls.append(args)
        if len(calls) == 2:
            raise OSError(28, "No space left on device")
        draw(*args, **options)

    monkeypatch.setattr(figure, "savefig", full)
    with pytest.raises(NicheError, match="No space left"):
        save(tmp_path / "new" / "place", figure=figure, data=data)
    assert sorted(f.name for f in tmp_path.iterdir()) == ["file", "out"]


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root writes everywhere")
def test_a_folder_without_permission(tmp_path):
    tmp_path.chmod(0o555)
    with pytest.raises(NicheError, match="Permission denied"):
        save(tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_a_manifest_that_is_not_ours_is_not_overwritten(tmp_path):
    (tmp_path / "beta").mkdir()
    for text, message in (("{", "is not JSON"), ('{"claim": "gamma", "figures": {}}', "not the manifest of 'beta'")):
        (tmp_path / "beta" / "manifest.json").write_text(text)
        with pytest.raises(NicheError, match=message):
            save(tmp_path)
        assert [f.name for f in (tmp_path / "beta").iterdir()] == ["manifest.json"]


def test_style_does_not_depend_on_the_reader_and_leaves_no_trace():
    import matplotlib as mpl

    with mpl.rc_context({"font.size": 20, "lines.linewidth": 9, "axes.facecolor": "red"}):
        before = dict(mpl.rcParams)
        figure, _ = drawing()
        assert dict(mpl.rcParams) == before
        assert max(t.get_fontsize() for t in texts(figure)) == 7
        assert figure.axes[0].get_facecolor() == (1, 1, 1, 1)


def test_nothing_slow_is_imported_before_it_is_needed():
    code = "import sys, compendium.figures; print([m for m in ('matplotlib', 'seaborn', 'pandas') if m in sys.modules])"
    found = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    assert found.stdout.strip() == "[]"


def test_the_font_is_the_one_that_matplotlib_ships():
    import matplotlib as mpl
    from matplotlib.font_manager import findfont

    with figures.style():
        assert Path(findfont("DejaVu Sans")).is_relative_to(mpl.get_data_path())


def sheet(**options):
    figure, axes = figures.subplots(figsize=(3.5, 2.5), layout="constrained", **options)
    axes.plot([1, 2], [1, 2], label="what was measured")
    return figure, axes


def test_what_an_editor_would_send_back_is_found_before_it_is_saved(tmp_path):
    with figures.style():
        figure, axes = sheet()
        axes.legend(loc="upper left")
        assert figures.problems(figure) == []
        axes.set(xscale="log", xlim=(1e-5, 1.6))  # what matplotlib writes below such an axis
        found = figures.problems(figure)
        assert sum("prints the signs of a formula" in one for one in found) >= 5
        with pytest.raises(NicheError, match="signs of a formula"):
            save(tmp_path, figure=figure, data=figures.rounded({"x": [1.0]}))
        assert list(tmp_path.iterdir()) == []

        figure, axes = sheet()
        axes.set_xticks([1, 1.05, 2], ["before surgery", "after surgery", "later"])
        assert figures.problems(figure) == ["'before surgery' runs into 'after surgery'"]
        axes.set_xticks([1, 1.5, 2], ["before", "after", "later"])
        assert figures.problems(figure) == []

        figure, axes = sheet()
        axes.legend(loc="upper left", bbox_to_anchor=(0.8, 1))
        assert any("a legend leaves its axes" in one for one in figures.problems(figure))
        axes.legend(loc="upper left", title="a title of two lines\nthat is as tall", labelspacing=12, fontsize=14)
        for line in range(3):
            axes.plot([1, 2], [1, line], label=f"what was measured {line}")
        axes.legend(loc="upper left", labelspacing=2.5, fontsize=11)
        assert "a legend covers more than half of its axes" in figures.problems(figure)
        axes.legend(loc="lower left", bbox_to_anchor=(0, 1.02))  # above the axes it takes no room of the data
        assert not any("legend" in one for one in figures.problems(figure))


@pytest.mark.parametrize("text", ["$\\mathdefault{10^{-4}}$", "$x^2$", r"a $\alpha$", "$m_1$"])
def test_signs_of_a_formula_are_known(text):
    assert MATHTEXT.search(text)


@pytest.mark.parametrize("text", ["costs $5", "from $5 to $10", "10⁻⁴", "x_1", "TGF-β", "a^b"])
def test_other_signs_are_no_formula(text):
    assert not MATHTEXT.search(text)


def test_no_committed_figure_prints_the_signs_of_a_formula():
    folder = root().parent / "figures"
    found = set()
    for file in sorted(folder.glob("*/*.svg")):
        said = [
            text
            for node in ElementTree.parse(file).iter("{http://www.w3.org/2000/svg}text")
            for text in node.itertext()
        ]
        if any(MATHTEXT.search(text) for text in said):
            found.add(file.relative_to(folder).as_posix())
    assert not found


def test_a_cell_without_a_number_has_neither_colour_nor_edge():
    table = pd.DataFrame([[1.0, np.nan], [0.5, 0.0]], index=["a", "b"], columns=["a", "b"])
    with figures.style():
        _, axes = figures.subplots(figsize=(2, 2))
        mesh = figures.heat(axes, table, cmap="RdBu_r", ends=(-1, 1), edge="#DDDDDD")
    assert [round(float(alpha), 3) for alpha in mesh.get_edgecolor()[:, 3]] == [1, 0, 1, 1]
