"""Drawings of the site: half of the bytes, the same picture; and the card of a claim, with its words."""

import re
from xml.etree import ElementTree

import msgspec
import pytest
from made_answers import fitted
from PIL import Image

from compendium.site import answers as answer_pages
from compendium.site import claim_cards, downloads, notebook_page
from compendium.site.html import COLUMNS, column_names, named_table
from compendium.site.mathml import as_mathml
from compendium.site.model import where_used
from compendium.site.slim_films import slim_films
from compendium.site.slim_html import plain_classes, slim_page, slim_pages
from compendium.site.slim_svg import slim_svg, steps
from niche.answering.claims import answers, answers_of
from niche.params.records import root
from niche.propositions.reading import proposition

SVG = "{http://www.w3.org/2000/svg}"
FIGURES = sorted((root().parent / "figures").glob("*/*.svg"))
LEAST = 0.45  # of the bytes of all drawings that are saved


def places(path):
    """The points of a path, whether it has places or steps; a letter for each command."""
    found, here, begun = [], (0.0, 0.0), (0.0, 0.0)
    command, numbers = "", []
    takes = {"M": 2, "L": 2, "Q": 4, "C": 6}
    for letter, number in re.findall(r"([A-Za-z])|(-?(?:\d+\.?\d*|\.\d+))", path):
        if letter:
            command = letter
            if letter in "Zz":
                found.append(("Z", ()))
                here = begun
            continue
        numbers.append(float(number))
        if len(numbers) == takes[command.upper()]:
            x, y = here if command.islower() else (0.0, 0.0)
            points = tuple((x + numbers[i], y + numbers[i + 1]) for i in range(0, len(numbers), 2))
            found.append((command.upper(), points))
            here, numbers = points[-1], []
            if command in "Mm":
                begun, command = here, "L" if command == "M" else "l"
    return found


def same_path(one, other):
    a, b = places(one), places(other)
    assert [command for command, _ in a] == [command for command, _ in b]
    for (_, points), (_, others) in zip(a, b, strict=True):
        for p, q in zip(points, others, strict=True):
            assert p == pytest.approx(q, abs=0.0051)


@pytest.mark.parametrize(
    "path",
    [
        "M 0 0 \nL 10 0.5 \nL 10 -0.5 \nz\nM 3 4 L 5 6.25",
        "M 0.004 100 C 1 2 3 4 5 6 C 7 8 9 10 11 12 Q 1 1 -1.5 -2 z L 2 2",
        "M 1 2 3 4 5 6",
        "M 45.33 108.1 \nL 165.76 108.1 \nL 165.76 19.53 \nz\n",
    ],
)
def test_steps_come_to_the_same_places(path):
    short = steps(path)
    assert len(short) < len(path)
    same_path(path, short)


@pytest.mark.parametrize("path", ["M 0 0 A 1 1 0 0 1 2 2", "M 0 0 L 1", "M 0 0 l 3 4", "nonsense", "M 0 0 L nan 1"])
def test_a_path_that_is_not_understood_stays(path):
    assert steps(path) == path


def test_a_drawing_keeps_its_paths_texts_and_words_in_half_of_its_bytes():
    before = after = 0
    for file in FIGURES[::6]:
        whole = file.read_bytes()
        small = slim_svg(whole)
        before, after = before + len(whole), after + len(small)
        old, new = ElementTree.fromstring(whole), ElementTree.fromstring(small)
        assert [one.text for one in old.iter(f"{SVG}text")] == [one.text for one in new.iter(f"{SVG}text")]
        paths = [[one.get("d") for one in tree.iter(f"{SVG}path")] for tree in (old, new)]
        for one, other in zip(*paths, strict=True):
            same_path(one, other)
        assert new.find(f"{SVG}title") is not None
        assert new.find(f"{SVG}desc") is not None
        assert {one.get("x") for one in old.iter(f"{SVG}use")} == {one.get("x") for one in new.iter(f"{SVG}use")}
        pointers = set(re.findall(rb'(?:url\(|href=")#([\w-]+)', small))
        assert pointers <= set(re.findall(rb'id="([\w-]+)"', small))
        assert slim_svg(small) == small or len(slim_svg(small)) <= len(small)
    assert after < (1 - LEAST) * before


