"""What `niche sensitivity --all` and `niche mutate` found, kept in params/sensitivity with how it was made.

Each proposition has a stamp: a hash of all that its numbers depend on. Tables of which a stamp no longer fits are
refused.
"""

import csv
import io
import json
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Annotated, Any

from msgspec import Meta

from niche.analysis.mutants import watched
from niche.analysis.sensitivity import analysed
from niche.atoms.records import Atom
from niche.errors import NicheError
from niche.files import write_together, write_whole
from niche.inference.depends import NOT_FITTED, numbers_of
from niche.inference.joint import layers_seen
from niche.params import schema
from niche.params.posterior import posterior_digest
from niche.params.records import root
from niche.predictions.outcomes import head_atoms
from niche.provenance import code_digest, digest, digest_bytes

Record = dict[str, Any]


class StoredFile(schema.Record):
    """params/sensitivity/*.json: how tables were made, sizes and seeds, hashes, a stamp for each proposition."""

    how: schema.Text
    settings: dict[schema.Text, Annotated[int, Meta(ge=0, description="a whole number of at least 0")]]
    propositions: dict[schema.Text, schema.Text]
    sha256: dict[schema.Text, schema.Text]


SENSITIVITY, MUTANTS = "sensitivity", "mutants"
_HINT = {SENSITIVITY: "niche sensitivity --all", MUTANTS: "niche mutate"}
_CODE = {
    SENSITIVITY: ("niche.analysis.sensitivity:sensitivity", "niche.analysis.robustness:sweep_parameter"),
    MUTANTS: ("niche.analysis.mutants:try_out", "niche.analysis.mutants:all_mutants"),
}


def folder() -> Path:
    """Where the tables are."""
    return root() / "sensitivity"


def is_made(kind: str) -> bool:
    """Whether there are tables of this kind, of whatever inputs."""
    return (folder() / f"{kind}.json").is_file()


def stamp_of(name: str, kind: str, settings: Mapping[str, Any]) -> str:
    """A hash of what the numbers of one proposition depend on.

    Parameters
    ----------
    kind
        SENSITIVITY or MUTANTS
    settings
        sizes
    """
    asked = _asked(name, kind)
    said = [(atom.name, repr(atom.reading), repr(atom.experiment)) for atom in asked]
    numbers = numbers_of((), layers_seen(asked))
    content = [_code(kind), numbers, said, posterior_digest(), sorted(settings.items())]
    return digest(content)


def _asked(name: str, kind: str) -> list[Atom]:
    """What is simulated for a proposition: its head, and beside mutants its direct measurements."""
    if kind == SENSITIVITY:
        return list(head_atoms(name))
    return [atom for one in watched() if one.name == name for atom in (*one.head, *one.direct)]


@cache
def _code(kind: str) -> str:
    return code_digest(*_CODE[kind], without=NOT_FITTED)


def write_stored(kind: str, tables: Mapping[str, Sequence[Record]], made: Mapping[str, Any]) -> None:
    """Write tables as CSV and their manifest, each beside its place first.

    Parameters
    ----------
    made
        how; its "settings" and "propositions" (name -> stamp) are what `read` compares
    """
    base, contents = folder(), dict[Path, bytes]()
    base.mkdir(parents=True, exist_ok=True)
    for name, rows in tables.items():
        text = io.StringIO()
        writer = csv.DictWriter(text, list(rows[0]), lineterminator="\n")
        writer.writeheader()
        writer.writerows({key: cell_text(value) for key, value in row.items()} for row in rows)
        contents[base / f"{name}.csv"] = text.getvalue().encode()
    hashes = {path.name: digest_bytes(content) for path, content in contents.items()}
    contents[base / f"{kind}.json"] = _manifest_text({"how": _HINT[kind], "sha256": hashes, **made}).encode()
    write_together(contents, base)


def write_stamps(kind: str, manifest: Mapping[str, Any], stamps: Mapping[str, str]) -> None:
    """Give the tables that are there other stamps, because their numbers were found to be the same."""
    write_whole(folder() / f"{kind}.json", _manifest_text({**manifest, "propositions": dict(stamps)}))


def _manifest_text(manifest: Mapping[str, Any]) -> str:
    return json.dumps(manifest, indent=1, sort_keys=True) + "\n"


def read_stored(kind: str, *, old: bool = False) -> tuple[dict[str, list[Record]], Record]:
    """The tables by name, numbers as numbers, and their manifest.

    Parameters
    ----------
    old
        whether tables of other inputs will do

    Raises
    ------
    NicheError
        if they are missing, edited, or belong to other inputs; it names the propositions
    """
    base, hint = folder(), f"make it again with '{_HINT[kind]}'"
    try:
        manifest = json.loads((base / f"{kind}.json").read_text(encoding="utf-8"))
        schema.parse(StoredFile, manifest, f"{base / kind}.json")
        files = {name: (base / name).read_bytes() for name in manifest["sha256"]}
    except FileNotFoundError as error:
        raise NicheError(f"{error.filename} is missing; {hint}") from None
    except NicheError as error:
        raise NicheError(f"{error}; {hint}") from None
    except ValueError as error:
        raise NicheError(f"{base / kind}.json is not readable ({error}); {hint}") from None
    for name, content in files.items():
        if digest_bytes(content) != manifest["sha256"][name]:
            raise NicheError(f"{base / name} is not the file that its manifest describes; {hint}")
    if not old and (names := stale(kind, manifest)):
        raise NicheError(f"{base / kind}.json is stale: inputs of {', '.join(names)} changed since; {hint}")
    tables = {}
    for name, content in files.items():
        rows = csv.DictReader(io.StringIO(content.decode()))
        tables[name.removesuffix(".csv")] = [{key: _value(key, text) for key, text in row.items()} for row in rows]
    return tables, manifest


def stamped(kind: str) -> tuple[str, ...]:
    """The propositions that a kind of table is made for."""
    return analysed() if kind == SENSITIVITY else tuple(one.name for one in watched())


def stale(kind: str, manifest: Mapping[str, Any]) -> list[str]:
    """Propositions whose stamp differs from the manifest's, or that it lacks."""
    settings, known = manifest["settings"], manifest["propositions"]
    return [name for name in stamped(kind) if known.get(name) != stamp_of(name, kind, settings)]


def cell_text(value: Any) -> str:
    """A value as a table says it: numbers with five digits."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    return f"{value:.5g}" if isinstance(value, float) else str(value)


def _value(key: str, text: str) -> Any:
    if key == "unit":  # "1" is a unit and no number
        return text
    if text in ("yes", "no"):
        return text == "yes"
    for kind in (int, float):
        try:
            return kind(text)
        except ValueError:
            continue
    return text
