"""Saved figures read again: sizes, fonts, lines, pictures and colours of files that any program wrote."""

import base64
import io
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from compendium import figures
from compendium.cli.main import main
from compendium.figures.house_style import MM, PALETTE
from compendium.figures.journals import journal
from compendium.press.linting import lint
from compendium.press.seen import look_at
from niche import NicheError

FOREIGN = Path(__file__).parent / "foreign"


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
    for name, content in (
        ("text.pdf", b"hello"),
        ("cut.pdf", b"%PDF-1.4\n1 0 obj\n<<"),
        ("empty.svg", b""),
        ("y.tiff", b"II"),
    ):
        (tmp_path / name).write_bytes(content)
        with pytest.raises(NicheError, match=name):
            lint(tmp_path / name, journal("plos"))
    with pytest.raises(NicheError, match="there is no file"):
        lint(tmp_path / "nowhere.pdf", journal("plos"))


# What each program was told to draw: pt and signs of the texts, pt of the lines, dpi, colours, transparency.
# cairo: librsvg 2.54 from cairo.svg; ghostscript: 10.0 from PostScript; fpdf: fpdf2 2.8; reportlab: 5.1.
TOLD = {
    "cairo.pdf": ([(5, 9), (9, 4), (6, 10)], [0.267, 1], [60], {"RGB", "greyscale"}, True),
    "ghostscript.pdf": ([(7, 11), (6, 10)], [0.5, 1, 0.5], [16], {"RGB", "greyscale", "CMYK"}, False),
    "fpdf.pdf": ([(6.5, 11), (6.5, 7)], [0.3], [], {"greyscale"}, False),
    "reportlab.pdf": ([(5, 4), (20, 6), (7, 5), (6, 10), (16, 9)], [0.5], [60], {"greyscale", "CMYK"}, True),
}


@pytest.mark.parametrize("name", TOLD)
def test_files_of_other_programs_are_measured(name):
    """Scales, turned text, forms, states saved and restored."""
    texts, lines, dpi, colours, alpha = TOLD[name]
    seen = look_at(FOREIGN / name)
    assert (seen.width, seen.height) == (pytest.approx(89, abs=0.2), pytest.approx(60, abs=0.1))
    assert [signs for _, signs in seen.texts] == [signs for _, signs in texts]
    assert [size for size, _ in seen.texts] == pytest.approx([size for size, _ in texts], abs=0.01)
    assert seen.lines == pytest.approx(lines, abs=0.001)
    assert seen.dpi == pytest.approx(dpi, abs=0.1)
    assert (seen.colours, seen.alpha) == (colours, alpha)
    fonts = {"LiberationSans": ("TrueType", True)}
    core = {"Helvetica": ("Type 1", False)}
    assert seen.fonts == {"ghostscript.pdf": core, "reportlab.pdf": {**core, "Times-Roman": ("Type 1", False)}}.get(
        name, fonts
    )


def test_an_svg_has_the_sizes_that_librsvg_draws():
    """Another program's own answer: the same drawing, converted to PDF by librsvg."""
    ours, theirs = look_at(FOREIGN / "cairo.svg"), look_at(FOREIGN / "cairo.pdf")
    assert ours.texts == [(pytest.approx(size, abs=0.01), signs) for size, signs in theirs.texts]
    assert ours.lines == pytest.approx(theirs.lines, abs=0.001)
    assert ours.dpi == pytest.approx(theirs.dpi, rel=0.01)
    assert (ours.alpha, ours.width) == (theirs.alpha, pytest.approx(theirs.width, abs=0.02))


