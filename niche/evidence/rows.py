"""Published measurements: what was measured, with which error, and what the row may be used for."""

import csv
import math
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from niche.errors import NicheError, unknown
from niche.lookups import Noted, whole
from niche.params.records import root

ROLES = ("calibrate", "predict", "parameter", "context", "duplicate", "never")
OUTSIDE_ROLES = ("predict", "context")  # what a row from outside params/ may be: nobody fits it by accident
SCALES = ("linear", "log")
EFFECT_TYPES = (
    "absolute",
    "percent_change",
    "fold_change",
    "hazard_ratio",
    "direction",
    "dose_response",
    "parameter",
)
NEEDED = (
    "id",
    "role",
    "statement",
    "system",
    "intervention",
    "readout",
    "effect_type",
    "value",
    "unit",
    "scale",
    "sd",
    "sd_basis",
    "doi",
)
OPTIONAL = (
    "same_as",
    "conflict_group",
    "claim_area",
    "low",
    "high",
    "uncertainty_type",
    "n",
    "time",
    "source_url",
    "verified",
    "notes",
)


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
def read_evidence(folder: Path | None = None) -> Mapping[str, Evidence]:
    """All rows by id. Raises `NicheError` naming file and row for a bad role, scale, error or a duplicate id."""
    base = folder or root() / "evidence"
    rows: dict[str, Evidence] = {}
    with whole("evidence"):
        for file in sorted(base.glob("*.csv")):
            rows |= read_rows(file, known=rows)
    if not rows:
        raise NicheError(f"{base} holds no evidence")
    return Noted("evidence", rows)


def read_rows(file: Path, *, known: Mapping[str, Evidence] | None = None, outside: bool = False) -> dict[str, Evidence]:
    """The rows of one file by id.

    known : rows whose ids are taken
    outside : a file that is not part of params/: its rows are predict or context, never fitted
    raises : NicheError naming file and row, what was given and what is allowed
    """
    taken, rows = dict(known or {}), dict[str, Evidence]()
    try:
        with file.open(encoding="utf-8-sig", newline="") as handle:
            reader = csv.DictReader(handle)
            _header(reader.fieldnames or (), file.name)
            records = list(reader)
    except (UnicodeDecodeError, csv.Error) as error:
        raise NicheError(f"{file.name}: not a table in UTF-8, comma-separated ({error})") from None
    for line, record in enumerate(records, start=2):
        if None in record or None in record.values():
            raise NicheError(
                f"{file.name}, row {record.get('id')!r} (record {line}): not one cell for each column; "
                'put text that holds a comma in "quotes"'
            )
        row = _row(record, file.name, OUTSIDE_ROLES if outside else ROLES)
        if outside:
            _judgeable(row, f"{file.name}, row {row.id!r}")
        if row.id in taken:
            raise NicheError(f"{file.name}: row {row.id} stands in {taken[row.id].file} already; an id is given once")
        rows[row.id] = taken[row.id] = row
    if not rows:
        raise NicheError(f"{file.name} holds no rows")
    return rows


def evidence(row: str) -> Evidence:
    """One row by id, or an error with the nearest id."""
    rows = read_evidence()
    if row not in rows:
        raise unknown("evidence row", row, rows)
    return rows[row]


def _header(columns: Collection[str], file: str) -> None:
    if len(columns) == 1 and ";" in next(iter(columns)):
        raise NicheError(f"{file}: separated by semicolons; save it as CSV with commas")
    for column in columns:
        if column not in (*NEEDED, *OPTIONAL):
            raise NicheError(f"{file}: {unknown('column', column, (*NEEDED, *OPTIONAL))}")
    missing = [column for column in NEEDED if column not in columns]
    if missing:
        raise NicheError(f"{file} lacks the column {', '.join(missing)}. Needed: {', '.join(NEEDED)}.")


def _row(record: Mapping[str, str], file: str, roles: tuple[str, ...]) -> Evidence:
    record = {column: (record.get(column) or "").strip() for column in (*NEEDED, *OPTIONAL)}
    where = f"{file}, row {record['id']!r}"
    if not record["id"]:
        raise NicheError(f"{file}: a row without an id ({record['statement'][:60]!r})")
    if record["role"] in ROLES and record["role"] not in roles:
        raise NicheError(
            f"{where}: role {record['role']!r} is for rows of params/evidence; a row from outside is "
            f"{' or '.join(roles)}: it is never fitted"
        )
    for column, allowed in (("role", roles), ("effect_type", EFFECT_TYPES)):
        if record[column] not in allowed:
            raise NicheError(f"{where}: {unknown(column.replace('_', ' '), record[column], allowed)}")
    value, low, high, sd = (_number(record[k]) for k in ("value", "low", "high", "sd"))
    for column, number in (("sd", sd), ("low", low), ("high", high)):
        if record[column] and number is None and record["effect_type"] != "dose_response":
            raise NicheError(f"{where}, {column}: {record[column]!r} is not a number")
    if record["scale"] and record["scale"] not in SCALES:
        raise NicheError(f"{where}: {unknown('scale', record['scale'], SCALES)}")
    if sd is not None:
        if value is None:
            raise NicheError(f"{where}, value: {record['value']!r} is not a number, but it has an error (sd)")
        if not record["scale"]:
            raise NicheError(f"{where}: {unknown('scale', '', SCALES)}")
        if sd <= 0:
            raise NicheError(f"{where}: sd must be above 0, got {sd:g}")
        if record["scale"] == "log" and value <= 0:
            raise NicheError(f"{where}: {value:g} has no logarithm")
    if value is not None and not record["unit"]:
        raise NicheError(f"{where}: a measured value needs a unit, like '%', 'fold' or '1/day'; got {value:g} alone")
    if value is not None and ((low is not None and value < low) or (high is not None and value > high)):
        raise NicheError(f"{where}: interval [{record['low']}, {record['high']}] excludes the value {record['value']}")
    keep = {k: record[k] for k in Evidence.__dataclass_fields__ if k in record}
    return Evidence(**{**keep, "text": record["value"], "value": value, "sd": sd, "file": file})  # type: ignore[arg-type]


def _judgeable(row: Evidence, where: str) -> None:
    """A row from outside says what it measured in a way that can be judged."""
    if row.effect_type in ("direction", "dose_response"):
        return
    if row.value is None:
        raise NicheError(
            f"{where}, value: {row.text!r} is not a number (a decimal point, no unit), as effect type "
            f"{row.effect_type!r} needs; for a direction write effect type 'direction'"
        )
    if row.role == "predict" and row.sd is None:
        raise NicheError(
            f"{where}: a number is judged against its error: give sd on `scale` (for 'log' about the "
            "relative error) and where it is from in sd_basis"
        )


def _number(text: str) -> float | None:
    try:
        value = float(text)
    except ValueError:
        return None
    return value if math.isfinite(value) else None
