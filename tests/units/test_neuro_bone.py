"""The neuro-bone axis: every statement has its line, none runs through a box, and colours are those of answers."""

import itertools
import json
import math

import msgspec
import numpy as np
import pytest
from made_answers import fitted

from compendium.figures import neuro_bone_layout as layout
from compendium.figures import neuro_bone_saved as saved
from compendium.figures.fit_to_print import problems
from compendium.figures.neuro_bone import TONES, neuro_bone
from compendium.figures.neuro_bone_table import FILE, PAPERS, WORDS, axis_table, read_drawing, read_port
from compendium.figures.saving import as_csv
from niche.answering.claims import answers
from niche.errors import NicheError
from niche.params.records import root
from niche.propositions.reading import read_propositions

PANELS = read_drawing().panels


def all_lines():
    return [(name, panel, line) for name, panel in PANELS.items() for line in panel.lines]


def test_every_statement_is_a_line_or_says_why_not():
    there = [name for _, _, line in all_lines() for name in (line.statement, *line.also) if name]
    there += read_drawing().not_drawn
    assert sorted(there) == sorted(read_propositions())  # each once


def test_no_two_lines_of_one_sense_join_the_same_boxes_unless_they_lie_apart():
    ports = [(name, line.source, line.leaves, line.target, line.reaches) for name, _, line in all_lines()]
    assert len(set(ports)) == len(ports)


def test_no_line_runs_through_a_box():
    through = {(line.source, line.target): layout.crossed(panel, line) for _, panel, line in all_lines()}
    assert {ends: boxes for ends, boxes in through.items() if boxes} == {}


def test_a_line_through_a_box_is_found():
    panel = PANELS["axis"]
    line = next(one for one in panel.lines if one.statement == "12b")
    over = msgspec.structs.replace(line, target="cells that settle", reaches="right 0.5", leaves="left 0.5")
    wide = msgspec.structs.replace(
        line, target="bone", reaches="left 0.1", leaves="bottom 0.1", via=((36, 77), (20, 77))
    )
    assert layout.crossed(panel, wide)
    assert "osteoblasts" not in layout.crossed(panel, over)


def test_boxes_stand_apart_and_on_the_page():
    for panel in PANELS.values():
        for box in panel.boxes.values():
            for at, size, full in zip(box.at, box.size, panel.size, strict=True):
                assert at - size / 2 >= 0
                assert at + size / 2 <= full
        for one, two in itertools.combinations(panel.boxes.values(), 2):
            gaps = [abs(a - b) - (p + q) / 2 for a, b, p, q in zip(one.at, two.at, one.size, two.size, strict=True)]
            assert max(gaps) > 0.4, (one.words, two.words)


def test_words_fit_their_boxes():
    from compendium.figures.page import text_width

    for panel in PANELS.values():
        for box in panel.boxes.values():
            assert max(text_width(line, 7) for line in box.words.split("\n")) < box.size[0], box.words


def test_a_line_is_as_wide_as_the_logarithm_of_its_effect():
    assert layout.line_width(1.0) == layout.THIN
    assert layout.line_width(10.0) == pytest.approx(layout.THICK)
    assert layout.line_width(1000.0) == pytest.approx(layout.THICK)
    assert layout.line_width(2.0) == pytest.approx(layout.line_width(0.5))
    middle = layout.line_width(math.sqrt(10))
    assert middle == pytest.approx((layout.THIN + layout.THICK) / 2)
    assert layout.line_width(math.nan) == layout.PLAIN


def test_a_curve_is_that_of_bernstein():
    """de Casteljau against the sum of Bernstein polynomials."""
    points = np.array([(0.0, 1.0), (2.0, 5.0), (3.0, -1.0), (7.0, 2.0)])
    for t in (0.0, 0.3, 0.8, 1.0):
        weights = [math.comb(3, k) * t**k * (1 - t) ** (3 - k) for k in range(4)]
        assert layout._bezier([tuple(p) for p in points], t) == pytest.approx(tuple(weights @ points))


def test_without_a_fit_a_line_says_what_the_papers_say():
    told = [
        msgspec.structs.replace(
            claim,
            propositions=tuple(
                msgspec.structs.replace(
                    one, mechanism=msgspec.structs.replace(one.mechanism, word="not yet computed"), model=one.model
                )
                for one in claim.propositions
            ),
        )
        for claim in answers()
    ]
    data = axis_table(told)
    asserted = data[data["statement"] != ""]
    assert set(asserted["word"]) <= set(PAPERS)
    by = {one.id: one for claim in told for one in claim.propositions}
    for _, row in asserted.iterrows():
        said = by[row["statement"]].evidence
        assert (row["word"] == "papers disagree") == (said.word == "conflicting")
        assert row["papers"] == said.stands.all


def test_with_a_fit_a_line_has_the_word_of_its_mechanism_and_the_width_of_its_head():
    made = fitted()
    told = [
        msgspec.structs.replace(
            claim,
            propositions=tuple(
                msgspec.structs.replace(one, mechanism=made.mechanism, model=made.model) if one.id == "05a" else one
                for one in claim.propositions
            ),
        )
        for claim in answers()
    ]
    row = axis_table(told).set_index("statement").loc["05a"]
    assert row["word"] in PAPERS  # while most mechanisms have no word
    assert row["effect"] == pytest.approx(math.exp(made.mechanism.effect.median), rel=1e-4)
    told = [
        msgspec.structs.replace(
            claim,
            propositions=tuple(
                msgspec.structs.replace(one, mechanism=made.mechanism, model=made.model) for one in claim.propositions
            ),
        )
        for claim in told
    ]
    assert axis_table(told).set_index("statement").loc["05a"]["word"] == made.mechanism.word == "supported"
    others = axis_table(told)
    assert set(others[others["statement"] != ""]["word"]) <= set(WORDS)


@pytest.mark.parametrize("width", ["single", "double"])
def test_it_is_fit_to_print_in_one_column_and_in_two(width):
    figure, data = neuro_bone(width)
    assert problems(figure) == []
    assert figure.get_size_inches()[1] * 25.4 < 225
    key = {text.get_text() for legend in figure.legends for text in legend.get_texts()}
    assert set(data["word"]) - {""} <= key


def test_every_word_has_a_colour():
    assert {*WORDS, *PAPERS, ""} == set(TONES)


def test_the_committed_figure_is_of_today():
    folder = root().parent / "figures" / saved.FOLDER
    command = "python -m compendium.figures.neuro_bone_saved"
    assert (folder / f"{saved.NAME}.csv").read_bytes() == as_csv(axis_table()), f"the answers moved: {command}"
    entry = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))["figures"][saved.NAME]
    words = set(axis_table()["word"])
    assert entry["caption"] == saved.caption([word for word in TONES if word in words])


@pytest.mark.parametrize("port", ["lift 0.5", "left", "left two", "left 1.5", "left nan"])
def test_a_port_that_is_none_is_refused(port):
    with pytest.raises(NicheError, match="somewhere"):
        read_port(port, "somewhere")


def test_a_line_to_a_box_that_is_not_there_is_refused(tmp_path):
    file = tmp_path / "neuro_bone.yaml"
    content = FILE.read_text(encoding="utf-8")
    file.write_text(content.replace("to: PTHrP,", "to: PTHrp,"), encoding="utf-8")
    with pytest.raises(NicheError, match="did you mean 'PTHrP'"):
        read_drawing(file)
    file.write_text(content.replace("lowers: true, statement: 12a", "lowers: true, raises: true, statement: 12a"))
    with pytest.raises(NicheError, match="one of raises"):
        read_drawing(file)