def test_a_style_that_stands_once_stays_where_it_is():
    drawing = (
        b'<svg xmlns="http://www.w3.org/2000/svg"><defs><style>*{a: b}</style></defs>'
        b'<g id="x"><path d="M 0 0 L 1 1" style="fill: red"/></g><use href="#y" style="stroke: red"/>'
        b'<path id="y" style="fill: blue; stroke: red"/><path style="fill: blue; stroke: red"/>'
        b'<path style="fill: blue; stroke: red"/></svg>'
    )
    small = slim_svg(drawing).decode()
    assert 'style="fill:red"' in small
    assert small.count("fill:blue;stroke:red") == 1
    assert small.count('class="s0"') == 3
    assert 'id="y"' in small
    assert 'id="x"' not in small
    assert "<g>" not in small


def test_pictures_of_pages_are_copied_small(tmp_path):
    downloads.copy_figures(FIGURES[:1], root().parent / "figures", tmp_path)
    (copy,) = tmp_path.rglob("*.svg")
    assert copy.stat().st_size < FIGURES[0].stat().st_size


# --- cards


@pytest.fixture(scope="module")
def pending():
    """A claim whose mechanisms are not yet computed."""
    found = answers(["05"])[0]
    return msgspec.structs.replace(
        found, propositions=tuple(answers_of(proposition(one.id), one.id, one.evidence) for one in found.propositions)
    )


@pytest.fixture(scope="module")
def answered(pending):
    one = pending.propositions[0]
    first = answers_of(proposition(one.id), one.id, one.evidence, fitted())
    return msgspec.structs.replace(pending, propositions=(first, *pending.propositions[1:]))


@pytest.fixture(scope="module")
def drawn_cards(tmp_path_factory, pending, answered):
    folder = tmp_path_factory.mktemp("static")
    files = claim_cards.write_cards(folder, [pending])
    return {file.suffix: file for file in files}


def test_a_card_is_a_small_drawing_that_says_what_is_not_yet_computed(drawn_cards, pending):
    content = drawn_cards[".svg"].read_bytes()
    assert len(content) < 30_000
    tree = ElementTree.fromstring(content)
    written = " ".join(one.text or "" for one in tree.iter(f"{SVG}text"))
    assert written.count("not yet computed") >= 2 * len(pending.propositions)
    assert tree.find(f"{SVG}desc").text == claim_cards.alt(pending)
    assert drawn_cards[".csv"].read_text(encoding="utf-8").count("\n") == len(pending.propositions) + 1


def test_the_card_stands_below_the_sentence_with_caption_words_and_files(pending, answered):
    box = answer_pages.box(answered)
    places = [box.index(part) for part in (answered.sentence.replace("'", "&#x27;"), "<figure", '<ul class="pieces">')]
    assert places == sorted(places)
    for kind in ("svg", "csv"):
        assert f'href="../_static/cards/{answered.id}.{kind}" download' in box
    assert "A dotted frame is not yet computed." in box
    assert "mechanism not yet computed" in claim_cards.alt(pending)
    assert "times the control" in claim_cards.alt(answered)
    assert all(one.statement.rstrip(".") in claim_cards.alt(answered) for one in answered.propositions)


def test_in_the_list_the_card_is_small_and_leads_to_the_large_one(answered):
    section = answer_pages.section(answered, "claimed", "10.1/x", "notebooks/05_x.html")
    assert 'class="small-card" href="notebooks/05_x.html#figure-card"' in section
    assert 'alt=""' in section  # what it says stands beside it
    assert "small-card" in answer_pages.section(answered, "claimed", "10.1/x")


def test_a_claim_that_asserts_nothing_has_no_card(answered):
    bare = msgspec.structs.replace(answered, propositions=())
    assert claim_cards.card_figure(bare, "x") == claim_cards.small_card(bare, "x") == ""
    assert "<figure" not in answer_pages.box(bare)


