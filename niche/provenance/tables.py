"""The entries of `params/` by name, read as they are written, and a hash of each.

Nothing is checked and no unit is read here: whoever uses an entry does that. A number written in another way
("0.50" for "0.5") counts as changed; a comment does not.
"""

import csv
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import yaml

from niche.errors import NicheError
from niche.lookups import ANY, whole
from niche.provenance.digests import digest

GONE = "gone"
# Said about a number, and no part of any: to reword it changes no result but the words themselves.
_WORDS = {"note", "notes", "source", "source of the file", "about", "label", "reason", "because", "checks", "warning"}
_WORDS |= {"mechanism", "informed_by"}
_KINDS = ("measured", "derived", "fitted", "assumed")  # how a number is known
_OF_A_ROW = ("value", "sd", "scale", "role", "effect_type", "unit", "direction", "conflict_group")
_LOADER: Any = getattr(yaml, "CBaseLoader", yaml.BaseLoader)


class Tables:
    """The tables of a folder `params/`: "model", "systems", "lines", "drugs", "conditions", "kinetics", "coupling",
    "evidence", "experiments" and "claims".

    An entry of "experiments" is a row's plan with its experiment, the set of parameters of that, and all rows read in
    it: the days that one row reads are days on which every arm of its experiment is read out.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._tables: dict[str, Mapping[str, Any]] = {}

    def table(self, name: str) -> Mapping[str, Any]:
        """All entries of a table. Raises `NicheError` if the files are not what they should be."""
        if name not in self._tables:
            with whole(ANY):  # hashed, not used
                try:
                    self._tables[name] = self._read(name)
                except (AttributeError, TypeError, KeyError, ValueError, yaml.YAMLError, csv.Error) as error:
                    raise NicheError(f"params: {name} are not what they should be ({error})") from None
        return self._tables[name]

    def entry(self, table: str, name: str, *, words: bool = True) -> str:
        """A hash of an entry; for the name "*", of all names (of parameters too); "gone" if there is none.

        Parameters
        ----------
        words
            whether notes, labels and sources are part of it
        """
        found = self.table(table)
        if name == ANY:
            return digest({one: sorted(_parameters(table, entry)) for one, entry in found.items()})
        if name not in found:
            return GONE
        return digest(found[name] if words else _numbers(table, found[name]))

    def _read(self, name: str) -> Mapping[str, Any]:
        if name == "claims":
            registry = self.folder / "claims.yaml"
            return dict(_yaml(registry)["claims"]) if registry.is_file() else {}
        if name == "evidence":
            return {str(row.get("id")): row for row in self._rows()}
        files = {file.stem: _yaml(file) for file in sorted((self.folder / name).glob("*.yaml"))}
        if name == "systems":
            return files
        if name == "experiments":
            return _planned(files)
        key = {"model": "parameters", "kinetics": "drugs", "coupling": "drugs"}.get(name, name)
        return {
            one: {**entry, "source of the file": content.get("source", "")} if isinstance(entry, dict) else entry
            for content in files.values()
            for one, entry in (content.get(key) or {}).items()
        }

    def _rows(self) -> Iterator[dict[str, str]]:
        for file in sorted((self.folder / "evidence").glob("*.csv")):
            with file.open(encoding="utf-8-sig", newline="") as handle:
                yield from ({**row, "file": file.name} for row in csv.DictReader(handle))


def yaml_digest(file: Path) -> str:
    """A hash of what a YAML file says, whatever its comments and its layout; "gone" if there is none."""
    return digest(_yaml(file)) if file.is_file() else GONE


def _yaml(file: Path) -> Any:
    return yaml.load(file.read_text(encoding="utf-8"), Loader=_LOADER) or {}


def _parameters(table: str, entry: Any) -> list[str]:
    return list((entry.get("parameters") or {}) if table in ("lines", "drugs", "conditions") else ())


def _numbers(table: str, entry: Any) -> Any:
    if table == "evidence":
        return {key: entry.get(key) for key in _OF_A_ROW}
    return _without_words(entry)


def _without_words(entry: Any) -> Any:
    if isinstance(entry, dict):
        kept = {key: value for key, value in entry.items() if key not in _WORDS}
        if kept.get("kind") in _KINDS:
            del kept["kind"]
        return {key: _without_words(value) for key, value in kept.items()}
    return [_without_words(one) for one in entry] if isinstance(entry, list) else entry


def _planned(files: Mapping[str, Any]) -> dict[str, Any]:
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
        plans[row] = {"plan": one, "experiment": experiment, "set": chosen, "rows": together[name] if name else None}
    return plans
