"""A stored notebook as a page: code folded, figures with number, caption and files, sliders said to be sliders."""

import json
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from compendium.site.claim_cards import FOLDER as CARDS
from compendium.site.claim_cards import NAME as CARD
from compendium.site.html import escaped

_WIDGET = "application/vnd.jupyter.widget-view+json"
_SVG = "image/svg+xml"
_SAVED = re.compile(r"figures\.save\(\s*[\w.]+,\s*[\w.]+,\s*\"([\w.-]+)\"")
_ANSWERS = re.compile(r"\n*<!-- answers -->.*?<!-- /answers -->\n*", re.DOTALL)
_DOCS = re.compile(r"\]\(\.\./docs/")  # of a notebook in the repository; on the site its pages lie one folder higher
FOLDED = "hide-input"  # what myst-nb folds
_ABOVE = f'<p>The card stands <a href="#figure-{CARD}">at the top of this page</a>, drawn for one column.</p>'


def page_of(notebook: str, box: str = "", saved: Mapping[str, Any] | None = None, claim: str = "") -> str:
    """A notebook (JSON) as its page shows it.

    Parameters
    ----------
    box
        what stands below the title, Markdown: it takes the place of the answers that the notebook itself lists, and
        where it shows the claim's card, the card that the notebook saves is not shown again
    saved
        the figures of its claim by name, as figures/<claim>/manifest.json has them: each takes the place of the
        picture in the cell that saved it
    claim
        whose they are
    """
    content = json.loads(notebook)
    title, line, rest = "".join(content["cells"][0]["source"]).partition("\n")
    if box:
        rest = f"\n{box}{_ANSWERS.sub(chr(10) * 2, rest)}"
    content["cells"][0]["source"] = f"{title}{line}{rest}"
    above = f'id="figure-{CARD}"' in box
    number = 0
    for cell in content["cells"]:
        if cell["cell_type"] != "code":
            cell["source"] = _DOCS.sub("](../", "".join(cell["source"]))
            continue
        tags = cell["metadata"].setdefault("tags", [])
        if FOLDED not in tags:
            tags.append(FOLDED)
        for output in cell.get("outputs", []):
            if "text/html" in output.get("data", {}):  # a head without words is none
                output["data"]["text/html"] = "".join(output["data"]["text/html"]).replace("<th></th>", "<td></td>")
        names = [name for name in _SAVED.findall("".join(cell["source"])) if name in (saved or {})]
        pictures = [one for one in cell.get("outputs", []) if _SVG in one.get("data", {})]
        for output in cell.get("outputs", []):
            if _WIDGET in output.get("data", {}):
                output["data"] = {"text/markdown": "*Here are the sliders, when the notebook is open in JupyterLab.*"}
        if len(names) == len(pictures):
            for name, output in zip(names, pictures, strict=True):
                if above and name == CARD:
                    output["data"] = {"text/html": _ABOVE}
                    continue
                number += 1
                output["data"] = {"text/html": _figure(claim, name, (saved or {})[name], number)}
    return json.dumps(content)


def saved_figures(folder: Path) -> dict[str, Any]:
    """The entries of a claim's manifest by name of the figure; none where nothing was saved."""
    file = folder / "manifest.json"
    return dict(json.loads(file.read_text(encoding="utf-8"))["figures"]) if file.is_file() else {}


def figure_files(figures: Path) -> list[Path]:
    """Every saved figure as SVG, and its table, below figures/; not the cards, which the site draws itself."""
    return sorted(
        file
        for folder in figures.iterdir()
        if folder.is_dir()
        for name in saved_figures(folder)
        if name != CARD
        for file in (folder / f"{name}.svg", folder / f"{name}.csv")
        if file.is_file()
    )


def gallery_page(figures: Path, claims: Sequence[tuple[str, str, str]]) -> str:
    """Every figure of every claim, each leading to its page.

    Parameters
    ----------
    claims
        id, title and page of each that has one
    """
    parts = [
        "# All figures",
        "Each leads to the notebook that made it. Below each figure of a notebook stand the drawing and the numbers it "
        "was drawn from. For a journal's width and type: [a figure for your journal](howto/figures.md).",
    ]
    for claim, title, page in claims:
        found = saved_figures(figures / claim)
        if not found:
            continue
        items = "".join(
            f'<a class="thumb" href="{escaped(page)}"><img loading="lazy" alt="{escaped(one["alt"])}" '
            f'src="_static/{_picture(claim, name)}"><span>{escaped(_first(one["caption"]))}</span></a>'
            for name, one in found.items()
        )
        parts += [f"## {title}", '```{raw} html\n<div class="gallery">' + items + "</div>\n```"]
    return "\n\n".join(parts) + "\n"


def _figure(claim: str, name: str, entry: Mapping[str, Any], number: int) -> str:
    base = f"../_static/figures/{escaped(claim)}/{escaped(name)}"
    return (
        f'<figure class="numbered" id="{_place(name)}"><img alt="{escaped(entry["alt"])}" src="{base}.svg">'
        f"<figcaption><b>Figure {number}.</b> {escaped(entry['caption'])} "
        f'<span class="files">Download: <a href="{base}.svg" download>figure</a>, '
        f'<a href="{base}.csv" download>its numbers</a></span></figcaption></figure>'
    )


def _picture(claim: str, name: str) -> str:
    """Where a figure lies below _static."""
    place = f"{CARDS}/{claim}" if name == CARD else f"figures/{claim}/{name}"
    return f"{escaped(place)}.svg"


def _place(name: str) -> str:
    return f"figure-{escaped(name)}"


def _first(caption: str) -> str:
    """The first sentence of a caption."""
    return re.split(r"(?<=[.;])\s", caption, maxsplit=1)[0].rstrip(";")
