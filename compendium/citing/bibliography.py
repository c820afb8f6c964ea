"""What a claim used, as BibTeX, RIS or CSL-JSON.

Measurements are those of the papers that speak to its statements; sources of numbers those of every layer of params/
that these are simulated with; models and methods are named where the code that is used has them, in its docstrings.
"""

import ast
import json
from collections.abc import Collection, Iterator, Mapping, Sequence
from functools import lru_cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

import niche
from compendium.citing.bibtex import write_bibtex
from compendium.citing.csl import write_csl
from compendium.citing.entry import BibEntry
from compendium.citing.found import of_doi, of_row, references
from compendium.citing.library import libraries, works
from compendium.citing.records import Library
from compendium.citing.ris import write_ris
from niche.analysis.published import VERIFICATION, published_rows
from niche.answering.claim import Claim, claim, claim_ids
from niche.atoms.build import atoms
from niche.atoms.records import Atom
from niche.errors import unknown
from niche.evidence.papers import read_papers
from niche.evidence.plans import plans
from niche.evidence.rows import evidence
from niche.inference.joint import layers_seen
from niche.kinetics.table import read_drugs
from niche.params.layers import read_registry
from niche.params.records import Parameter, read_yaml, root

# The solver, the calibration behind every posterior, and the scores of its convergence.
_METHODS = ("solver/integrator", "solver/reverse", "inference/sampler", "inference/diagnostics", "inference/scores")
PARTS = {
    "evidence": "measurements: the papers to cite for a measured number",
    "numbers": "sources of the numbers that went in",
    "models": "models and methods",
    "software": "software",
}


FORMATS = ("bibtex", "ris", "csl-json")


def cite(names: Sequence[str] = (), form: str = "bibtex") -> str:
    """What these claims used (all, if none is named), each work once, in the order of their keys.

    A work of which only a DOI, a PMID or a page is recorded has that alone: nobody's name or title is made up, and
    the note says what is not recorded.

    Parameters
    ----------
    form
        bibtex, ris or csl-json

    Raises
    ------
    NicheError
        for an unknown claim or form, with the nearest name
    """
    if form not in FORMATS:
        raise unknown("format", form, FORMATS)
    parts = entries(names)
    if form != "bibtex":
        every = [one for found in parts.values() for one in found]
        return write_ris(every) if form == "ris" else write_csl(every)
    chosen = list(dict.fromkeys(claim(one).id for one in names or claim_ids()))
    texts = [f"% What niche used for: {', '.join(chosen)}"]
    for part, found in parts.items():
        if found:
            texts += [f"% {PARTS[part]}", *map(write_bibtex, found)]
    return "\n\n".join(texts) + "\n"


def entries(names: Sequence[str] = ()) -> dict[str, tuple[BibEntry, ...]]:
    """The works that these claims used (all, if none is named), by part: evidence, numbers, models, software.

    Each work stands once, where it is first met; within a part they are in the order of their keys.
    """
    return dict(_entries(tuple(dict.fromkeys(claim(one).id for one in names or claim_ids()))))


@lru_cache(maxsize=8)  # every source file is read for the works that it names
def _entries(names: tuple[str, ...]) -> Mapping[str, tuple[BibEntry, ...]]:
    chosen = tuple(map(claim, names))
    parts: dict[str, dict[str, BibEntry]] = {name: {} for name in PARTS}
    for part, entry in [pair for one in chosen for pair in _used(one)] + [("software", _niche())]:
        place = next((found for found in parts.values() if entry.key in found), parts[part])
        place[entry.key] = place[entry.key].joined(entry) if entry.key in place else entry
    return {part: tuple(found[key] for key in sorted(found)) for part, found in parts.items()}


