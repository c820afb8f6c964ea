"""A claim as it was judged, and as it is written down."""

from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np

from niche.errors import NicheError
from niche.frozen import Frozen
from niche.verdicts.controls import ControlResult
from niche.verdicts.rules import RowVerdict
from niche.verdicts.tables import frame

_ROW = (
    "id",
    "role",
    "value",
    "sd",
    "scale",
    "median",
    "low",
    "high",
    "z",
    "share",
    "verdict",
    "counts",
    "unit",
    "label",
    "note",
    "hangs_on",
    "contested_by",
    "prior_verdict",
    "failed",
    "flags",
    "error",
)


def expected_part(row: RowVerdict) -> str:
    """What params/expected_rows.yaml says of a row: its verdict, and whether the claim's may rest on it."""
    return row.verdict if row.counts else f"{row.verdict}, not counted"


class Verdict(NamedTuple):
    """How a claim was judged, on which rows, and what its controls left; `why` it was not, if it was not."""

    id: str
    number: int
    title: str
    verdict: str
    expected: str
    rows: tuple[RowVerdict, ...]
    controls: tuple[ControlResult, ...]
    draws: int
    failed: Mapping[str, int]
    changed: tuple[str, ...]
    warnings: Mapping[str, str] = Frozen({})
    conflict_map: str = ""
    why: str = ""

    @property
    def hangs_on(self) -> tuple[str, ...]:
        """The gains that no row informs and on whose sign its failing rows hang."""
        return tuple(sorted({gain for row in self.rows for gain in row.hangs_on}))

    @property
    def as_expected(self) -> bool:
        """Whether the claim, its rows and its controls all came out as params/ says they do today."""
        return self.verdict == self.expected and not self.changed

    def to_dict(self) -> dict[str, Any]:
        """Plain values, rounded to what is known: the shape of `niche claims --json`. `changed` lists what differs."""
        rows = [plain_row(row) for row in self.rows]
        controls = [{k: _plain(v) for k, v in c._asdict().items()} for c in self.controls]
        return {
            "id": self.id,
            "number": self.number,
            "title": self.title,
            "verdict": self.verdict,
            "expected": self.expected,
            "rows": rows,
            "control": controls[0] if controls else None,
            "controls": controls,
            "draws": self.draws,
            "failed": dict(self.failed),
            "changed": list(self.changed),
            "hangs_on": list(self.hangs_on),
            "warnings": dict(self.warnings),
            "conflict_map": self.conflict_map,
        } | ({"why": self.why} if self.why else {})

    @classmethod
    def from_dict(cls, stored: Mapping[str, Any]) -> "Verdict":
        """A verdict as `to_dict` wrote it. Raises `NicheError` for one that lacks what every verdict has."""
        lacking = [key for key in ("title", "verdict", "expected", "rows") if key not in stored]
        if lacking:
            raise NicheError(f"a stored verdict lacks {', '.join(lacking)}")
        return cls(
            stored.get("id", ""),
            stored.get("number", 0),
            stored["title"],
            stored["verdict"],
            stored["expected"],
            tuple(RowVerdict.from_dict(row) for row in stored["rows"]),
            tuple(ControlResult.from_dict(one) for one in stored.get("controls") or ()),
            stored.get("draws", 0),
            stored.get("failed", {}),
            tuple(stored.get("changed", ())),
            stored.get("warnings", {}),
            stored.get("conflict_map", ""),
            stored.get("why", ""),
        )

    def to_frame(self) -> Any:
        """The rows as a pandas table for reading: measured beside predicted, rounded."""
        return frame(self.rows)


def plain_row(row: RowVerdict) -> dict[str, Any]:
    """A row as JSON has it."""
    return {key: _plain(getattr(row, key)) for key in _ROW}


def _plain(value: Any) -> Any:
    """As JSON has it: numbers with four digits, None for what is none."""
    if isinstance(value, float | np.floating):
        return float(f"{float(value):.4g}") if np.isfinite(value) else None
    return [_plain(one) for one in value] if isinstance(value, tuple) else value
