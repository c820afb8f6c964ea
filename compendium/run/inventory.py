"""What there is to depend on: a digest of every file of niche/ and params/, and of each entry of the big tables."""

import json
import platform
from collections.abc import Iterable, Mapping
from contextlib import suppress
from functools import cached_property
from pathlib import Path
from typing import Any

from compendium.run.report import environment
from niche.provenance import GONE, Sources, Tables, digest, digest_bytes, reached_code, reached_text, yaml_digest

CODE = ("niche", "compendium")
_STAMPS = ("depends", "probe", "stamp", "claims", "before")
_NAMED = ("lines", "drugs", "conditions")
TABLES = {
    **{name: f"params/{name}/" for name in (*_NAMED, "coupling", "evidence", "experiments")},
    "claims": "params/claims.yaml",
}


class Inventory:
    """The repository as it stands when this is made: what is edited later, while notebooks run, is not in it.

    Attributes
    ----------
    root
        the repository
    code
        the folder that holds the package (the same, but for tests)
    """

    def __init__(self, root: Path, code: Path) -> None:
        self.root, self.code = root, code
        self._sources, self._entries = Sources(code, now=True), Tables(root / "params")
        self._files = {f"params/{name}": hashed for name, hashed in _under(root / "params")}
        for table in TABLES:
            self._entries.table(table)

    def file(self, path: str) -> str:
        """Digest of a file, by its path from the root; "gone" if there is none."""
        if path.partition("/")[0] == "params":
            return self._files.get(path, GONE)
        there = self.root / path
        return digest_bytes(there.read_bytes())[:16] if there.is_file() else GONE

    def reached(self, notebook: Mapping[str, Any]) -> dict[str, str]:
        """By module, a digest of the definitions that the code cells of a notebook reach; of code that is not plain
        Python, all there are."""
        cells = ["".join(cell["source"]) for cell in notebook["cells"] if cell["cell_type"] == "code"]
        try:
            return reached_text("\n".join(cells), sources=self._sources)
        except SyntaxError:
            return self.all_code()

    def all_code(self) -> dict[str, str]:
        """By module, a digest of all that it defines."""
        return reached_code(*self._sources.names, sources=self._sources)

    def folder(self, path: str) -> str:
        """Digest of the names in a folder, but for hidden ones; "gone" if it is none."""
        there = (self.code if path.partition("/")[0] in CODE else self.root) / path
        if not there.is_dir():
            return GONE
        return digest(sorted(one.name for one in there.iterdir() if one.name[0] not in "._"))

    def entry(self, table: str, name: str) -> str:
        """Digest of an entry of a table; for the name "*", of all names there are."""
        return self._entries.entry(table, name) if table in TABLES else GONE

    @cached_property
    def environment(self) -> dict[str, str]:
        """The lock, and the versions that make the numbers and pictures (of Python without the patch release)."""
        python = ".".join(platform.python_version_tuple()[:2])
        return {**environment(), "python": python, "lock": self.file("requirements.lock")}

    def everything(self) -> list[str]:
        """Every file of params/: for a notebook of which less is not known."""
        return sorted(self._files)


def _under(folder: Path) -> Iterable[tuple[str, str]]:
    for path in sorted(folder.rglob("*")):
        name = path.relative_to(folder)
        if path.is_file() and not any(part[0] == "." for part in name.parts):
            yield name.as_posix(), _content(path)


def _content(path: Path) -> str:
    """What a file says: of YAML without comments, of JSON without the keys that say what it was made of."""
    if path.suffix in (".yaml", ".yml"):
        return yaml_digest(path)
    data = path.read_bytes()
    if path.suffix == ".json":
        with suppress(ValueError, AttributeError):
            return digest({key: value for key, value in json.loads(data).items() if key not in _STAMPS})
    return digest_bytes(data)[:16]
