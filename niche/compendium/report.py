"""The report of a run, as text for people and as JSON, and the claim table of the README."""

import hashlib
import json
import platform
import re
from collections.abc import Mapping, Sequence
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from niche.errors import NicheError

LIBRARIES = ("numpy", "scipy", "numba", "xarray", "pyyaml", "matplotlib", "seaborn", "papermill", "ipykernel")
KEYS = ("id", "title", "verdict", "expected", "rows", "control")
_TABLE = re.compile(r"(<!-- claims -->).*?(<!-- /?claims -->)", re.DOTALL)


def read_verdict(path: Path, claim: str) -> dict[str, Any]:
    """What a notebook found, from its verdict.json. Raises `NicheError` if it is missing or not about `claim`."""
    try:
        record = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise NicheError(f"wrote no {path.parent.name}/{path.name} into the folder 'out'") from None
    except (UnicodeDecodeError, json.JSONDecodeError) as error:
        raise NicheError(f"{path.parent.name}/{path.name} is not JSON ({error})") from None
    missing = [key for key in KEYS if not isinstance(record, dict) or key not in record]
    if missing:
        raise NicheError(f"{path.parent.name}/{path.name} lacks {', '.join(missing)}")
    if record["id"] != claim:
        raise NicheError(f"{path.parent.name}/{path.name} is about {record['id']!r}, not {claim!r}")
    return dict(record)


def parameters_hash(root: Path) -> str:
    """One number for everything in params/ that results depend on: SHA-256 over names and contents."""
    total = hashlib.sha256()
    folder = root / "params"
    for path in sorted(folder.rglob("*"), key=lambda path: path.relative_to(folder).as_posix()):
        if path.is_file() and not path.name.startswith("."):
            total.update(path.relative_to(folder).as_posix().encode() + b"\0")
            total.update(hashlib.sha256(path.read_bytes()).digest())
    return total.hexdigest()


def environment() -> dict[str, str]:
    """Versions of Python and of the libraries that make the numbers and the pictures."""
    found = {"python": platform.python_version()}
    for name in ("niche", *LIBRARIES):
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            continue
    return found


def as_json(records: Sequence[Mapping[str, Any]], values: Mapping[str, Any], parameters: str) -> str:
    """The report for programs. Nothing in it depends on when, where or how fast the run was."""
    content = {
        "claims": list(records), "run": dict(values), "parameters_sha256": parameters, "environment": environment()
    }  # fmt: skip
    return json.dumps(content, indent=1, sort_keys=True, ensure_ascii=False) + "\n"


def as_markdown(
    records: Sequence[Mapping[str, Any]], values: Mapping[str, Any], parameters: str, table: str, figures: Path
) -> str:
    """The report for people: the claim table, then each claim's rows, control and figures, then what made it."""
    run = ", ".join(f"{name} = {value}" for name, value in values.items())
    parts = ["# What the model makes of each claim", f"Made by `niche reproduce` with {run}.", table.strip()]
    for record in records:
        parts += _claim(record, figures)
    made = "\n".join(f"- {name} {number}" for name, number in environment().items())
    parts += ["## Made with", f"{made}\n- parameters: SHA-256 `{parameters}`"]
    return "\n\n".join(parts) + "\n"


def _claim(record: Mapping[str, Any], figures: Path) -> list[str]:
    parts = [f"## {record['title']}", f"`{record['id']}`: **{record['verdict']}** (expected: {record['expected']})."]
    if record["rows"]:
        lines = ["| row | role | measured | predicted, 5-95 % | z | verdict |", "|---|---|---|---|---|---|"]
        parts.append("\n".join(lines + [_row(row) for row in record["rows"]]))
    control = record["control"]
    if control and control.get("share") is not None:
        parts.append(f"Control, {control['name']}: {100 * control['share']:.0f} % of the effect is left.")
    elif control:
        parts.append(f"Control: {control['name']}.")
    for picture in sorted((figures / record["id"]).glob("*.png")):
        parts.append(f"![{_alternative(picture)}]({record['id']}/{picture.name})")
    return parts


def _row(row: Mapping[str, Any]) -> str:
    measured = _number(row.get("value")) + (f" ± {_number(row['sd'])}" if row.get("sd") is not None else "")
    predicted = _number(row.get("median"))
    if row.get("low") is not None and row.get("high") is not None:
        predicted += f" [{_number(row['low'])}, {_number(row['high'])}]"
    z = f"{row['z']:.1f}" if isinstance(row.get("z"), int | float) else "-"
    return f"| {row['id']} | {row['role']} | {measured} | {predicted} | {z} | {row.get('verdict') or '-'} |"


def _number(value: Any) -> str:
    if isinstance(value, int | float) and not isinstance(value, bool):
        return f"{value:.3g}"
    return str(value) if value else "-"


def _alternative(picture: Path) -> str:
    """The alternative text that the figure's manifest gives, else the name of the file."""
    for manifest in picture.parent.glob("*.json"):
        try:
            content = json.loads(manifest.read_text(encoding="utf-8"))
        except (UnicodeDecodeError, json.JSONDecodeError):
            continue
        for entry in content if isinstance(content, list) else [content, *_under(content, picture.stem)]:
            if isinstance(entry, dict) and entry.get("name", picture.stem) == picture.stem and entry.get("alt"):
                return " ".join(str(entry["alt"]).split())
    return picture.stem


def _under(content: Any, name: str) -> list[Any]:
    """What a manifest says of one of several figures."""
    figures = content.get("figures") if isinstance(content, dict) else None
    if isinstance(figures, dict):
        return [figures.get(name)]
    return figures if isinstance(figures, list) else []


def readme_with(text: str, table: str) -> str:
    """A README with the claim table between its markers renewed. Raises `NicheError` if it has no markers."""
    if not _TABLE.search(text):
        raise NicheError("README.md has no place for the claim table: a line <!-- claims --> and a line <!-- /claims -->")
    return _TABLE.sub(lambda match: f"{match[1]}\n{table.strip()}\n{match[2]}", text, count=1)
