"""The report of a run, as text for people and as JSON."""

import json
import platform
from collections.abc import Mapping, Sequence
from importlib.metadata import PackageNotFoundError, version
from typing import TYPE_CHECKING, Any

import niche
from niche.text import between_marks

if TYPE_CHECKING:
    from niche.answering.records import ClaimAnswer

LIBRARIES = ("numpy", "scipy", "numba", "xarray", "pyyaml", "matplotlib", "seaborn", "papermill", "ipykernel")
Figures = Mapping[str, Mapping[str, Any]]


def environment() -> dict[str, str]:
    """Versions of Python and of the libraries that make the numbers and the pictures."""
    found = {"python": platform.python_version(), "niche": niche.__version__}
    for name in LIBRARIES:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            continue
    return found


def as_json(claims: Sequence["ClaimAnswer"], figures: Figures, values: Mapping[str, Any]) -> str:
    """The report for programs. Nothing in it depends on when, where or how fast the run was.

    Parameters
    ----------
    claims
        with their answers, those that ran
    figures
        of each claim its figures by name, as the manifest beside them has them
    values
        parameters of the run
    """
    from niche.answering.text import as_list  # late: half of the science hangs on it

    told = [one | {"figures": sorted(figures.get(one["id"], {}))} for one in as_list(claims)]
    content = {"claims": told, "run": dict(values), "environment": environment()}
    return json.dumps(content, indent=1, sort_keys=True, ensure_ascii=False) + "\n"


def as_markdown(claims: Sequence["ClaimAnswer"], figures: Figures, values: Mapping[str, Any]) -> str:
    """The report for people: the table of claims, then each claim's answers and figures, then what made it.

    Parameters are those of `as_json`.
    """
    from compendium.run.heads import report_head  # late: half of the science hangs on it
    from niche.answering.text import markdown

    run = "; ".join(filter(None, [_settings(values), *(f"{n}: {_settings(v)}" for n, v in values.items() if _own(v))]))
    parts = ["# What is said of each claim", f"Made by `niche reproduce` with {run}.", markdown(claims)]
    for one in claims:
        own = sorted(figures.get(one.id, {}).items())
        parts += [f"## {one.title}", *report_head(one), *(_picture(name, entry, one.id) for name, entry in own)]
    made = "\n".join(f"- {name} {number}" for name, number in environment().items())
    parts += ["## Made with", f"{made}\n- inputs: each by its hash in `figures/made-of.json`"]
    return "\n\n".join(parts) + "\n"


def _settings(values: Mapping[str, Any]) -> str:
    return ", ".join(f"{name} = {value}" for name, value in values.items() if not _own(value))


def _own(value: Any) -> bool:
    """Whether a setting is those of one claim alone."""
    return isinstance(value, Mapping)


def _picture(name: str, entry: Mapping[str, Any], claim: str) -> str:
    """The figure with the alternative text and the caption that its manifest gives."""
    picture = f"![{entry.get('alt', name)}]({claim}/{name}.png)"
    return f"{picture}\n\n*{entry['caption']}*" if entry.get("caption") else picture


def readme_with(text: str, table: str) -> str:
    """A README with the claim table between its markers renewed. Raises `NicheError` if it has no markers."""
    return between_marks(text, "claims", table, "README.md")
