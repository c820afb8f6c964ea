"""The neuro-bone axis on the first page: a drawing whose lines lead to what is answered, and the same as a list."""

from collections.abc import Collection, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from compendium.figures.neuro_bone import dashes
from compendium.figures.neuro_bone_layout import THIN, Piece, Way, line_width, way
from compendium.figures.neuro_bone_table import (
    SENSES,
    UNASKED,
    WORDS,
    Line,
    axis_table,
    ordered_words,
    read_drawing,
)
from compendium.site.answers import chips
from compendium.site.html import escaped, link
from compendium.site.model import where_used
from compendium.site.paper_words import short_name
from niche.answering.records import ClaimAnswer, PropositionAnswer
from niche.evidence.papers import read_papers
from niche.propositions.reading import read_propositions

if TYPE_CHECKING:
    import pandas as pd

_HINT = "Point at a line, or choose it, to read what is answered."
_TYPE = 2.8  # mm, as in niche.css
_FILES = (("PDF", "neuro-bone-axis.pdf"), ("SVG", "neuro-bone-axis.svg"), ("the numbers as CSV", "neuro-bone-axis.csv"))


def axis_section(told: Sequence[ClaimAnswer], notebooks: Collection[str]) -> str:
    """The drawing, its key, a place for what a line says, and every line as a list (HTML)."""
    data = axis_table(told)
    drawings = "".join(_svg(name, data) for name in read_drawing().panels)
    files = " · ".join(f'<a href="_static/{file}" download>{escaped(label)}</a>' for label, file in _FILES)
    by = (
        "what the papers say"
        if set(data["word"]).isdisjoint(WORDS)
        else "whether the mechanism helps to predict papers left out"
    )
    return (
        f'<figure class="axis"><div class="axis-panels">{drawings}<div class="axis-about"><p>Who acts on whom. '
        f"Each coloured line is a statement of the literature; its colour is {by}. A line leads to its claim, papers "
        f'and equations; every claim with its answers stands <a href="#the-field-today">below</a>. {files}</p>'
        f"{_key(data)}</div>"
        f'<div class="axis-told" aria-live="polite"><p class="hint">{_HINT}</p></div></div></figure>\n'
        f'<details class="axis-list"><summary>The same as a list</summary><ul>{_list(told, notebooks)}</ul></details>\n'
    )


def write_files(folder: Path, told: Sequence[ClaimAnswer]) -> None:
    """The drawing for print as SVG and PDF, and its table, into a folder."""
    from compendium.figures.house_style import laid_out
    from compendium.figures.neuro_bone import neuro_bone
    from compendium.figures.saving import as_csv
    from compendium.site.downloads import copy_picture

    figure, data = neuro_bone(told=told)
    (folder / _FILES[2][1]).write_bytes(as_csv(data))
    with laid_out(figure):
        for _, file in _FILES[:2]:
            figure.savefig(folder / file, metadata={"Date": None} if file.endswith("svg") else {"CreationDate": None})
    copy_picture(folder / _FILES[1][1], folder / _FILES[1][1])


def tone(word: str) -> str:
    """The class that colours a line of this word."""
    return "t-" + (word.replace(" ", "-") or "plain")


def _svg(name: str, data: "pd.DataFrame") -> str:
    panel = read_drawing().panels[name]
    rows = {(row["source"], row["target"], row["statement"]): row for _, row in data.iterrows() if row["panel"] == name}
    lines = sorted((line for line in panel.lines if _key_of(line) in rows), key=lambda line: bool(line.statement))
    drawn = "".join(_line(name, line, rows[_key_of(line)]) for line in lines)
    boxes = "".join(
        f'<g class="box {escaped(box.kind)}"><rect x="{box.at[0] - box.size[0] / 2:.2f}" '
        f'y="{box.at[1] - box.size[1] / 2:.2f}" width="{box.size[0]:g}" height="{box.size[1]:g}" rx="1.2"/>'
        f"{_words(box.words, *box.at)}</g>"
        for box in panel.boxes.values()
    )
    about = f"{panel.about}: {len(panel.boxes)} boxes and {len(lines)} lines; the list below says the same"
    shown = f'viewBox="0 0 {panel.size[0]:g} {panel.size[1]:g}" role="group" aria-label="{escaped(about)}"'
    return f'<svg class="axis-panel {escaped(name)}" {shown}>{drawn}{boxes}</svg>'


def _key_of(line: Line) -> tuple[str, str, str]:
    return line.source, line.target, line.statement


def _words(text: str, x: float, y: float) -> str:
    lines = text.split("\n")
    top = y - (len(lines) - 1) * 0.55 * _TYPE + 0.36 * _TYPE
    return "".join(
        f'<text x="{x:g}" y="{top + i * 1.1 * _TYPE:.2f}">{escaped(one)}</text>' for i, one in enumerate(lines)
    )


