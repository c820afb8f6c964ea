"""Published measurements: what was measured, with which error, and what the row may be used for."""

import csv
import math
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from niche.errors import NicheError, unknown
from niche.parameters import root

ROLES = ("calibrate", "predict", "parameter", "context", "duplicate", "never")
SCALES = ("linear", "log")


@dataclass(frozen=True)
class Evidence:
    """One row of params/evidence. `value` and `sd` are None for a direction; `sd` is on `scale`."""

    id: str
    role: str
    conflict_group: str
    statement: str
    system: str
    intervention: str
    readout: str
    effect_type: str
    text: str
    value: float | None
    unit: str
    scale: str
    sd: float | None
    sd_basis: str
    n: str
    time: str
    doi: str
    source_url: str
    verified: str
    notes: str
    file: str

    @property
    def numeric(self) -> bool:
        """Whether a number was measured, with an error to judge against."""
        return self.value is not None and self.sd is not None and self.effect_type != "direction"


@lru_cache(maxsize=4)
def read_evidence(folder: Path | None = None) -> dict[str, Evidence]:
    """All rows by id. Raises `NicheError` naming file and row for a bad role, scale, error or a duplicate id."""
    base = folder or root() / "evidence"
    rows: dict[str, Evidence] = {}
    for file in sorted(base.glob("*.csv")):
        with file.open(encoding="utf-8", newline="") as handle:
            for record in csv.DictReader(handle):
                row = _row(record, file.name)
                if row.id in rows:
                    raise NicheError(f"{file.name}: row {row.id} stands in {rows[row.id].file} already")
                rows[row.id] = row
    if not rows:
        raise NicheError(f"{base} holds no evidence")
    return rows


def evidence(row: str) -> Evidence:
    """One row by id, or an error with the nearest id."""
    rows = read_evidence()
    if row not in rows:
        raise unknown("evidence row", row, rows)
    return rows[row]


def _row(record: dict[str, str], file: str) -> Evidence:
    where = f"{file}, row {record.get('id')!r}"
    if record.get("role") not in ROLES:
        raise NicheError(f"{where}: {unknown('role', record.get('role'), ROLES)}")
    value, low, high = (_number(record[k]) for k in ("value", "low", "high"))
    sd = _number(record["sd"])
    for column in ("sd", "low", "high"):
        if record[column].strip() and _number(record[column]) is None and record["effect_type"] != "dose_response":
            raise NicheError(f"{where}, {column}: {record[column]!r} is not a number")
    if sd is not None:
        if value is None:
            raise NicheError(f"{where}, value: {record['value']!r} is not a number, but it has an error (sd)")
        if record["scale"] not in SCALES:
            raise NicheError(f"{where}: {unknown('scale', record['scale'], SCALES)}")
        if sd <= 0:
            raise NicheError(f"{where}: sd must be above 0, got {sd:g}")
        if value is not None and not record["unit"].strip():
            raise NicheError(f"{where}: a measured value needs a unit")
        if record["scale"] == "log" and value is not None and value <= 0:
            raise NicheError(f"{where}: {value:g} has no logarithm")
    outside = value is not None and ((low is not None and value < low) or (high is not None and value > high))
    if outside:
        raise NicheError(f"{where}: interval [{record['low']}, {record['high']}] excludes the value {record['value']}")
    keep = {k: (record.get(k) or "").strip() for k in Evidence.__dataclass_fields__ if k in record}
    return Evidence(**{**keep, "text": record["value"].strip(), "value": value, "sd": sd, "file": file})  # type: ignore[arg-type]


def _number(text: str | None) -> float | None:
    try:
        value = float(text or "")
    except ValueError:
        return None
    return value if math.isfinite(value) else None
