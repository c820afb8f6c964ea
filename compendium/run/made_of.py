"""What results are made of: a hash of every input file, kept with the committed results, and what differs from it.

Of a table with ids and of a YAML file each part is kept too: a review then names the row or the parameter, not only
the file.
"""

import csv
import io
import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import yaml

from compendium.run import source
from compendium.run.report import environment
from niche.errors import NicheError
from niche.params.yaml_files import YamlLoader
from niche.provenance import digest, digest_bytes, parameters_hash
from niche.text import number

FILE = "made-of.json"
ONE_FILES = ("requirements.lock", "pyproject.toml", "environment.yml", "reproduce", "check")


def made_of_text(root: Path, notebooks: Mapping[str, Any] | None = None) -> str:
    """The text of figures/made-of.json: what the results of now are made of. Nothing in it depends on when or where.

    Parameters
    ----------
    notebooks
        by claim what its notebook depends on, as `compendium.run.changed.notebook_key` has it
    """
    return as_text(
        {
            "parameters_sha256": parameters_hash(root),
            "environment": environment(),
            "files": read_inputs(root),
            "notebooks": dict(notebooks or {}),
        }
    )


def as_text(content: Mapping[str, Any]) -> str:
    """What figures/made-of.json says, as its text."""
    return json.dumps(content, indent=1, sort_keys=True, ensure_ascii=False) + "\n"


def read_inputs(root: Path) -> dict[str, dict[str, Any]]:
    """Every input under a repository: by path its `sha256`, and `parts` by name where the file has any.

    Text is hashed with newlines as Unix has them, and a notebook without what a run left in it. A part is a short
    hash and the value as it was written.
    """
    return {path: _entry(root / path) for path in paths(root)}


def paths(root: Path) -> list[str]:
    """Every input by its path from the repository, in order."""
    files = [path for path in (root / "params").rglob("*") if path.is_file()]
    files += [path for package in ("niche", "compendium") for path in (root / package).rglob("*.py") if path.is_file()]
    files += (root / "notebooks").glob("*.ipynb")
    files += [root / name for name in ONE_FILES if (root / name).is_file()]
    return sorted(path.relative_to(root).as_posix() for path in files if not path.name.startswith("."))


def content(path: Path) -> bytes:
    """The bytes that stand for a file, the same on every machine."""
    if path.suffix == ".ipynb":
        return source.normalise(
            source.read_notebook(path), keep_injected=False
        ).encode()  # the same before its first run
    return path.read_bytes().replace(b"\r\n", b"\n")


def stored(root: Path) -> dict[str, Any] | None:
    """What figures/made-of.json says, or None if the results were committed without it."""
    path = root / "figures" / FILE
    if not path.is_file():
        return None
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
        return {
            "files": dict(found["files"]),
            "parameters_sha256": str(found["parameters_sha256"]),
            "environment": dict(found.get("environment") or {}),
            "notebooks": dict(found.get("notebooks") or {}),
        }
    except (ValueError, KeyError, TypeError) as error:
        raise NicheError(f"figures/{FILE} is not readable ({error}); niche reproduce writes it again") from None


def _entry(path: Path) -> dict[str, Any]:
    data = content(path)
    parts = {name: f"{digest(part)} {value}".rstrip() for name, part, value in _read_parts(path, data)}
    return {"sha256": digest_bytes(data)} | ({"parts": parts} if parts else {})


def _read_parts(path: Path, data: bytes) -> Iterator[tuple[str, Any, str]]:
    """Name, content and value of each part of a file; a file that cannot be read has none."""
    try:
        text = data.decode()
        if path.suffix == ".csv":
            rows = csv.DictReader(io.StringIO(text))
            if "id" in (rows.fieldnames or ()):
                yield from ((str(row["id"]), row, str(row.get("value") or "")) for row in rows)
        elif path.suffix in (".yaml", ".yml"):
            yield from _yaml_parts(yaml.load(text, Loader=YamlLoader))
        elif path.suffix == ".ipynb":
            cells = json.loads(text)["cells"]
            yield from ((f"cell {number}", cell["source"], "") for number, cell in enumerate(cells, 1))
    except (UnicodeDecodeError, ValueError, KeyError, csv.Error, yaml.YAMLError):
        return


def _yaml_parts(book: Any) -> Iterator[tuple[str, Any, str]]:
    if not isinstance(book, dict):
        return
    for key, part in book.items():
        if not isinstance(part, dict):
            yield str(key), part, _short(part)
            continue
        for name, entry in part.items():
            label = str(name) if key in ("parameters", "claims") else f"{key}.{name}"
            yield label, entry, _short(entry.get("value") if isinstance(entry, dict) else entry)


def _short(value: Any) -> str:
    """A value of one word or number; of anything longer nothing, its hash tells."""
    return number(value) if isinstance(value, float | int) and not isinstance(value, bool) else ""