def test_the_card_of_a_notebook_is_not_shown_twice():
    save = 'figures.save(\n    card, claim.id, "card", data, out=out,\n)\ncard'
    cells = [
        {
            "cell_type": "markdown",
            "metadata": {},
            "source": "# T\n\n<!-- answers -->\n| a |\n<!-- /answers -->\n\nrest",
        },
        {"cell_type": "code", "metadata": {}, "source": save, "outputs": [{"data": {"image/svg+xml": "<svg/>"}}]},
    ]
    entry = {"card": {"caption": "c", "alt": "a"}}

    def shown(box):
        page = msgspec.json.decode(
            notebook_page.page_of(msgspec.json.encode({"cells": cells}).decode(), box, entry, "x")
        )
        return page["cells"][0]["source"], page["cells"][1]["outputs"][0]["data"]["text/html"]

    text, picture = shown('<figure id="figure-card">')
    assert "| a |" not in text  # the box has said it
    assert text.endswith("rest")
    assert 'href="#figure-card"' in picture
    assert "<img" not in picture
    text, picture = shown("")
    assert "| a |" in text
    assert "<b>Figure 1.</b>" in picture


# --- what a fresh reader looks for


def test_on_the_first_page_each_statement_has_what_the_papers_say_and_how_sure_that_is(pending):
    cards = answer_pages.cards([pending], ["05_beta-adrenergic-osteoclastogenesis.ipynb"])
    assert pending.sentence.replace("'", "&#x27;") in cards
    assert cards.count("certainty</span>") == len(pending.propositions)
    assert "not yet computed, for any claim" in cards
    assert "not yet computed, for any claim" not in answer_pages.legend()


def test_the_certainty_says_its_reason_before_anything_is_opened(pending):
    for one in pending.propositions:
        said = one.evidence.certainty
        shown = answer_pages.certainty_html(said).partition("</summary>")
        assert f"<b>{said.level}</b>, because of " in shown[0]
        for step in said.steps:
            assert (f"{step.domain}, down " in shown[2]) == bool(step.cost)
    assert answer_pages.certainty_html(msgspec.structs.replace(said, level="")) == ""


def test_no_effect_speaks_for_a_statement_that_asserts_none(answered):
    one = answered.propositions[0]
    word = msgspec.structs.replace(one.mechanism, word="no relevant effect")
    signs = {
        asserts: answer_pages.chips(msgspec.structs.replace(one, mechanism=word, asserts=asserts))
        for asserts in ("none", "up")
    }
    assert 'class="chip holds" title="mechanism' in signs["none"]
    assert 'class="chip fails" title="mechanism' in signs["up"]


# --- tables


def test_names_of_columns_stand_once_in_a_table_and_cannot_end_it():
    table = named_table(("it's", 'a "b" <c>\\'), [("1", "2"), ("3", "4")])
    style = re.search(r'style="([^"]*)"', table)[1]
    assert style.startswith("--c1:'it\\27 s';--c2:'a \\22 b\\22  \\3c c\\3e \\5c ';")
    assert table.count("<td>") == 4
    assert "style=" not in named_table(("a",), [("1",)], "")
    with pytest.raises(ValueError, match=f"{COLUMNS} columns"):
        column_names("abcdefghijklmnop")


def test_the_style_sheet_knows_every_column():
    sheet = (root().parent / "docs/_static/niche.css").read_text(encoding="utf-8")
    for i in range(1, COLUMNS + 1):
        assert f"td:nth-child({i}) {{ --name: var(--c{i}); }}" in sheet


