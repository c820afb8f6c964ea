"""Published measurements: what was measured, with which error, and what the row may be used for."""

import math
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from niche.errors import NicheError, unknown
from niche.evidence.effect_units import CANONICAL, INVERSE, Spelling, bare_unit, bound_of, spelling
from niche.evidence.errors_of_effects import error_of_effect
from niche.evidence.printed_effect import Effect
from niche.evidence.printed_numbers import PrintedValue, printed_number, printed_value
from niche.evidence.reading_tables import Cells, read_cells
from niche.evidence.table_row import EFFECT_TYPES, OUTSIDE_ROLES, ROLES, ROW_COLUMNS, SCALES, TableRow
from niche.evidence.table_row import NEEDED as NEEDED
from niche.lookups import Noted, whole
from niche.params.records import root
from niche.params.schema import parse

WORDS = ("direction", "dose_response")  # effects whose value may be words
_SHORT = (
    "role",
    "effect_type",
    "value",
    "unit",
    "scale",
    "sd",
    "low",
    "high",
    "uncertainty_type",
    "p",
    "arms",
    "meant",
)
_LONG = 300  # characters of a cell that is no prose
_WIDE = 3.0  # an error on a log scale above this is asked about: a factor of 20 either way


@dataclass(frozen=True)
class Evidence:
    """One row of a table of evidence. `value` and `sd` are None for a direction; `sd` is on `scale`.

    Attributes
    ----------
    error_sum
        how `sd` follows from what the paper prints, like "12 / sqrt(8) = 4.24"
    record
        its record in the file, the header being the first
    """

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
    low: float | None = None
    high: float | None = None
    uncertainty_type: str = ""
    p: str = ""
    arms: str = ""
    where: str = ""
    error_sum: str = ""
    record: int = 0

    @property
    def numeric(self) -> bool:
        """Whether a number was measured, with an error to judge against."""
        return self.value is not None and self.sd is not None and self.effect_type != "direction"

    @property
    def bound(self) -> str:
        """ "at least" or "at most" where the number was printed as a bound, else ""."""
        return bound_of(self.unit)


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

    Parameters
    ----------
    known
        rows whose ids are taken
    outside
        a file that is not part of params/: its rows are predict or context, never fitted; their errors are
        derived from what is printed, while a row of params/ keeps the sd that it is judged by

    Raises
    ------
    NicheError
        naming file, row and column, what was given and what is allowed
    """
    taken, rows = dict(known or {}), dict[str, Evidence]()
    cells = read_cells(file, ROW_COLUMNS, NEEDED)
    _header(cells.columns, file.name)
    for record, texts in cells.records:
        row = _row(texts, record, file.name, cells, outside)
        if row.id in taken:
            raise NicheError(f"{file.name}: row {row.id} stands in {taken[row.id].file} already; an id is given once")
        rows[row.id] = taken[row.id] = row
    if not rows:
        raise NicheError(f"{file.name}, separated by {cells.separator}, holds no rows")
    return rows


def evidence(row: str) -> Evidence:
    """One row by id, or an error with the nearest id."""
    rows = read_evidence()
    if row not in rows:
        raise unknown("evidence row", row, rows)
    return rows[row]


def _header(columns: Collection[str], file: str) -> None:
    for column in columns:
        if column not in ROW_COLUMNS:
            raise NicheError(f"{file}: {unknown('column', column, ROW_COLUMNS)}")
    missing = [column for column in NEEDED if column not in columns]
    if missing:
        raise NicheError(f"{file} lacks the column {', '.join(missing)}. Needed: {', '.join(NEEDED)}.")


def _row(texts: Mapping[str, str], record: int, file: str, cells: Cells, outside: bool) -> Evidence:
    if not texts["id"]:
        raise NicheError(f"{file}: a row without an id (record {record}, {texts['statement'][:60]!r})")
    where = f"{file}, row {texts['id']!r} (record {record})"
    for name in _SHORT:
        if len(texts.get(name, "")) > _LONG:
            raise NicheError(f"{where}, {name}: {len(texts[name])} characters; at most {_LONG} stand here")
    if outside and texts["role"] in ROLES and texts["role"] not in OUTSIDE_ROLES:
        raise NicheError(
            f"{where}: role {texts['role']!r} is for rows of params/evidence; a row from outside is "
            f"{' or '.join(OUTSIDE_ROLES)}: it is never fitted"
        )
    beside = _printed(texts, cells.decimal, where, outside)
    content: dict[str, object] = {name: text for name, text in texts.items() if text or ROW_COLUMNS[name].required}
    content |= {name: _number(texts, name, cells.decimal, where) for name in ("low", "high", "sd")}
    content |= {"scale": texts["scale"] or None, "value": beside.value if beside else texts["value"] or None}
    row = parse(TableRow, content, where)
    try:
        sd, scale, told = _error(row, beside, texts, cells.decimal, outside)
    except NicheError as error:
        raise NicheError(f"{where}{', ' if str(error).split(':')[0] in ROW_COLUMNS else ': '}{error}") from None
    if outside and row.role == "predict" and row.effect_type not in WORDS and sd is None:
        ends = isinstance(row.low, float) and isinstance(row.high, float)
        what = row.uncertainty_type or "nothing in uncertainty_type"
        raise NicheError(
            f"{where}: a number is judged against its error: give sd on `scale` (for 'log' about the relative error) "
            "and where it is from in sd_basis; or low and high of an interval, SD with n, or P, and what it is in "
            "uncertainty_type" + f" (low and high are given with {what}: no error follows)" * ends
        )
    kept = {name: getattr(row, name) for name in Evidence.__dataclass_fields__ if name in ROW_COLUMNS}
    value, low, high = (beside.value, beside.low, beside.high) if beside else (None, None, None)
    kept["low"] = row.low if isinstance(row.low, float) else low
    kept["high"] = row.high if isinstance(row.high, float) else high
    basis, n = row.sd_basis if sd == row.sd else f"derived: {told}", row.n or (beside.n if beside else "")
    kept |= {"value": value, "text": texts["value"], "scale": scale, "sd": sd, "sd_basis": basis, "n": n}
    return Evidence(**kept, file=file, error_sum=told, record=record)


def _printed(texts: Mapping[str, str], decimal: str, where: str, outside: bool) -> PrintedValue | None:
    """The number in the cell of the value, with what stands beside it; None where it is empty or words."""
    text, effect = texts["value"], texts["effect_type"]
    try:
        return printed_value(text.removesuffix("%") if texts["unit"].startswith("%") else text, decimal)
    except NicheError as error:
        if effect in WORDS or effect not in EFFECT_TYPES or not outside:
            return None
        words = "" if any(sign.isdigit() for sign in text) else "; for a direction write effect type 'direction'"
        raise NicheError(f"{where}, value: {error}, as effect type {effect!r} needs{words}") from None


def _number(texts: Mapping[str, str], column: str, decimal: str, where: str) -> float | str | None:
    """The number in a cell; what is none stays text where words are allowed."""
    text = texts.get(column, "")
    try:
        return printed_number(text, decimal) if text else None
    except NicheError as error:
        if texts["effect_type"] in WORDS and column != "sd":
            return text
        raise NicheError(f"{where}, {column}: {error}") from None


def _error(
    row: TableRow, beside: PrintedValue | None, texts: Mapping[str, str], decimal: str, outside: bool
) -> tuple[float | None, str, str]:
    """The error of a row, the scale on which it is, and the sum that gives it."""
    scale = row.scale or ""
    if beside is None or row.effect_type in WORDS:
        return row.sd, scale, ""
    kept = row.sd is not None and not outside  # rows of params/ are judged by their sd
    spelled = _spelled(row, beside.value, outside)
    if row.effect_type == "hazard_ratio" and row.sd is None:
        scale = "log"  # an interval of a hazard ratio is made there
    effect = Effect(beside.value, scale, texts, spelled, beside, decimal)
    if scale == "log" and not (spelled.base or effect.fold(beside.value) > 0):
        raise NicheError(f"{beside.value:g} {row.unit} has no logarithm")
    found = None if kept else error_of_effect(effect)
    sd = row.sd if kept else found.error if found else None
    if sd is None:
        return None, scale, ""
    if not scale:
        raise unknown("scale", "", SCALES)
    if scale == "log" and spelled.base not in (0.0, math.e):
        raise NicheError(f"scale: the value is in {row.unit}; write scale 'linear' for an error in the same unit")
    if scale == "log" and sd > _WIDE and row.meant != "sd":
        raise NicheError(
            f"sd: an error of {sd:.3g} on a log scale is a factor of {math.exp(min(sd, 300)):.3g} either way; on 'log' "
            "it is about the relative error (0.12 for 12 %). For points of per cent write scale 'linear'; if it is "
            "meant, write 'sd' into a column `meant`"
        )
    return sd, scale, f"{sd:g} as the table gives it" if found is None else found.sum


def _spelled(row: TableRow, value: float, outside: bool) -> Spelling:
    """What the value means. In params/ an effect may have a unit of its own as long as no plan reads it."""
    if outside and bare_unit(row.unit) in INVERSE:
        raise NicheError(
            f"unit: {value:g} {row.unit!r} is {1 / value if value else 0:.4g}-fold; write that, unit 'fold'"
        )
    try:
        return spelling(row.effect_type, row.unit, value)
    except NicheError:
        if outside:
            raise
        return Spelling(CANONICAL[row.effect_type])