def _line(panel: str, line: Line, row: "Mapping[str, object]") -> str:
    width = line_width(float(str(row["effect"]))) if line.statement else THIN
    found = way(read_drawing().panels[panel], line, width)
    pattern = dashes(str(row["direct"]), bool(line.statement))
    broken = f' stroke-dasharray="{" ".join(f"{one:g}" for one in pattern)}"' if pattern else ""
    d = _path(found.pieces)
    inside = f'<path class="way" d="{d}" stroke-width="{width:.2f}"{broken}/>{_head(found, width)}'
    verb = SENSES[line.sense]
    if not line.statement:
        title = f"{line.source}: {line.target}. {UNASKED.capitalize()}: {line.because}."
        return f'<g class="coupling t-plain"><title>{escaped(title)}</title>{inside}</g>'
    title = f"{line.source}, {line.target} ({verb}): {row['says']} {row['word']}"
    return (
        f'<a class="coupling {tone(str(row["word"]))}" href="#coupling-{escaped(line.statement)}" '
        f'aria-label="{escaped(title)}"><path class="hit" d="{d}"/>{inside}</a>'
    )


def _path(pieces: Sequence[Piece]) -> str:
    return "".join(name + " ".join(f"{x:.2f} {y:.2f}" for x, y in points) for name, points in pieces)


def _head(found: Way, width: float) -> str:
    if found.ring:
        (x, y), radius = found.ring
        return f'<circle class="ring" cx="{x:.2f}" cy="{y:.2f}" r="{radius:.2f}" stroke-width="{width:.2f}"/>'
    return f'<path class="end" d="M{"L".join(f"{x:.2f} {y:.2f}" for x, y in found.head)}Z"/>'


def _key(data: "pd.DataFrame") -> str:
    """What colours, ends and strokes mean."""
    asserted = data[data["statement"] != ""]
    keys = [
        f'<span class="{tone(word)}"><svg viewBox="0 0 12 4" aria-hidden="true"><path class="way" d="M0 2H12" '
        f'stroke-width="1"/></svg> {escaped(word)}</span>'
        for word in ordered_words(data["word"])
    ]
    strokes = [("1.3 0.7", "no paper tests it directly")] if (asserted["direct"] == "no").any() else []
    strokes.append(("0.3 0.75", UNASKED))
    keys += [
        f'<span class="t-plain"><svg viewBox="0 0 12 4" aria-hidden="true"><path class="way" d="M0 2H12" '
        f'stroke-width=".5" stroke-dasharray="{dash}"/></svg> {escaped(said)}</span>'
        for dash, said in strokes
    ]
    ends = {
        "raises": '<path class="end" d="M12 2 8.5 .2V3.8Z"/>',
        "lowers": '<path class="end" d="M11.2 0H12V4H11.2Z"/>',
        "changes": '<path class="end" d="M12 2 10 .5 8 2 10 3.5Z"/>',
        "spares": '<circle class="ring" cx="10.3" cy="2" r="1.5" stroke-width=".5"/>',
    }
    there = set(data["sense"])
    keys += [
        f'<span class="t-plain"><svg viewBox="0 0 12 4" aria-hidden="true"><path class="way" d="M0 2H8.6" '
        f'stroke-width=".5"/>{end}</svg> {escaped(SENSES[sense])}</span>'
        for sense, end in ends.items()
        if sense in there
    ]
    wide = " A thicker line is a larger effect." if asserted["effect"].notna().any() else ""
    return f'<p class="axis-key">{"".join(keys)}{wide}</p>'


def _list(told: Sequence[ClaimAnswer], notebooks: Collection[str]) -> str:
    by = {one.id: (claim, one) for claim in told for one in claim.propositions}
    used = where_used()
    found = []
    drawing = read_drawing()
    for panel in drawing.panels.values():
        for line in panel.lines:
            if line.statement not in by:
                continue
            items = [_answer(*by[name], notebooks, used) for name in (line.statement, *line.also) if name in by]
            ends = f"{panel.boxes[line.source].words} → {panel.boxes[line.target].words} ({SENSES[line.sense]})"
            said = f'<p class="axis-ends">{escaped(" ".join(ends.split()))}</p>' + "".join(items)
            found.append(f'<li id="coupling-{escaped(line.statement)}">{said}</li>')
    for name, why in drawing.not_drawn.items():
        if name in by:
            said = f'<p class="axis-ends">not drawn: {escaped(why)}</p>' + _answer(*by[name], notebooks, used)
            found.append(f'<li id="coupling-{escaped(name)}">{said}</li>')
    return "".join(found)


def _answer(
    claim: ClaimAnswer,
    one: PropositionAnswer,
    notebooks: Collection[str],
    used: Mapping[str, tuple[str, str]],
) -> str:
    """One statement: its sentence and words, and where claim, papers and equations stand."""
    file = f"{claim.number:02d}_{claim.id}.ipynb"
    title = f"{claim.number:02d} {claim.title}"
    page = link(f"notebooks/{Path(file).stem}.html", title) if file in notebooks else escaped(title)
    papers = ", ".join(_paper(key) for key in dict.fromkeys(key for vote in one.evidence.votes for key in vote.papers))
    gains = read_propositions()[one.id].gains
    places = ", ".join(link(*place) for place in dict.fromkeys(used[gain] for gain in gains if gain in used))
    parts = [f"Claim: {page}"]
    parts += [f"Papers: {papers}"] if papers else []
    parts += [f"Equations: {places}"] if places else []
    return f"<p>{chips(one)}{escaped(one.sentence)}</p>" + "".join(f"<p><small>{part}</small></p>" for part in parts)


def _paper(key: str) -> str:
    return link(f"papers/{key}.html", short_name(read_papers()[key]))
