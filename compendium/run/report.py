"""The report of a run, as text for people and as JSON, and the claim table of the README."""

import json
import math
import platform
from collections.abc import Mapping, Sequence
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import TYPE_CHECKING, Any

import niche
from niche.errors import NicheError
from niche.text import between_marks, markdown_table, number

if TYPE_CHECKING:
    from niche.answering.records import ClaimAnswer

LIBRARIES = ("numpy", "scipy", "numba", "xarray", "pyyaml", "matplotlib", "seaborn", "papermill", "ipykernel")
KEYS = ("id", "title", "verdict", "expected", "rows", "control")


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


def environment() -> dict[str, str]:
    """Versions of Python and of the libraries that make the numbers and the pictures."""
    found = {"python": platform.python_version(), "niche": niche.__version__}
    for name in LIBRARIES:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            continue
    return found


def as_json(records: Sequence[Mapping[str, Any]], values: Mapping[str, Any]) -> str:
    """The report for programs. Nothing in it depends on when, where or how fast the run was."""
    content = {"claims": list(records), "run": dict(values), "environment": environment()}
    return json.dumps(content, indent=1, sort_keys=True, ensure_ascii=False) + "\n"


def as_markdown(
    records: Sequence[Mapping[str, Any]],
    values: Mapping[str, Any],
    table: str,
    figures: Mapping[str, Mapping[str, Any]],
) -> str:
    """The report for people: the claim table, then each claim's rows, controls and figures, then what made it.

    Parameters
    ----------
    figures
        of each claim its figures by name, as the manifest beside them has them
    """
    run = ", ".join(f"{name} = {value}" for name, value in values.items())
    parts = ["# What the model makes of each claim", f"Made by `niche reproduce` with {run}.", table.strip()]
    told = _answers()
    for record in records:
        parts += _claim(record, figures.get(record["id"], {}), told.get(record["id"]))
    made = "\n".join(f"- {name} {number}" for name, number in environment().items())
    parts += ["## Made with", f"{made}\n- inputs: each by its hash in `figures/made-of.json`"]
    return "\n\n".join(parts) + "\n"


def _answers() -> "Mapping[str, ClaimAnswer]":
    """The three answers to each claim where a fit gave them. Imported late: half of the science hangs on it."""
    from niche.answering.claims import answers
    from niche.answering.stored import there

    return {one.id: one for one in answers()} if there() else {}


def _claim(record: Mapping[str, Any], figures: Mapping[str, Any], told: "ClaimAnswer | None") -> list[str]:
    parts = [f"## {record['title']}"]
    if told is not None:  # the three answers stand in place of rows, controls and their verdict
        from compendium.run.heads import report_head

        pictures = [_picture(name, entry, record["id"]) for name, entry in sorted(figures.items())]
        return [*parts, *report_head(told), *pictures]
    parts.append(f"`{record['id']}`: **{record['verdict']}** (expected: {record['expected']}).")
    if record["rows"]:
        heads = ("row", "what", "role", "measured", "predicted [5-95 %]", "z", "verdict")
        parts.append(markdown_table(heads, map(_row, record["rows"])))
    for control in record.get("controls") or filter(None, [record["control"]]):
        share = control.get("share")
        left = "nothing to compare" if share is None else f"{round(share)} % of the effect is left"
        parts.append(f"Control, {control['name']}: {left}.")
    parts += [_picture(name, entry, record["id"]) for name, entry in sorted(figures.items())]
    return parts


def _row(row: Mapping[str, Any]) -> list[str]:
    measured, predicted = (number(row.get(name), missing="-") for name in ("value", "median"))
    if row.get("sd") is not None and row.get("scale") == "linear":
        measured += f" ± {number(row['sd'])}"
    elif row.get("sd") is not None and row.get("scale") == "log":
        measured += f" ×/÷ {number(math.exp(row['sd']), 3)}"
    if row.get("value") is not None and row.get("unit"):
        measured += f" {row['unit']}"
    if row.get("low") is not None and row.get("high") is not None:
        predicted += f" [{number(row['low'])}, {number(row['high'])}]"
    if row.get("share") is not None:
        measured, predicted = "direction", f"{100 * row['share']:.0f} % of draws agree"
    verdict = row.get("verdict") or "-"
    return [
        row["id"],
        row.get("label") or "-",
        row["role"],
        measured,
        predicted,
        f"{row['z']:.1f}" if isinstance(row.get("z"), int | float) else "-",
        verdict if row.get("counts", True) else f"({verdict})",
    ]


def _picture(name: str, entry: Mapping[str, Any], claim: str) -> str:
    """The figure with the alternative text and the caption that its manifest gives."""
    picture = f"![{entry.get('alt', name)}]({claim}/{name}.png)"
    return f"{picture}\n\n*{entry['caption']}*" if entry.get("caption") else picture


def readme_with(text: str, table: str) -> str:
    """A README with the claim table between its markers renewed. Raises `NicheError` if it has no markers."""
    return between_marks(text, "claims", table, "README.md")
