"""The schema of a row of evidence: its columns, what may stand in each, and what must agree among them."""

from typing import Annotated, Literal, get_args

import msgspec

from niche.params import schema
from niche.params.schema import Number, Record, Text

Role = Literal["calibrate", "predict", "parameter", "context", "duplicate", "never"]
EffectType = Literal[
    "absolute", "percent_change", "fold_change", "hazard_ratio", "direction", "dose_response", "parameter"
]
Scale = Literal["linear", "log"]
ROLES: tuple[str, ...] = get_args(Role)
OUTSIDE_ROLES = ("predict", "context")  # what a row from outside params/ may be: nobody fits it by accident
SCALES: tuple[str, ...] = get_args(Scale)
EFFECT_TYPES: tuple[str, ...] = get_args(EffectType)


def _about(text: str) -> msgspec.Meta:
    """What an editor shows of a column; the word for it in errors stays that of its type."""
    return msgspec.Meta(extra_json_schema={"description": text})


class TableRow(Record, kw_only=True):
    """One record of a table of evidence, as its cells say it."""

    id: Annotated[Text, _about("two letters and a number; given once in all tables")]
    role: Annotated[Role, _about("predict: judged; context: shown only. The others are for rows of params/evidence")]
    statement: Annotated[str, _about("what was found, in a sentence")]
    system: Annotated[str, _about("in whom: species, strain, sex, tumour line, or patients")]
    intervention: Annotated[str, _about("after what")]
    readout: Annotated[str, _about("what was measured, against what")]
    effect_type: Annotated[EffectType, _about("what kind of number `value` is; it must agree with `unit`")]
    value: Annotated[Number | str | None, _about("the number; words for a direction or a response to doses")]
    unit: Annotated[str, _about("'%', 'fold', 'HR', '% of control', 'log2 fold', '1/day', 'nM' and the like")]
    scale: Annotated[Scale | None, _about("the scale on which the row is judged: log for ratios")]
    sd: Annotated[Number | None, _about("the error of `value` on `scale`; if uncertainty_type is SD, that of animals")]
    sd_basis: Annotated[str, _about("reported, or assumed with the reason in the notes")]
    doi: Annotated[str, _about("DOI of the paper, or how else it is found")]
    same_as: Annotated[str, _about("the row that this one repeats")] = ""
    conflict_group: Annotated[str, _about("a name shared with rows that point the other way")] = ""
    claim_area: Annotated[str, _about("which part of the review it belongs to")] = ""
    low: Annotated[Number | str | None, _about("lower end of the interval, in the unit of `value`")] = None
    high: Annotated[Number | str | None, _about("upper end of the interval, in the unit of `value`")] = None
    uncertainty_type: Annotated[str, _about("what sd, low and high are: SE, SD, 95CI, 90CI, IQR, range or none")] = ""
    n: Annotated[str, _about("how many animals or patients: 8, '8 vs 8', '8 per group', '157 of 211'")] = ""
    p: Annotated[str, _about("P as printed: 0.004, '< 0.05'")] = ""
    arms: Annotated[str, _about("both arms as printed, treated first: '1618 ± 334 (n=8) vs 1257 ± 414 (n=8)'")] = ""
    meant: Annotated[Literal["sd"] | None, _about("'sd' where an error above 3 on a log scale is meant")] = None
    where: Annotated[str, _about("where in the paper the number stands: 'Table 2', 'Fig. 4B'")] = ""
    time: Annotated[str, _about("when it was measured")] = ""
    source_url: Annotated[str, _about("where it was read")] = ""
    verified: Annotated[str, _about("whether the whole text or an abstract was read")] = ""
    notes: Annotated[str, _about("anything else, like why an error is assumed")] = ""

    def __post_init__(self) -> None:
        """What must agree among the columns, whatever the row is used for."""
        if not isinstance(self.value, float):
            if self.sd is not None:
                raise ValueError(f"value: {self.value or ''!r} is not a number, but it has an error (sd)")
            return
        if self.sd is not None and self.sd <= 0:
            raise ValueError(f"sd must be above 0, got {self.sd:g}")
        if not self.unit:
            raise ValueError(f"a measured value needs a unit, like '%', 'fold' or '1/day'; got {self.value:g} alone")
        low, high = (end if isinstance(end, float) else None for end in (self.low, self.high))
        if (low is not None and self.value < low) or (high is not None and self.value > high):
            ends = ", ".join("" if end is None else f"{end:g}" for end in (low, high))
            raise ValueError(f"interval [{ends}] excludes the value {self.value:g}")


ROW_COLUMNS = {field.name: field for field in msgspec.structs.fields(TableRow)}
NEEDED = tuple(name for name, field in ROW_COLUMNS.items() if field.required)
OPTIONAL = tuple(name for name in ROW_COLUMNS if name not in NEEDED)


def row_schema() -> str:
    """The JSON schema of a row of evidence, for editors."""
    return schema.json_schema(TableRow, "niche: a row of a table of evidence")