def pdf(content, resources=b"", more=(), page=b""):
    """The smallest PDF with these instructions."""
    font = b"<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>"
    parts = [
        b"<</Type/Catalog/Pages 2 0 R>>",
        b"<</Type/Pages/Kids[3 0 R]/Count 1>>",
        b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 252 170]/Contents 4 0 R/Resources<</Font<</F1 5 0 R>>"
        + resources
        + b">>"
        + page
        + b">>",
        b"<</Length %d>>stream\n%s\nendstream" % (len(content), content),
        font,
        *more,
    ]
    data, places = b"%PDF-1.4\n", []
    for number, part in enumerate(parts, 1):
        places.append(len(data))
        data += b"%d 0 obj\n%s\nendobj\n" % (number, part)
    table = b"".join(b"%010d 00000 n \n" % place for place in places)
    start = len(data)
    data += b"xref\n0 %d\n0000000000 65535 f \n%s" % (len(parts) + 1, table)
    return data + b"trailer\n<</Size %d/Root 1 0 R>>\nstartxref\n%d\n%%%%EOF\n" % (len(parts) + 1, start)


FORM = b"<</Type/XObject/Subtype/Form/BBox[0 0 99 99]/Resources<</Font<</F1 5 0 R>>>>/Length %d>>stream\n%s\nendstream"


@pytest.mark.parametrize(
    ("content", "texts", "lines"),
    [
        # Fault B6: the font is part of the state that Q brings back.
        (b"BT /F1 20 Tf ET q BT /F1 5 Tf (small) Tj ET Q BT (largelarge) Tj ET", [(5, 5), (20, 10)], []),
        (b"BT /F1 1 Tf 7 0 0 7 0 0 Tm (seven) Tj ET", [(7, 5)], []),
        (b"0.5 0 0 0.5 0 0 cm BT /F1 14 Tf [(se) -20 (ven)] TJ ET", [(7, 5)], []),
        (b"BT /F1 6 Tf 0 1 -1 0 50 50 Tm (upright) Tj ET", [(6, 7)], []),
        (b"BT /F1 6 Tf 3 Tr (unseen) Tj 0 Tr (seen) Tj ET", [(6, 4)], []),
        (b"BT /F1 6 Tf (   ) Tj ET", [], []),
        (b"0 0 m 9 9 l S", [], [1]),
        (b"2 w 0.25 0 0 0.25 0 0 cm 0 0 m 9 9 l S", [], [0.5]),
        (b"/G gs 0 0 m 9 9 l S", [], [0.125]),
        (b"3 w BT /F1 8 Tf ET 0.5 0 0 0.5 0 0 cm /X Do 0 0 m 9 9 l S", [(4, 4)], [1.5, 1.5]),
        (b"/X Do /X Do BT /F1 9 Tf (last) Tj ET", [(9, 4)], [1, 1]),
        (b"/Y Do BT /F1 9 Tf (last) Tj ET 0 0 m 9 9 l S", [(9, 4)], [0.5, 1]),  # a form keeps its scale to itself
    ],
)
def test_sizes_in_a_pdf_follow_the_state_of_the_drawing(tmp_path, content, texts, lines):
    inner = b"0 0 m 9 9 l S BT (form) Tj ET" if b"/F1 8" in content else b"0 0 m 9 9 l S"
    resources = b"/ExtGState<</G<</LW 0.125>>>>/XObject<</X 6 0 R/Y 7 0 R>>"
    small = b"0.5 0 0 0.5 0 0 cm 0 0 m 9 9 l S"
    (tmp_path / "a.pdf").write_bytes(pdf(content, resources, [FORM % (len(one), one) for one in (inner, small)]))
    seen = look_at(tmp_path / "a.pdf")
    assert seen.texts == [(pytest.approx(size, abs=1e-6), signs) for size, signs in texts]
    assert seen.lines == pytest.approx(lines)