def test_an_animation_keeps_its_frames_and_times_and_plays_once(tmp_path):
    features = pytest.importorskip("PIL.features")
    if not features.check("webp"):
        pytest.skip("this Pillow has no WebP")
    film = root().parent / "docs/_static/tissue-late.gif"
    (tmp_path / film.name).write_bytes(film.read_bytes())
    assert slim_films(tmp_path) == {"tissue-late.gif": "tissue-late.webp"}
    (new,) = tmp_path.iterdir()
    assert new.stat().st_size < 0.7 * film.stat().st_size
    with Image.open(film) as old, Image.open(new) as small:
        assert small.n_frames == old.n_frames
        assert small.info["loop"] == 1
        assert "loop" not in old.info
        for at in (0, 7, old.n_frames - 1):
            old.seek(at)
            small.seek(at)
            assert old.convert("RGB").tobytes() == small.convert("RGB").tobytes()
    page = tmp_path / "page.html"
    page.write_text('<img src="_static/tissue-late.gif">', encoding="utf-8")
    (tmp_path / "_static").mkdir()
    (tmp_path / "_static" / "pygments.css").write_text("", encoding="utf-8")
    slim_pages(tmp_path, {"tissue-late.gif": "tissue-late.webp"})
    assert page.read_text(encoding="utf-8") == '<img src="_static/tissue-late.webp">'


# --- pages


PYGMENTS = """
.highlight { background: #fefefe; color: #080808 }
.highlight .c { color: #515151 } /* Comment */
.highlight .n { color: #080808 } /* Name */
.highlight .p { color: #080808 }
.highlight .gs { color: #080808; font-weight: bold }
@media not print {
body[data-theme="dark"] .highlight { background: #2b2b2b; color: #f8f8f2 }
body[data-theme="dark"] .highlight .n { color: #F8F8F2 }
body[data-theme="dark"] .highlight .p { color: #ff0000 }
}
"""


def test_a_span_that_colours_nothing_is_taken_away_and_no_other():
    plain = plain_classes(PYGMENTS)
    assert plain == {"n"}
    code = '<pre><span class="n">a</span>\n  <span class="p">(</span><span class="n"> </span></pre>'
    page = f"<head>\n    <title>x</title>\n</head><article>  {code}\n  </article>\n   <footer>"
    assert slim_page(page, plain) == (
        '<head>\n<title>x</title>\n</head><article>  <pre>a\n  <span class="p">(</span> </pre>\n  </article>\n<footer>'
    )
    assert slim_page("no article") == "no article"


def test_ends_of_cells_are_left_out_where_html_lets_them_and_the_table_is_the_same():
    head = "<table><thead><tr><th>a</th></tr></thead>\n<tbody>\n    "
    table = f"{head}<tr>\n  <td>1</td>\n  <td>x <b>y</b></td>\n</tr></table>"
    small = slim_page(f"<article>{table}</article>")
    assert "</td>" not in small
    assert "</tr>" not in small
    assert "<td>x <b>y</b>" in small
    assert slim_page("<article><p>a</td> b</article>") == "<article><p>a</td> b</article>"  # not before words


def test_pages_of_papers_have_no_links_to_their_headings():
    heading = '<h2>A<a class="headerlink" href="#a" title="Link to this heading">¶</a></h2>'
    assert slim_page(f'<div class="content paper"><article>{heading}</article>').count("headerlink") == 0
    assert slim_page(f'<div class="content"><article>{heading}</article>').count("headerlink") == 1


def test_a_word_in_a_formula_is_one_name():
    made = as_mathml(r"\mathrm{abc} + x_{\mathrm{tumour}}", block=True)
    assert "<mi>abc</mi>" in made
    assert "<mi>tumour</mi>" in made
    assert "<mi>x</mi>" in made
    assert "\n" not in made


def test_who_listens_to_a_page_hears_what_it_shows():
    folded = '<article><summary aria-label="Toggle hidden content">\n<p>show the code</p></summary></article>'
    assert "aria-label" not in slim_page(folded)
    search = '<article role="main">\n<div id="search-results"></div>\n</article>'
    assert "<h1>Search</h1>\n<div" in slim_page(search)
    assert slim_page(slim_page(search)).count("<h1>") == 1


def test_equations_have_the_names_that_biologists_use():
    said = [title for _, title in where_used().values()]
    assert {"production of RANKL", "osteoclasts", "death of osteoclasts by zoledronate", "IL-6"} <= set(said)
    assert not [one for one in said if "_" in one or re.search(r"\b(zol|rankl|opg|pth|OBa|OCa)\b", one)]
