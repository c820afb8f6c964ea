"""What there is to depend on: a digest of every file of niche/ and params/, and of each entry of the big tables."""

import csv
import hashlib
import json
import platform
from collections.abc import Iterable, Mapping
from functools import cached_property
from pathlib import Path
from typing import Any

from compendium.run.report import environment
from niche.errors import NicheError
from niche.lookups import ANY
from niche.params.records import read_yaml

CODE, GONE = ("niche", "compendium"), "gone"
_NAMED = ("lines", "drugs", "conditions")
TABLES = {
    **{name: f"params/{name}/" for name in (*_NAMED, "coupling", "evidence", "experiments")},
    "claims": "params/",  # claims.yaml and expected_rows.yaml
}


def digest(content: Any) -> str:
    """Of bytes, the same for either end of line; of anything else, of its JSON."""
    if not isinstance(content, bytes):
        content = json.dumps(content, sort_keys=True, ensure_ascii=False, default=str).encode()
    return hashlib.sha256(content.replace(b"\r\n", b"\n")).hexdigest()[:16]


class Inventory:
    """The repository as it stands when this is made: what is edited later, while notebooks run, is not in it.

    root : the repository; code : the folder that holds the package (the same, but for tests)
    """

    def __init__(self, root: Path, code: Path) -> None:
        self.root, self.code = root, code
        self._files = {
            **{f"{package}/{name}": d for package in CODE for name, d in _under(code / package, "*.py")},
            **{f"params/{name}": d for name, d in _under(root / "params", "*")},
        }
        self._tables = {table: self._table(table) for table in TABLES}

    def file(self, path: str) -> str:
        """Digest of a file, by its path from the root; "gone" if there is none."""
        if path.partition("/")[0] in (*CODE, "params"):
            return self._files.get(path, GONE)
        there = self.root / path
        return digest(there.read_bytes()) if there.is_file() else GONE

    def folder(self, path: str) -> str:
        """Digest of the names in a folder, but for hidden ones; "gone" if it is none."""
        there = (self.code if path.partition("/")[0] in CODE else self.root) / path
        if not there.is_dir():
            return GONE
        return digest(sorted(one.name for one in there.iterdir() if one.name[0] not in "._"))

    def entry(self, table: str, name: str) -> str:
        """Digest of an entry of a table; for the name "*", of all names there are."""
        return self._tables.get(table, {}).get(name, GONE)

    @cached_property
    def environment(self) -> dict[str, str]:
        """The lock, and the versions that make the numbers and pictures (of Python without the patch release)."""
        python = ".".join(platform.python_version_tuple()[:2])
        return {**environment(), "python": python, "lock": self.file("requirements.lock")}

    def everything(self) -> list[str]:
        """Every file of the package and of params/: for a notebook of which less is not known."""
        return sorted(self._files)

    def _table(self, table: str) -> dict[str, str]:
        try:
            if table == "claims":
                raw = self._claims()
            elif table == "evidence":
                raw = self._evidence()
            else:
                found = sorted((self.root / "params" / table).glob("*.yaml"))
                files = {file.stem: read_yaml(file) for file in found}  # not `read_folder`, which remembers
                raw = _planned(files) if table == "experiments" else _layers(files, table)
        except (AttributeError, TypeError, KeyError, UnicodeDecodeError, csv.Error) as error:
            raise NicheError(f"params: {table} are not what they should be ({error})") from None
        names = {name: sorted((one.get("parameters") or {}) if table in _NAMED else ()) for name, one in raw.items()}
        return {ANY: digest(names), **{name: digest(one) for name, one in raw.items()}}

    def _claims(self) -> dict[str, dict[str, Any]]:
        registry, beside = (self.root / "params" / name for name in ("claims.yaml", "expected_rows.yaml"))
        found = read_yaml(registry)["claims"] if registry.is_file() else {}
        parts = read_yaml(beside).get("claims", {}) if beside.is_file() else {}
        return {name: {"claim": one, "parts": parts.get(name)} for name, one in found.items()}

    def _evidence(self) -> dict[str, dict[str, Any]]:
        found: dict[str, dict[str, Any]] = {}
        for file in sorted((self.root / "params" / "evidence").glob("*.csv")):
            with file.open(encoding="utf-8-sig", newline="") as handle:
                found |= {str(row.get("id")): {**row, "file": file.name} for row in csv.DictReader(handle)}
        return found


def _under(folder: Path, pattern: str) -> Iterable[tuple[str, str]]:
    for path in sorted(folder.rglob(pattern)):
        name = path.relative_to(folder)
        if path.is_file() and not any(part[0] == "." or part == "__pycache__" for part in name.parts):
            yield name.as_posix(), digest(path.read_bytes())


def _layers(files: Mapping[str, Any], table: str) -> dict[str, dict[str, Any]]:
    """Lines, drugs, conditions or couplings: each with the source that its file gives for all."""
    return {
        name: {**one, "source of the file": content.get("source", "")} if isinstance(one, dict) else {"entry": one}
        for content in files.values()
        for name, one in (content.get("drugs" if table == "coupling" else table) or {}).items()
    }


def _planned(files: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    """Plans of rows: each with its experiment, the set of parameters of that, and all rows read in it.

    The days that one row reads are days on which every arm of its experiment is read out.
    """
    parts: dict[str, dict[str, Any]] = {kind: {} for kind in ("sets", "experiments", "rows")}
    for content in files.values():
        for kind, found in parts.items():
            found |= content.get(kind) or {}
    together: dict[str, dict[str, Any]] = {}
    for row, one in parts["rows"].items():
        together.setdefault(str((one or {}).get("experiment") or ""), {})[row] = one
    plans = {}
    for row, one in parts["rows"].items():
        name = str((one or {}).get("experiment") or "")
        experiment = parts["experiments"].get(name) or {}
        chosen = parts["sets"].get(str((experiment.get("host") or {}).get("set")))
        rows = together[name] if name else {row: one}
        plans[row] = {"experiment": experiment, "set": chosen, "rows": rows}
    return plans