@pytest.mark.parametrize(
    ("content", "resources", "colours", "alpha"),
    [
        (b"0.1 0.2 0.3 0.4 k 0 0 9 9 re f", b"", {"CMYK"}, False),
        (b"0.1 0.2 0.3 0.4 k 0 0 9 9 re n 1 0 0 rg 0 0 9 9 re f", b"", {"RGB"}, False),
        (b"/G gs 1 0 0 rg 0 0 9 9 re f", b"/ExtGState<</G<</ca 0.5>>>>", {"RGB"}, True),
        (b"/G gs 1 0 0 rg 0 0 9 9 re f", b"/ExtGState<</G<</ca 1/BM/Multiply>>>>", {"RGB"}, True),
        (b"/G gs 1 0 0 rg 0 0 9 9 re f", b"/ExtGState<</G<</ca 0/BM/Normal>>>>", {"RGB"}, False),
        (b"/C cs 1 scn 0 0 9 9 re f", b"/ColorSpace<</C[/Separation/Gold/DeviceCMYK<<>>]>>", {"a spot colour"}, False),
        (b"/S sh", b"/Shading<</S<</ShadingType 2/ColorSpace/DeviceCMYK>>>>", {"CMYK"}, False),
        (b"q 72 0 0 36 0 0 cm BI /W 2 /H 2 /CS /G /BPC 8 ID abcd EI Q", b"", {"greyscale"}, False),
    ],
)
def test_colours_in_a_pdf_are_those_that_are_painted(tmp_path, content, resources, colours, alpha):
    (tmp_path / "a.pdf").write_bytes(pdf(content, resources))
    seen = look_at(tmp_path / "a.pdf")
    assert (seen.colours, seen.alpha) == (colours, alpha)
    assert seen.dpi == ([2.0] if b"BI" in content else [])


def test_the_page_of_a_pdf_is_what_is_shown_in_its_own_unit(tmp_path):
    for page, size, text in [
        (b"", (252, 170), 7),
        (b"/UserUnit 2", (504, 340), 14),
        (b"/CropBox[0 0 126 170]", (126, 170), 7),
        (b"/Rotate 90", (170, 252), 7),
    ]:
        (tmp_path / "a.pdf").write_bytes(pdf(b"BT /F1 7 Tf (seven) Tj ET", page=page))
        seen = look_at(tmp_path / "a.pdf")
        assert (seen.width, seen.height) == pytest.approx([side * 25.4 / 72 for side in size])
        assert seen.texts == [(pytest.approx(text), 5)]


HEAD = '<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" '
PAGE = HEAD + 'width="89mm" height="60mm" viewBox="0 0 252.2835 170.0787">'  # a unit is a point


def svg(folder, body, head=PAGE):
    file = folder / "a.svg"
    file.write_text(f"{head}{body}</svg>", encoding="utf-8")
    return look_at(file)


TEXT = "<text {0}>sign</text>"


