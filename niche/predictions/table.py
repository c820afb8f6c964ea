"""Predictions on record: params/predictions.csv, a row for each, written once and scored when an experiment appears."""

import csv
import io
import json
import math
from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Annotated, Any, TypeVar

import msgspec
from msgspec import Meta

from niche.errors import NicheError, unknown
from niche.evidence.paper_records import Count
from niche.files import write_whole
from niche.params.records import root
from niche.params.schema import Positive, Record, Text, parse
from niche.params.yaml_files import Spot

T = TypeVar("T")
FILE = "predictions.csv"
QUANTILES = 100  # of what the model says: the mixture that a measurement is scored by
Hash = Annotated[str, Meta(pattern="^[0-9a-f]{8,64}$", description="a hash in hexadecimal digits")]
Day = Annotated[str, Meta(pattern=r"^\d{4}-\d{2}-\d{2}$", description="a date, such as 2026-11-30")]


class Prediction(Record):
    """One prediction. Ratios are of the treated arm over its control, or of two such ratios.

    Attributes
    ----------
    id
        name of the candidate
    question, statement
        what is asked, and what is predicted, in plain words
    host, days, arms, read
        as params/candidates.yaml has them, in JSON: so it can be simulated again
    study, n
        class of study, and hosts in each arm
    median, low_50, high_50, low_90, high_90
        of the ratio as it would be measured, error and spread between papers included
    error, spread
        on the logarithm of the ratio: of the assay with n hosts, and of what a paper has of its own
    model
        what the model says without either: equally likely logarithms, in JSON
    information, adds
        nats that the outcome tells of the head it tells most of, and that it adds to the predictions before it
    about
        the proposition of that head
    refuted_by
        the outcome that would refute it
    on, freeze, posterior
        date, hash of what was frozen, and of the draws
    """

    id: Text
    question: Text
    statement: Text
    host: Text
    days: Text
    arms: Text
    read: Text
    study: Text
    n: Count
    median: Positive
    low_50: Positive
    high_50: Positive
    low_90: Positive
    high_90: Positive
    error: Positive
    spread: Positive
    model: Text
    information: Annotated[float, Meta(ge=0)]
    adds: Annotated[float, Meta(ge=0)]
    about: Text
    refuted_by: Text
    on: Day
    freeze: Hash
    posterior: Hash

    def __post_init__(self) -> None:
        """Intervals hold one another, cells of JSON are JSON, the date is one."""
        if not self.low_90 <= self.low_50 <= self.median <= self.high_50 <= self.high_90:
            raise ValueError(f"{self.id}: the 90 % interval holds the 50 % interval, and that the median")
        date.fromisoformat(self.on)
        for name in ("host", "arms", "read", "model"):
            try:
                json.loads(getattr(self, name))
            except ValueError:
                raise ValueError(f"{self.id}: {name} is not JSON") from None
        values = json.loads(self.model)
        if not isinstance(values, list) or not values or not all(_finite(one) for one in values):
            raise ValueError(f"{self.id}: model is a list of finite numbers")

    @property
    def draws(self) -> list[float]:
        """What the model says: equally likely logarithms of the ratio."""
        return [float(one) for one in json.loads(self.model)]


def _finite(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)


COLUMNS = Prediction.__struct_fields__


def read_predictions(file: Path | None = None) -> dict[str, Prediction]:
    """Every prediction on record by its id; none where nothing is on record yet.

    Raises
    ------
    NicheError
        with file, row and column for what is not as it should be, and for an id that stands there twice
    """
    path = file or root() / FILE
    if not path.exists():
        return {}
    reader = csv.DictReader(io.StringIO(path.read_text(encoding="utf-8")))
    if reader.fieldnames is None or sorted(reader.fieldnames) != sorted(COLUMNS):
        given = ", ".join(reader.fieldnames or ()) or "none"
        raise NicheError(f"{path.name}: its columns are {', '.join(COLUMNS)}; got {given}")
    found: dict[str, Prediction] = {}
    for i, row in enumerate(reader, 2):
        spot = Spot(f"{path.name}, row {i}")
        if None in row:
            raise spot.error(f"it has more cells than the {len(COLUMNS)} columns")
        one = parse(Prediction, dict(row), spot, strict=False)
        if one.id in found:
            raise spot.error(f"{one.id!r} stands there twice")
        found[one.id] = one
    return found


def prediction(name: str, file: Path | None = None) -> Prediction:
    """One prediction. Raises `NicheError` with the nearest id, or where nothing is on record."""
    found = read_predictions(file)
    if not found:
        raise NicheError(
            "no prediction is on record yet: params/predictions.csv is made by 'niche predictions --write'"
        )
    if name not in found:
        raise unknown("prediction", name, found)
    return found[name]


def check_new(candidates: Mapping[str, T], file: Path | None = None) -> dict[str, T]:
    """The candidates that are not on record yet. Raises `NicheError` where all are."""
    there = read_predictions(file)
    found = {name: one for name, one in candidates.items() if name not in there}
    if not found:
        raise NicheError("all candidates of params/candidates.yaml are on record already; add new ones")
    return found


def write_predictions(new: Sequence[Prediction], file: Path | None = None) -> Path:
    """Add predictions to those on record, and return the file. What is on record is never changed.

    Raises
    ------
    NicheError
        for an id that is on record already
    """
    path = file or root() / FILE
    there = read_predictions(path)
    twice = sorted({one.id for one in new} & set(there))
    if twice:
        raise NicheError(
            f"{', '.join(twice)}: on record already, and a prediction on record is not changed. Another of the same "
            "experiment needs a candidate of another name in params/candidates.yaml"
        )
    out = io.StringIO()
    writer = csv.DictWriter(out, list(COLUMNS), lineterminator="\n")
    writer.writeheader()
    writer.writerows(msgspec.to_builtins(one) for one in [*there.values(), *new])
    return write_whole(path, out.getvalue())
