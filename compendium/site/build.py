"""Build the site: a copy of the pages and notebooks, the pages that are written from the data, and Sphinx over both."""

import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Collection
from importlib.util import find_spec
from pathlib import Path

from compendium.browser import page as ask
from compendium.site import answers as answer_pages
from compendium.site import (
    api,
    ask_stored,
    claim_cards,
    downloads,
    learned,
    model,
    neuro_bone,
    papers,
    references,
    tables,
)
from compendium.site.notebook_page import figure_files, gallery_page, page_of, saved_figures
from compendium.site.slim_films import slim_films
from compendium.site.slim_html import slim_pages
from niche.answering.claim import claim, claim_ids
from niche.answering.claims import answers
from niche.errors import NicheError
from niche.params.records import root

NEEDED = ("sphinx", "myst_nb", "furo")


def build(output: Path | None = None, *, strict: bool = True, say: Callable[[str], None] = print) -> Path:
    """Build the site offline and return its first page.

    Parameters
    ----------
    output
        a folder of its own, made if need be; None is build/site in the repository. Only what a build put there
        before is removed.
    strict
        end with an error on any warning

    Raises
    ------
    NicheError
        outside a repository, without the packages of the extra "site", for a folder that holds something else,
        or with what Sphinx said
    """
    lacking = [name for name in NEEDED if find_spec(name) is None]
    if lacking:
        raise NicheError(f"the site needs {', '.join(lacking)}: pip install 'niche[site]'")
    home = root().parent
    if not (home / "docs" / "conf.py").is_file():
        raise NicheError("the site is built from the repository; this is an installed package without its pages")
    folder = (output or home / "build" / "site").absolute()
    source, html = folder / "source", folder / "html"
    _clear(folder, source, html)
    write_sources(home, source)
    command = [sys.executable, "-m", "sphinx", "-b", "html", "-c", str(home / "docs"), "-d", str(folder / "doctrees")]
    command += ["-q", "-E", *(["-W", "--keep-going"] if strict else []), str(source), str(html)]
    done = subprocess.run(command, cwd=home, capture_output=True, text=True, check=False)
    told = done.stderr.replace(str(source) + "/", "").strip()
    if told:
        say(told)
    if done.returncode:
        raise NicheError(f"the site was not built: see the warnings above (Sphinx ended with {done.returncode})")
    ask.write_scripts(html / "_static")
    figures = home / "figures"
    shown = set(claim_ids())  # the axis stands on the first page, drawn for it
    downloads.copy_figures(
        [one for one in figure_files(figures) if one.parent.name in shown], figures, html / "_static"
    )
    downloads.write_data(html / "_static")
    claims = answers()
    neuro_bone.write_files(html / "_static", claims)
    claim_cards.write_cards(html / "_static", claims)
    _drop_twins(html)
    _drop_maps(html)
    slim_pages(html, slim_films(html / "_static"))
    return html / "index.html"


def write_sources(home: Path, source: Path) -> None:
    """The source of the site in a folder: pages of docs/, notebooks, and what is written from the data."""
    docs = home / "docs"
    shutil.copytree(docs, source, ignore=shutil.ignore_patterns("_static", "_templates", "conf.py", "examples", "_*"))
    (source / "_static").mkdir()
    # Pictures of a page; what belongs to the look is read where it stands.
    for picture in (docs / "_static").glob("*.[sp][vn]g"):
        downloads.copy_picture(picture, source / "_static" / picture.name)
    figures = home / "figures"
    notebooks = source / "notebooks"
    notebooks.mkdir()
    told = answers()
    heads = {f"{one.number:02d}_{one.id}.ipynb": answer_pages.box(one) for one in told}
    for file in sorted((home / "notebooks").glob("*.ipynb")):
        name = file.stem.partition("_")[2]
        box = heads.get(file.name, "")
        page = page_of(file.read_text(encoding="utf-8"), box, saved_figures(figures / name), name)
        (notebooks / file.name).write_text(page, encoding="utf-8")
    files = [file.name for file in notebooks.iterdir()]
    made = {
        **model.pages(),
        **papers.pages(),
        "model/parameters": tables.parameters_page(),
        "evidence": tables.evidence_page(files),
        "claims": tables.claims_page(files, told),
        "api": api.api_page(),
        "names": api.names_page(),
        "gallery": gallery_page(figures, _pages(files)),
        "ask": ask.page("", ask_stored.stored_pictures()),
        "references": references.references_page(),
        learned.PAGE: learned.page(home / "figures", learned.notebook_of(files)),
        "more": _more(docs),
        "_made/axis": "```{raw} html\n" + neuro_bone.axis_section(told, files) + "```\n",
        "_made/field": "```{raw} html\n" + answer_pages.cards(told, files) + "```\n",
        "_made/counts": answer_pages.totals(told) + "\n",
    }
    for name, words in made.items():
        file = source / f"{name}.md"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(words, encoding="utf-8")
    for name, words in references.files().items():
        (source / name).write_text(words, encoding="utf-8")


def _pages(files: Collection[str]) -> list[tuple[str, str, str]]:
    """Id, title and page of each claim whose notebook is there."""
    known = [claim(name) for name in claim_ids()]
    return [
        (
            one.id,
            f"{one.number:02d} {' '.join(one.title.replace('`', chr(39)).split())}",
            f"notebooks/{Path(one.notebook).stem}.html",
        )
        for one in known
        if one.notebook in files
    ]


def _more(docs: Path) -> str:
    """A page that leads to every page of docs/ which no other page names."""
    named = "\n".join(
        file.read_text(encoding="utf-8")
        for file in docs.glob("*.md")
        if "{toctree}" in file.read_text(encoding="utf-8")
    )
    rest = [file.stem for file in sorted(docs.glob("*.md")) if file.stem != "index" and f"\n{file.stem}\n" not in named]
    return "# More pages\n\n```{toctree}\n:maxdepth: 1\n\n" + "\n".join(rest) + "\n```\n"


def _drop_twins(html: Path) -> None:
    """Pictures of pages that Sphinx has twice, as a page's and as one that lies ready, are kept as the page's."""
    for twin in (html / "_images").glob("*"):
        (html / "_static" / twin.name).unlink(missing_ok=True)


def _drop_maps(html: Path) -> None:
    """Maps of the theme's sources, which only its makers open, and the lines that point to them."""
    for found in (html / "_static").rglob("*.map"):
        named = found.with_suffix("")
        words = named.read_text(encoding="utf-8")
        named.write_text(re.sub(r"\s*(?:/\*# sourceMappingURL=[^*]*\*/|//# sourceMappingURL=\S+)", "", words), "utf-8")
        found.unlink()


def _clear(folder: Path, *ours: Path) -> None:
    """Remove an earlier build, and nothing else."""
    mark = folder / ".niche-site"
    if folder.exists() and any(folder.iterdir()) and not mark.is_file():
        raise NicheError(f"{folder} holds something that is not a site built before; name another folder")
    folder.mkdir(parents=True, exist_ok=True)
    mark.write_text("made by niche site; may be removed\n", encoding="utf-8")
    for one in (*ours, folder / "doctrees"):
        shutil.rmtree(one, ignore_errors=True)