@pytest.mark.parametrize(
    ("body", "size"),
    [
        # Case C13, each as the program writes it: Illustrator, Inkscape, svglite, ggplot2 ...
        ("<defs><style>.cls-1{font-size:3px;}</style></defs>" + TEXT.format('class="cls-1"'), 3),
        ("<g font-size='3'>" + TEXT.format("") + "</g>", 3),
        ("<g transform='scale(0.3)'>" + TEXT.format("font-size='7'") + "</g>", 2.1),
        (
            "<style type='text/css'><![CDATA[ .svglite text { font-size: 3.00px; } ]]></style><g class='svglite'>"
            + TEXT.format("")
            + "</g>",
            3,
        ),
        (TEXT.format('font-size="6pt"'), 8),  # 1 pt is 4/3 of a px, and a px of this page a point
        (TEXT.format('font-size="2mm"'), 2 * 96 / 25.4),
        (TEXT.format('style="font-size:.5em"'), 8),
        ("<g font-size='10'>" + TEXT.format('style="font-size:60%"') + "</g>", 6),
        ("<g font-size='10'><g style='font-size:.5em'>" + TEXT.format('style="font-size:1.2em"') + "</g></g>", 6),
        (TEXT.format('style="font:italic bold 6px/1.2 Arial, sans-serif"'), 6),
        (TEXT.format('style="font-size:x-small"'), 10),
        (TEXT.format(""), 16),
        ("<g transform='matrix(0 0.5 -0.5 0 10 10)'>" + TEXT.format("font-size='12'") + "</g>", 6),
        ("<g transform='translate(5 5) scale(2) rotate(90)'>" + TEXT.format("font-size='3'") + "</g>", 6),
        ("<g transform='scale(1 .5)'>" + TEXT.format("font-size='12'") + "</g>", 6),
        ("<svg width='50' height='50' viewBox='0 0 100 100'>" + TEXT.format("font-size='12'") + "</svg>", 6),
        ("<svg width='50' height='100' viewBox='0 0 100 100'>" + TEXT.format("font-size='12'") + "</svg>", 6),
        ("<defs><text id='t' font-size='6'>sign</text></defs><use xlink:href='#t' transform='scale(2)'/>", 12),
        ("<defs><g id='t'>" + TEXT.format("") + "</g></defs><use href='#t' font-size='6'/>", 6),
        # What wins: an attribute least, then rules by weight and order, then the style, then what is important.
        ("<style>text{font-size:5px}</style>" + TEXT.format("font-size='9'"), 5),
        ("<style>#a{font-size:5px} .b{font-size:6px}</style>" + TEXT.format("id='a' class='b'"), 5),
        ("<style>.b{font-size:5px} .b{font-size:6px}</style>" + TEXT.format("class='b'"), 6),
        ("<style>.b{font-size:5px}</style>" + TEXT.format("class='b' style='font-size:6px'"), 6),
        ("<style>.b{font-size:5px!important}</style>" + TEXT.format("class='b' style='font-size:6px'"), 5),
        ("<style>g > text{font-size:5px} svg text{font-size:6px}</style><g>" + TEXT.format("") + "</g>", 6),
        ("<style>g + g text{font-size:5px}</style><g/><g font-size='9'>" + TEXT.format("") + "</g>", 5),
        ("<style>text[id^=ax]{font-size:5px}</style>" + TEXT.format("id='axis'"), 5),
        ("<style>a text, g.x text{font-size:5px}</style><g class='y x'>" + TEXT.format("") + "</g>", 5),
        ("<style>@media print {text{font-size:5px}}</style>" + TEXT.format(""), 5),
        ("<style>text:hover{font-size:5px}</style>" + TEXT.format("font-size='6'"), 6),
        ("<style>/* a note */ text{fill:red;font-size:5px}</style>" + TEXT.format(""), 5),
        ("<g style='display:none'><text font-size='1'>none</text></g>" + TEXT.format("font-size='6'"), 6),
        ("<g visibility='hidden'><text font-size='1'>none</text></g>" + TEXT.format("font-size='6'"), 6),
        ("<metadata><text font-size='1'>none</text></metadata>" + TEXT.format("font-size='6'"), 6),
        ("<text font-size='6'>si<tspan>gn</tspan></text>", 6),
    ],
)
def test_text_in_an_svg_has_the_size_that_it_is_drawn_at(tmp_path, body, size):
    seen = svg(tmp_path, body)
    assert {round(found, 3) for found, _ in seen.texts} == {round(size, 3)}
    assert sum(signs for _, signs in seen.texts) == 4
    assert not any("size" in one for one in seen.blind)


@pytest.mark.parametrize(
    ("body", "lines"),
    [
        ("<path d='M0 0L9 9' style='stroke:#000;stroke-width:0.01'/>", [0.01]),
        ("<style>.a{stroke:#000;stroke-width:0.01px}</style><path class='a' d='M0 0L9 9'/>", [0.01]),
        ("<path d='M0 0L9 9' style='stroke:none;stroke-width:0.01'/>", []),
        ("<path d='M0 0L9 9' stroke-width='0.01'/>", []),
        ("<path d='M0 0L9 9' stroke='#000' stroke-opacity='0' stroke-width='0.01'/>", []),
        ("<g stroke='#000'><rect width='9' height='9'/></g>", [1]),
        ("<g stroke='#000' stroke-width='2' transform='scale(.25)'><circle r='9'/></g>", [0.5]),
        ("<g stroke='#000' stroke-width='2' transform='scale(1 .25)'><circle r='9'/></g>", [0.5]),
        ("<g transform='scale(.1)'><line stroke='#000' vector-effect='non-scaling-stroke' x2='9'/></g>", [0.75]),
        ("<defs><path id='m' d='M0 0v3' style='stroke:#000;stroke-width:.5'/></defs><use xlink:href='#m'/>", [0.5]),
        ("<defs><path d='M0 0v3' stroke='#000' stroke-width='.01'/></defs>", []),
    ],
)
def test_lines_in_an_svg_have_the_width_that_they_are_drawn_at(tmp_path, body, lines):
    assert svg(tmp_path, body).lines == pytest.approx(lines)


