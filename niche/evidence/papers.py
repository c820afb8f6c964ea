"""The papers of params/papers, read and checked against one another."""

from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path

from niche.errors import NicheError, unknown
from niche.evidence.paper_records import Paper
from niche.params.records import root
from niche.params.schema import parse
from niche.params.yaml_files import read_yaml


@lru_cache(maxsize=4)
def read_papers(folder: Path | None = None) -> Mapping[str, Paper]:
    """Every paper by its key, the name of its file.

    Raises
    ------
    NicheError
        with file and key for what is wrong, a DOI or a measurement that stands in two papers
    """
    base = folder or root() / "papers"
    found: dict[str, Paper] = {}
    dois: dict[str, str] = {}
    ids: dict[str, str] = {}
    for file in sorted(base.glob("*.yaml")):
        where = f"papers/{file.name}"
        paper = parse(Paper, read_yaml(file), where)
        if paper.doi and (first := dois.setdefault(paper.doi.lower(), file.stem)) != file.stem:
            raise NicheError(f"{where}: the DOI {paper.doi} stands in papers/{first}.yaml already")
        for one in paper.measurements:
            if (first := ids.setdefault(one.id, file.stem)) != file.stem:
                raise NicheError(f"{where}: measurement {one.id} stands in papers/{first}.yaml already")
        found[file.stem] = paper
    for key, paper in found.items():
        if paper.same_animals and paper.same_animals not in found:
            raise NicheError(f"papers/{key}.yaml: same_animals: {unknown('paper', paper.same_animals, found)}")
    return found
