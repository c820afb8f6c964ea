"""findings.json beside the figures of notebook 26: what it found, for the page of the site that tells it."""

import json
from collections.abc import Sequence
from pathlib import Path

import msgspec

from compendium.claims.findings import Finding
from niche.errors import NicheError
from niche.files import write_whole
from niche.params.schema import Record, parse

CLAIM = "what-the-field-did-not-know"
FILE = "findings.json"


class FindingsFile(Record):
    """Findings in the order of the notebook, and how many draws of the fit they rest on."""

    draws: int
    findings: tuple[Finding, ...]


def write_findings(found: Sequence[Finding], draws: int, figures: str | Path) -> Path:
    """Write `<figures>/<claim>/findings.json`, all or nothing; returns the file.

    Parameters
    ----------
    draws
        of the fit
    figures
        the folder of figures (`compendium.figures.saving.default_folder`)

    Raises
    ------
    NicheError
        for no findings, or two of one name
    """
    names = [one.id for one in found]
    twice = sorted({name for name in names if names.count(name) > 1})
    if not names or twice:
        raise NicheError(f"findings have names of their own, got {', '.join(twice) or 'none'}")
    folder = Path(figures) / CLAIM
    folder.mkdir(parents=True, exist_ok=True)
    content = msgspec.to_builtins(FindingsFile(draws, tuple(found)))
    return write_whole(folder / FILE, json.dumps(content, indent=1, ensure_ascii=False, allow_nan=False) + "\n")


def read_findings(figures: Path) -> FindingsFile | None:
    """The findings that stand in a folder of figures; None where notebook 26 has not run.

    Raises
    ------
    NicheError
        with file and key for what is not as it should be
    """
    file = figures / CLAIM / FILE
    try:
        content = json.loads(file.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return None
    except ValueError as error:
        raise NicheError(f"{FILE} is not readable as JSON ({error}); run notebook 26 again") from None
    return parse(FindingsFile, content, FILE)