def picture(dots=(60, 60), mode="RGB", **options):
    data = io.BytesIO()
    Image.new(mode, dots).save(data, "PNG", **options)
    return f"data:image/png;base64,{base64.b64encode(data.getvalue()).decode()}"


@pytest.mark.parametrize(
    ("body", "dpi"),
    [
        # A picture of one pixel over 70 mm.
        ("<image width='198.4' height='198.4' xlink:href='{0}'/>", [72 / 198.4]),
        ("<image width='72' height='72' xlink:href='{1}'/>", [60]),
        ("<image width='72' height='36' xlink:href='{1}' preserveAspectRatio='none'/>", [60]),
        ("<image width='72' height='36' xlink:href='{1}'/>", [120]),  # it keeps its shape, so it is 36 pt wide
        ("<g transform='scale(.5)'><image width='72' href='{1}'/></g>", [120]),
        ("<image href='{1}' style='width:72px;height:72px'/>", [60]),
    ],
)
def test_pictures_in_an_svg_have_the_dots_per_inch_that_they_are_drawn_at(tmp_path, body, dpi):
    seen = svg(tmp_path, body.format(picture((1, 1)), picture()))
    assert seen.dpi == pytest.approx(dpi, rel=1e-3)


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ("<style>text{font-size:var(--x)}</style><text>a</text>", "font-size var(--x)"),
        ("<style>text{font-size:calc(1px + 2px)}</style><text>a</text>", "font-size calc"),
        ("<style>text:not(.b){font-size:3px}</style><text>a</text>", "a style for text:not(.b)"),
        ("<style>@import url(a.css);</style><text>a</text>", "@import"),
        ("<style media='(min-width:9px)'>text{font-size:3px}</style><text>a</text>", "a style sheet for"),
        ("<g transform='scale(50%)'><text>a</text></g>", "sizes under the transform scale(50%)"),
        ("<path stroke='#000' stroke-width='thin' d='M0 0'/>", "stroke-width thin"),
        ("<image width='9' height='9' href='photo.jpg'/>", "photo.jpg"),
        ("<image width='9' height='9' href='data:image/webp2;base64,AAAA'/>", "a picture of the kind image/webp2"),
        ("<foreignObject><p>words</p></foreignObject>", "HTML in the file"),
        ("<use href='other.svg#a'/>", "other.svg#a"),
        ("<g id='a'><use href='#a'/></g>", "uses itself"),
        ("<path d='M0 0' marker-end='url(#m)'/>", "what markers hold"),
        ("<text>a</text>", "the font of text that names none"),
        ("<rect width='9' height='9'/>", "whether text is drawn as outlines"),
    ],
)
def test_what_was_not_understood_in_an_svg_is_said(tmp_path, capsys, body, said):
    seen = svg(tmp_path, body)
    assert any(said in one for one in seen.blind)
    main(["figures", "--profile", "nature", "--lint", str(tmp_path / "a.svg")])
    told = capsys.readouterr().out
    assert said in told
    assert "keeps the rules" not in told


