"""Leave a claim's verdict where the runner and the report find it."""

import json
from pathlib import Path

from compendium.figures.saving import default_folder
from niche.files import write_whole
from niche.verdicts.claims import Verdict


def record(verdict: Verdict, out: str = "") -> Path:
    """Write `<out>/<claim id>/verdict.json`, whole or not at all; "" is the repository's figures/."""
    folder = (Path(out) if out else default_folder()) / verdict.id
    folder.mkdir(parents=True, exist_ok=True)
    text = json.dumps(verdict.to_dict(), indent=1, sort_keys=True, ensure_ascii=False, allow_nan=False) + "\n"
    return write_whole(folder / "verdict.json", text)