def _used(about: Claim) -> Iterator[tuple[str, BibEntry]]:
    for row in _published(about):
        found = evidence(row)
        note = (f"The DOI of row {row} is from memory.",) if "doi from memory" in found.notes else ()
        for entry in of_row(found.doi, found.source_url, row):
            yield "evidence", entry.cited(" ".join((*entry.notes, *note)), entry.rows)
    papers = [
        key for key, paper in read_papers().items() if any(int(p[:2]) == about.number for p in paper.propositions)
    ]
    for key in papers:
        yield "evidence", works().by_paper[key].cited(f"Read in params/papers/{key}.yaml.")
    for number in _numbers(_layers(about, [atom for atom in atoms() if atom.paper in papers])):
        text = f"{number.source} {number.note}"
        yield from (("numbers", entry) for entry in references(text, f"Source of numbers in params/{number.file}."))
    package = Path(niche.__file__).parent
    code = [*sorted((package / "model").glob("*.py")), *(package / f"{name}.py" for name in _METHODS)]
    modules = _imported(about)
    for file in dict.fromkeys((*code, *filter(None, map(_file, modules)))):
        where = file.relative_to(package.parent).with_suffix("").as_posix().replace("/", ".")
        text = " ".join(file.read_text(encoding="utf-8").replace("#", " ").split())
        yield from (("models", entry) for entry in references(text, f"Named in {where}."))
    for name, library in libraries().libraries.items():
        if not library.modules or set(library.modules) & modules:
            yield "software", _library(name, library)


def _published(about: Claim) -> tuple[str, ...]:
    """Rows of a published model that a verification of the code is held against."""
    return published_rows() if about.id == VERIFICATION else ()


def _layers(about: Claim, asked: Sequence[Atom]) -> set[str]:
    """The model, and the species, lines, drugs and conditions that measurements of a claim are simulated with."""
    rows = [plans()[name] for name in (*_published(about), *(atom.name for atom in asked)) if name in plans()]
    return layers_seen([atom for atom in asked if atom.experiment is not None]).union(*(one.layers for one in rows))


def _numbers(layers: Collection[str]) -> Iterator[Parameter]:
    """Every number of these layers."""
    yield from (entry for entry in read_registry().entries(note=False).values() if entry.layer in layers)
    table = read_drugs()
    for name in sorted(set(layers) & set(table)):
        yield from getattr(table[name], "parameters", list)()


def _imported(one: Claim) -> set[str]:
    """The modules of niche that a claim's notebook imports by name; none if there are no notebooks here."""
    path = root().parent / "notebooks" / one.notebook
    if not path.is_file():
        return set()
    found = set[str]()
    for cell in json.loads(path.read_text(encoding="utf-8"))["cells"]:
        if cell["cell_type"] == "code":
            for node in ast.walk(ast.parse("".join(cell["source"]))):
                if isinstance(node, ast.ImportFrom) and (node.module or "").partition(".")[0] in (
                    "niche",
                    "compendium",
                ):
                    found |= {str(node.module), *(f"{node.module}.{alias.name}" for alias in node.names)}
    return found


def _file(module: str) -> Path | None:
    """The file of a module, without importing it; None for a name that is no module, or a whole package."""
    path = Path(__file__).parents[2].joinpath(*module.split(".")).with_suffix(".py")
    return path if path.is_file() else None


def _library(name: str, about: Library) -> BibEntry:
    try:
        here = f", version {version(name)}"
    except PackageNotFoundError:
        here = ""
    note = f"{name}{here}: {about.does}."
    if about.doi:
        return of_doi(about.doi, note=note)
    return BibEntry(f"software:{name}", "software", {"title": name, "url": about.url}, (note,))


def _niche() -> BibEntry:
    """This compendium, as CITATION.cff has it; in an installed package without it, by name and version."""

    path = root().parent / "CITATION.cff"
    if not path.is_file():
        return BibEntry("niche", "software", {"title": "niche", "version": niche.__version__})
    about = read_yaml(path)
    authors = " and ".join(_author(one) for one in about["authors"])
    fields = {
        "author": authors,
        "title": about["title"],
        "year": str(about["date-released"])[:4],
        "version": str(about["version"]),
        "doi": str(about.get("doi", "")),
        "url": str(about.get("url", "")),
    }
    return BibEntry("niche", "software", fields, ("Research compendium.",))


def _author(one: dict[str, Any]) -> str:
    if "name" in one:
        return f"{{{one['name']}}}"
    return f"{one.get('family-names', '')}, {one.get('given-names', '')}".strip(", ")
