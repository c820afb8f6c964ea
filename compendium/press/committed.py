"""The figures of the repository: which there are, whether their data are as they were made, and the tables of those."""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from niche.errors import NicheError, unknown

if TYPE_CHECKING:
    import pandas as pd

# Columns that are text whatever they look like: an arm may be called "25".
_WORDS = {
    "axis",
    "id",
    "label",
    "role",
    "effect_type",
    "unit",
    "scale",
    "sd_basis",
    "remark",
    "observable",
    "arm",
    "kind",
    "panel",
    "error",
    "inside",
    "statement",
    "papers",
    "papers_side",
    "seen",
    "said",
    "study",
    "source",
    "target",
    "sense",
    "says",
    "also",
    "word",
    "direct",
}
_SAME = 2e-4  # relative: numbers are kept at five digits


@dataclass(frozen=True)
class Committed:
    """A figure of the repository: claim, name, the folder it is in, its entry in the manifest."""

    claim: str
    name: str
    folder: Path
    entry: dict[str, Any]

    @property
    def key(self) -> str:
        """claim/figure."""
        return f"{self.claim}/{self.name}"


def committed(names: Sequence[str], figures: Path) -> list[Committed]:
    """The figures of these names ("claim" or "claim/figure"; none: all). Raises `NicheError` for one that there is
    not."""
    found: dict[str, Committed] = {}
    for file in sorted(figures.glob("*/manifest.json")):
        try:
            entries = json.loads(file.read_text(encoding="utf-8"))["figures"]
        except (ValueError, KeyError, TypeError):
            raise NicheError(f"{file} is not a manifest of figures; git checkout it") from None
        for name, entry in entries.items():
            found[f"{file.parent.name}/{name}"] = Committed(file.parent.name, name, file.parent, entry)
    claims = {one.claim for one in found.values()}
    chosen: dict[str, Committed] = {}
    for name in names or found:
        if name not in found and name not in claims:
            raise unknown("claim or figure", name, found if "/" in name else claims)
        chosen |= {key: one for key, one in found.items() if name in (key, one.claim)}
    return list(chosen.values())


def refuse_edited(one: Committed) -> None:
    """Raise `NicheError` for a figure whose CSV is not what its manifest says."""
    file = one.folder / f"{one.name}.csv"
    if not file.is_file():
        raise NicheError(f"{file} is missing; git checkout it, or run: niche reproduce {one.claim}")
    if hashlib.sha256(file.read_bytes()).hexdigest() != one.entry.get("csv_sha256"):
        raise NicheError(
            f"{file} was edited: it is not what the manifest beside it says. A figure for a journal shows what the "
            f"model gave; git checkout it, or run: niche reproduce {one.claim}"
        )


def table_of(file: Path) -> "pd.DataFrame":
    """The table that a figure was drawn from, from its CSV, with the types that it had."""
    import pandas as pd

    table = pd.read_csv(file, dtype=str, keep_default_na=False)
    for name in table.columns:
        if name == "built_in":
            table[name] = table[name] == "True"
        elif name not in _WORDS:
            numbers = pd.to_numeric(table[name].replace("", "nan"), errors="coerce")
            if (numbers.notna() == ~table[name].isin(["", "nan"])).all():  # else it is text that is not listed
                table[name] = numbers
    return table


def table_difference(old: "pd.DataFrame", new: "pd.DataFrame") -> str:
    """Where two tables differ, beyond the digits that are kept; "" if nowhere."""
    import numpy as np
    import pandas as pd

    if list(old.columns) != list(new.columns) or len(old) != len(new):
        return f"{len(old)} rows of {', '.join(old.columns)} before, {len(new)} of {', '.join(new.columns)} now"
    for name in old.columns:
        if pd.api.types.is_numeric_dtype(old[name]) and pd.api.types.is_numeric_dtype(new[name]):
            a, b = old[name].to_numpy(float), new[name].to_numpy(float)
            same = np.isclose(a, b, rtol=_SAME, atol=1e-12, equal_nan=True)
        else:
            same = (old[name].astype(str) == new[name].astype(str)).to_numpy()
        if not same.all():
            row = int(np.flatnonzero(~same)[0])
            return f"{name}, row {row + 1}: {old[name][row]} before, {new[name][row]} now"
    return ""
