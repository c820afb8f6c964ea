"""Colours of the site in light and in dark: words have a contrast of 4.5 with their ground, lines 3 (WCAG 2)."""

import re
from importlib.util import find_spec
from pathlib import Path

import pytest

from compendium.figures.neuro_bone_table import PAPERS, WORDS
from compendium.site.neuro_bone import tone
from niche.params.records import root

THEMES = ("light", "dark")
WORD, LINE = 4.5, 3.0
OF_WORDS = ("holds", "partly", "fails", "untested")
OF_LINES = ("blue", "sky", "vermilion", "ochre", "black", "plum", "dim")
GROUNDS = ("background-primary", "background-hover")


def read(file):
    return re.sub(r"/\*.*?\*/", "", file.read_text(encoding="utf-8"), flags=re.DOTALL)


def blocks(sheet, selector):
    """What each rule with exactly this selector says, as {name: value}."""
    found = re.findall(rf"(?<![^{{}}\s]){re.escape(selector)}\s*\{{([^{{}}]*)\}}", sheet)
    return [dict(re.findall(r"([\w-]+)\s*:\s*([^;]+?)\s*(?:;|$)", one)) for one in found]


def named(sheet, selector):
    return {name: value for one in blocks(sheet, selector) for name, value in one.items() if name.startswith("--")}


OURS = read(root().parent / "docs/_static/niche.css")
DARK, AUTO = 'body[data-theme="dark"]', 'body:not([data-theme="light"])'


@pytest.fixture(scope="module")
def palettes():
    """Every colour that has a name, by theme: those of the site, and those of the theme that lies under it."""
    spec = find_spec("furo")
    if spec is None or spec.origin is None:
        pytest.skip("furo is not installed")
    theirs = read(Path(spec.origin).parent / "theme/furo/static/styles/furo.css")
    light = named(theirs, "body") | named(OURS, "body")
    dark = light | named(theirs, "body[data-theme=dark]") | named(OURS, DARK)
    return {"light": light, "dark": dark}


def resolved(value, palette):
    while found := re.search(r"var\(\s*(--[\w-]+)\s*\)", value):
        value = value.replace(found[0], palette[found[1]])
    return rgb(value)


def rgb(colour):
    """ "#123" or "#112233" as shares of 1, and how much covers (the last two digits of eight)."""
    digits = colour.strip().removeprefix("#")
    digits = "".join(2 * one for one in digits) if len(digits) in (3, 4) else digits
    parts = [int(digits[i : i + 2], 16) / 255 for i in range(0, len(digits), 2)]
    return (*parts, 1.0)[:4]


def over(upper, lower, opacity=1.0):
    cover = upper[3] * opacity
    return (*(cover * a + (1 - cover) * b for a, b in zip(upper[:3], lower[:3], strict=True)), 1.0)


def luminance(colour):
    parts = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in colour[:3]]
    return 0.2126 * parts[0] + 0.7152 * parts[1] + 0.0722 * parts[2]


def contrast(one, other):
    """https://www.w3.org/TR/WCAG22/#dfn-contrast-ratio"""
    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


def test_contrast_is_that_of_the_standard():
    assert contrast(rgb("#000"), rgb("#fff")) == pytest.approx(21)
    assert contrast(rgb("#777"), rgb("#fff")) == pytest.approx(4.48, abs=0.01)
    assert over(rgb("#00000080"), rgb("#fff"))[0] == pytest.approx(0.5, abs=0.01)


def test_dark_is_the_same_whether_chosen_or_asked_for_by_the_browser():
    chosen, asked = named(OURS, DARK), named(OURS, AUTO)
    assert chosen == asked
    assert set(chosen) == set(named(OURS, "body")) == {f"--{name}" for name in (*OF_WORDS, *OF_LINES)}


@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize("ground", GROUNDS)
def test_words_of_an_answer_are_read(palettes, theme, ground):
    palette = palettes[theme]
    under = resolved(f"var(--color-{ground})", palette)
    names = [*(f"--{name}" for name in OF_WORDS), "--color-foreground-primary", "--color-foreground-secondary"]
    found = {name: contrast(resolved(f"var({name})", palette), under) for name in names}
    assert {name: value for name, value in found.items() if value < WORD} == {}


@pytest.mark.parametrize("theme", THEMES)
def test_every_line_of_the_axis_is_seen(palettes, theme):
    palette = palettes[theme]
    under = resolved("var(--color-background-primary)", palette)
    found = {}
    for word in (*WORDS, *PAPERS, ""):
        rules = [rule["--tone"] for rule in rules_of(f".axis .{tone(word)}") if "--tone" in rule]
        value = (rules or [one["--tone"] for one in blocks(OURS, ".axis") if "--tone" in one])[-1]
        found[word] = contrast(resolved(value, palette), under)
    assert {word: value for word, value in found.items() if value < LINE} == {}


def rules_of(selector):
    """Rules that name this selector, alone or among others."""
    rules = re.findall(r"([^{}]+)\{([^{}]*)\}", OURS)
    return [
        dict(re.findall(r"([\w-]+)\s*:\s*([^;]+?)\s*(?:;|$)", said))
        for names, said in rules
        if selector in [one.strip() for one in names.split(",")]
    ]


@pytest.mark.parametrize("theme", THEMES)
def test_the_words_in_each_box_of_the_axis_are_read(palettes, theme):
    palette = palettes[theme]
    page, words = (resolved(f"var(--color-{one})", palette) for one in ("background-primary", "foreground-primary"))
    kinds = ("nerve", "bone", "tumour", "immune", "drug", "outcome")
    found = {}
    for kind in kinds:
        (rule,) = rules_of(f".axis .{kind} rect")
        found[kind] = contrast(words, over(resolved(rule["fill"], palette), page))
    assert {kind: value for kind, value in found.items() if value < WORD} == {}


@pytest.mark.parametrize("theme", THEMES)
def test_the_arrows_of_the_network_are_seen(palettes, theme):
    palette = palettes[theme]
    page = resolved("var(--color-background-primary)", palette)
    (arrow,) = rules_of(".network .arrow")
    found = {}
    for kind in ("up", "down", "either"):
        (rule,) = rules_of(f".network .{kind}")
        found[kind] = contrast(over(resolved(rule["stroke"], palette), page, float(arrow["opacity"])), page)
    assert {kind: value for kind, value in found.items() if value < LINE} == {}