def test_an_svg_without_a_size_has_no_sizes_of_text(tmp_path):
    for head in (HEAD + 'viewBox="0 0 9 9">', HEAD + 'width="100%" height="100%" viewBox="0 0 9 9">'):
        seen = svg(tmp_path, "<text font-size='1'>a</text>", head)
        assert seen.texts == []
        assert any("does not say how large" in one for one in seen.blind)
    seen = svg(tmp_path, "<text font-size='8'>a</text>", HEAD + 'width="300" height="200">')
    assert seen.texts == [(6, 1)]  # px of 96 to the inch
    assert seen.width == pytest.approx(300 * 25.4 / 96)
    assert svg(tmp_path, "", HEAD + 'width="89mm" viewBox="0 0 2 1">').height == pytest.approx(44.5)


def test_what_can_be_seen_through_in_an_svg_is_seen(tmp_path):
    for body, alpha in [
        ("<rect width='9' height='9' style='fill-opacity:.5'/>", True),
        ("<rect width='9' height='9' fill='rgba(0,0,0,.5)'/>", True),
        ("<rect width='9' height='9' fill='#00000080'/>", True),
        ("<g opacity='50%'><rect width='9' height='9'/></g>", True),
        ("<g opacity='.5'/><rect width='9' height='9' fill='none' fill-opacity='.5'/>", False),
        ("<g opacity='0'><text font-size='1'>gone</text></g>", False),
        (f"<image width='9' height='9' href='{picture(mode='RGBA')}'/>", True),
        (f"<image width='9' height='9' href='{picture()}'/>", False),
    ]:
        seen = svg(tmp_path, body)
        assert seen.alpha is alpha, body
        assert seen.texts == []


def test_text_beside_lines_is_no_outline_and_glyphs_without_text_are(tmp_path):
    """Two false alarms of the past: text whose size is an attribute, and a stroke of none."""
    seen = svg(tmp_path, "<text font-size='7' font-family='Arial'>ok</text><path d='M0 0L9 9' style='stroke:none'/>")
    assert not seen.outlined
    assert rules(tmp_path / "a.svg") == {}
    glyphs = "<defs><path id='glyph0-1' d='M0 0'/></defs>" + "<use href='#glyph0-1'/>" * 3
    assert svg(tmp_path, glyphs).outlined


def test_a_font_in_the_file_is_seen(tmp_path):
    face = "<style>@font-face{font-family:'My Sans';src:url(data:font/woff2;base64,AAAA)}</style>"
    seen = svg(tmp_path, face + "<text font-family='My Sans' font-size='7'>a</text>")
    assert seen.fonts == {"My Sans": ("named", True)}
    assert seen.blind == ()


def test_one_file_that_cannot_be_read_does_not_hide_the_others(tmp_path, capsys):
    (tmp_path / "bad.pdf").write_bytes(b"hello")
    (tmp_path / "f.eps").write_bytes(b"%!PS")
    files = [str(tmp_path / name) for name in ("bad.pdf", "f.eps", "none.svg", ".")]
    assert main(["figures", "--profile", "nature", "--lint", *files, str(FOREIGN / "fpdf.pdf")]) == 2
    told = capsys.readouterr().out
    assert all(f"{name}: not checked" in told for name in files[:3])
    assert "export it as one of these" in told
    assert "fpdf.pdf: keeps the rules of Nature" in told


def test_a_damaged_file_is_an_error_of_ours_whatever_it_holds(tmp_path):
    rng = np.random.default_rng(20261130)
    for source in (FOREIGN / "reportlab.pdf", FOREIGN / "ghostscript.pdf", FOREIGN / "cairo.svg"):
        whole = source.read_bytes()
        for number in range(60):
            bad = bytearray(whole)
            for place in rng.integers(0, len(bad), 1 + number):
                bad[place] = rng.integers(0, 256)
            if number % 3 == 0:
                bad = bad[: rng.integers(0, len(bad))]
            file = tmp_path / f"{number}{source.suffix}"
            file.write_bytes(bytes(bad))
            try:
                look_at(file)
            except NicheError as error:
                assert file.name in str(error)  # noqa: PT017
