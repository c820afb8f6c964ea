"""The claims of the literature, each judged on its evidence rows, with the mechanism removed as a control."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from niche import verdicts
from niche.errors import NicheError, unknown
from niche.evidence import Evidence, evidence
from niche.experiments import RowPlan, plan
from niche.parameters import read_yaml, root
from niche.posterior import Posterior
from niche.predict import Laboratory
from niche.tables import markdown as markdown
from niche.tables import table as table
from niche.verdicts import CLAIM_VERDICTS, RowVerdict

if TYPE_CHECKING:
    import xarray as xr

_NULL = {"percent": 0.0, "fold": 1.0, "fold of start": 1.0, "percent of start": 100.0}


@dataclass(frozen=True)
class Control:
    """A mechanism to remove: the parameters that switch it off, and the row whose effect it should abolish."""

    name: str
    row: str
    changes: Mapping[str, float]


class ControlResult(NamedTuple):
    """What is left of a row's effect without the mechanism: medians in the row's unit, and the share in percent.

    `share` is that of the medians; `low` and `high` are the 5-95 % interval of the share over draws.
    """

    name: str
    row: str
    full: float
    without: float
    share: float
    low: float
    high: float


class Verdict(NamedTuple):
    """How a claim was judged, on which rows, and what its controls left."""

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

    @property
    def as_expected(self) -> bool:
        """Whether the claim, its rows and its controls all came out as params/ says they do today."""
        return self.verdict == self.expected and not self.changed

    def to_dict(self) -> dict[str, Any]:
        """Plain values, rounded to what is known: the shape of `niche claims --json`. `changed` lists what differs."""
        keys = (
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
        )
        rows = [{k: _rounded(getattr(row, k)) for k in keys} for row in self.rows]
        controls = [{k: _rounded(v) for k, v in c._asdict().items()} for c in self.controls]
        return {
            "id": self.id, "number": self.number, "title": self.title, "verdict": self.verdict,
            "expected": self.expected, "rows": rows, "control": controls[0] if controls else None,
            "controls": controls, "draws": self.draws, "failed": dict(self.failed), "changed": list(self.changed),
        }  # fmt: skip

    def to_frame(self) -> Any:
        """The rows as a pandas table for reading: measured beside predicted, rounded."""
        from niche.tables import frame

        return frame(self.rows)


@dataclass(frozen=True)
class Claim:
    """One claim of the registry. `rows` are evidence ids, `expected` the verdict that is expected today."""

    id: str
    number: int
    title: str
    statement: str
    source: str
    kind: str
    rows: tuple[str, ...]
    controls: tuple[Control, ...]
    expected: str
    expected_parts: Mapping[str, str]

    @property
    def notebook(self) -> str:
        """File name of its notebook."""
        return f"{self.number:02d}_{self.id}.ipynb"

    def judge(
        self,
        effects: Mapping[str, "np.ndarray | xr.DataArray"] | None = None,
        *,
        draws: int = 1000,
        seed: int = 1,
        posterior: Posterior | str = "calibrated",
        changes: Mapping[str, Any] | None = None,
    ) -> Verdict:
        """Simulate every row of the claim and judge it by docs/verdicts.md.

        effects : effects already at hand, by row id, one per draw in the row's own unit; the rest is simulated
        draws, seed, posterior : as in `niche.hosts`; changes : parameters set for every host
        """
        given = dict(effects or {})
        for row in given:
            if row not in self.rows:
                raise unknown(f"row of the claim {self.id!r}", row, self.rows)
        lab = Laboratory(draws, seed, posterior, changes)
        controls = [(c, Laboratory(draws, seed, posterior, {**(changes or {}), **c.changes})) for c in self.controls]
        first = controls[0][1] if controls else None
        rows = tuple(_judge_row(row, lab, first, given.get(row)) for row in self.rows)
        results = tuple(_control(c, lab, without) for c, without in controls)
        parts = {row.id: row.verdict for row in rows} | {c.name: explains(c) for c in results}
        changed = tuple(
            f"{name}: {self.expected_parts.get(name, 'not expected')} -> {now}"
            for name, now in parts.items()
            if now != self.expected_parts.get(name)
        )
        return Verdict(
            self.id, self.number, self.title, verdicts.claim(rows), self.expected, rows, results, draws,
            dict(lab.failed), changed,
        )  # fmt: skip


def explains(control: ControlResult) -> str:
    """Whether the mechanism explains the effect: at most a fifth may be left without it."""
    return "explains" if abs(control.share) <= 20 else "does not explain"


@lru_cache(maxsize=4)
def read_claims(file: Path | None = None) -> dict[str, Claim]:
    """The registry, in order of number. Raises `NicheError` for unknown rows, verdicts or keys."""
    path = file or root() / "claims.yaml"
    beside = path.with_name("expected_rows.yaml")
    parts = read_yaml(beside).get("claims", {}) if beside.exists() else {}
    found = {}
    for name, entry in read_yaml(path).get("claims", {}).items():
        where = f"{path.name}: {name}"
        if entry.get("expected") not in CLAIM_VERDICTS:
            raise NicheError(f"{where}: {unknown('expected verdict', entry.get('expected'), CLAIM_VERDICTS)}")
        for row in entry["rows"]:
            evidence(row), plan(row)
        controls = tuple(Control(c["name"], c["row"], c["set"]) for c in entry["controls"])
        found[name] = Claim(
            name, entry["number"], entry["title"], " ".join(entry["statement"].split()), entry["source"],
            entry.get("kind", ""), tuple(entry["rows"]), controls, entry["expected"], parts.get(name, {}),
        )  # fmt: skip
    return dict(sorted(found.items(), key=lambda item: item[1].number))


def claim_ids() -> tuple[str, ...]:
    """Names of all claims, in order of number."""
    return tuple(read_claims())


def claim(name: str) -> Claim:
    """One claim, or an error with the nearest name."""
    claims = read_claims()
    if name not in claims:
        raise unknown("claim", name, claims)
    return claims[name]


def _judge_row(row: str, lab: Laboratory, without: Laboratory | None, given: Any) -> RowVerdict:
    measured, how = evidence(row), plan(row)
    counts = measured.role == "predict" and not how.cannot and not how.built_in
    value, sd, scale, unit, note = _target(measured, how)
    base = RowVerdict(
        row, measured.role, how.label or measured.statement, measured.effect_type, unit, scale, value, sd,
        measured.sd_basis, None, None, None, None, None, "not simulated", counts, how.built_in, how.cannot or note,
        None, 0,
    )  # fmt: skip
    if how.cannot:
        return base
    if how.readings[0].sign is not None:
        agrees = lab.agrees(row) if given is None else np.asarray(given, dtype=float)
        share, verdict = verdicts.direction(agrees)
        return base._replace(share=share, verdict=verdict, failed=int(np.isnan(agrees).sum()))
    drawn = lab.effect(row) if given is None else np.asarray(given, dtype=float)
    removed = None if without is None else _median(without.effect(row))
    failed = int(np.count_nonzero(~np.isfinite(drawn)))
    if value is None or sd is None:
        low, median, high = (float(q) for q in np.nanquantile(drawn, [0.05, 0.5, 0.95]))
        return base._replace(median=median, low=low, high=high, verdict="undecided", failed=failed, counts=False)
    numbers, verdict = verdicts.numeric(drawn, value, sd, scale, _NULL.get(how.readings[0].compare))
    return base._replace(**numbers, verdict=verdict, control_median=removed, failed=failed)


def _target(measured: Evidence, how: RowPlan) -> tuple[float | None, float | None, str, str, str]:
    if how.observed is not None:
        return how.observed.value, how.observed.sd, how.observed.scale, how.observed.unit, how.observed.reason
    if measured.numeric:
        return measured.value, measured.sd, measured.scale, measured.unit, ""
    return None, None, measured.scale, measured.unit, ""


def _control(control: Control, lab: Laboratory, without: Laboratory) -> ControlResult:
    """The effect left, as a share of the full effect: logarithms of folds, distances from no effect otherwise."""
    compare = plan(control.row).readings[0].compare
    null = _NULL.get(compare, 0.0)
    size = np.log if compare.startswith("fold") else (lambda x: x - null)
    full, left = lab.effect(control.row), without.effect(control.row)
    with np.errstate(divide="ignore", invalid="ignore"):
        shares = 100 * size(left) / size(full)
    whole = float(size(_median(full)))
    share = 100 * float(size(_median(left))) / whole if whole else float("nan")
    low, high = (float(q) for q in np.nanquantile(shares, [0.05, 0.95]))
    return ControlResult(control.name, control.row, _median(full), _median(left), share, low, high)


def _median(effect_: np.ndarray) -> float:
    finite = effect_[np.isfinite(effect_)]
    return float(np.median(finite)) if len(finite) else float("nan")


def _rounded(value: Any) -> Any:
    if isinstance(value, float | np.floating):
        return float(f"{float(value):.4g}") if np.isfinite(value) else None
    return value
