"""The claims of the literature, each judged on its evidence rows, with the mechanism removed as a control."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from niche.errors import NicheError, unknown
from niche.evidence.laboratory import Laboratory
from niche.evidence.plans import plans
from niche.evidence.row_plan import RowPlan
from niche.evidence.rows import evidence, read_evidence
from niche.frozen import Frozen
from niche.lookups import Noted, plain, whole
from niche.model.state import DERIVED, Parameters
from niche.params.judging_state import not_judged as not_judged
from niche.params.judging_state import one_line
from niche.params.posterior import Posterior
from niche.params.records import read_yaml, root
from niche.params.schema import parse
from niche.verdicts import rules as verdicts
from niche.verdicts.controls import Control as Control
from niche.verdicts.controls import ControlResult as ControlResult
from niche.verdicts.controls import explains as explains
from niche.verdicts.controls import what_is_left
from niche.verdicts.files import ClaimEntry, ClaimFile, ControlEntry, ExpectedFile
from niche.verdicts.judging import asks, contested, judge_row
from niche.verdicts.record import Verdict as Verdict
from niche.verdicts.record import expected_part as expected_part
from niche.verdicts.rules import CLAIM_VERDICTS, NOT_JUDGED
from niche.verdicts.tables import markdown as markdown
from niche.verdicts.tables import table as table

if TYPE_CHECKING:
    import xarray as xr

    from niche.answering.reading import Reading
    from niche.answering.records import ClaimAnswer


@dataclass(frozen=True)
class Claim:
    """One claim of the registry. `rows` are evidence ids, `expected` the verdict that is expected today.

    While the registry says why no claim is judged, that is in `not_judged`, and "not judged" is expected.
    A row that params/trials plans is predicted by virtual trials; any other as params/experiments says.
    """

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
    conflict_map: str = ""
    not_judged: str = ""

    @property
    def notebook(self) -> str:
        """File name of its notebook."""
        return f"{self.number:02d}_{self.id}.ipynb"

    @property
    def answers(self) -> "ClaimAnswer":
        """What is said of each of its propositions: by the papers, by the mechanism, by the model."""
        from niche.answering.claims import answers

        return answers([self.id])[0]

    def reading(self) -> "Reading":
        """What the papers say of it before any model is asked: a table for a notebook."""
        from niche.answering.reading import reading_of

        return reading_of(self.answers)

    def judge(
        self,
        effects: Mapping[str, "np.ndarray | xr.DataArray"] | None = None,
        *,
        draws: int = 1000,
        seed: int = 1,
        posterior: Posterior | str = "calibrated",
        changes: Mapping[str, Any] | None = None,
        prior: bool = False,
        lab: Laboratory | None = None,
    ) -> Verdict:
        """Simulate every row of the claim and judge it by docs/verdicts.md.

        While no claim is judged the numbers are there, and the words are all "not judged".

        Parameters
        ----------
        effects
            effects already at hand, by row id, one per draw in the row's own unit; the rest is simulated
        draws, seed, posterior
            as in `niche.experiment.hosts`
        changes
            parameters set for every host
        prior
            also judge each row before anything was fitted
        lab
            a laboratory to share between claims, in place of draws, seed, posterior and changes
        """
        given = dict(effects or {})
        for row in given:
            if row not in self.rows:
                raise unknown(f"row of the claim {self.id!r}", row, self.rows)
        lab = lab or Laboratory(draws, seed, posterior, changes)
        # Beside each row stands what it is without the mechanism: that of the first control.
        without = lab.without(self.controls[0].changes) if self.controls else None
        judged = [
            judge_row(
                evidence(row),
                lab,
                without=without,
                given=given.get(row),
                prior=prior and not self.not_judged,
                judged=not self.not_judged,
            )
            for row in self.rows
        ]
        groups = {row: evidence(row).conflict_group for row in self.rows}
        rows = contested(judged, groups, {row: asks(evidence(row), lab.plans[row]) for row in self.rows})
        results = tuple(what_is_left(control, lab) for control in self.controls)
        parts = {row.id: expected_part(row) for row in rows} | {c.name: explains(c) for c in results}
        changed = tuple(
            f"{name}: {self.expected_parts.get(name, 'not expected')} -> {now}"
            for name, now in parts.items()
            if not self.not_judged and now != self.expected_parts.get(name)
        )
        shown = {*self.rows, *(control.row for control in self.controls)}
        places = {place for row in shown for place in lab.plans[row].places}
        failed = {place: hosts for place, hosts in lab.failed.items() if place in places}
        warnings = {place: text for place, text in lab.warnings.items() if place in places}
        return Verdict(
            self.id,
            self.number,
            self.title,
            NOT_JUDGED if self.not_judged else verdicts.claim_verdict(rows),
            self.expected,
            rows,
            results,
            lab.draws,
            failed,
            changed,
            warnings,
            self.conflict_map,
            self.not_judged,
        )

    def unjudged(self) -> Verdict:
        """What there is to say of the claim while no claim is judged: nothing is simulated."""
        return Verdict(
            self.id,
            self.number,
            self.title,
            NOT_JUDGED,
            NOT_JUDGED,
            rows=(),
            controls=(),
            draws=0,
            failed={},
            changed=(),
            conflict_map=self.conflict_map,
            why=self.not_judged,
        )


def judge(names: Sequence[str] = (), *, draws: int = 1000, seed: int = 1, prior: bool = False) -> list[Verdict]:
    """Judge several claims (all of them, if none is named) in one laboratory: an arm that two share runs once.

    While no claim is judged, nothing is simulated.
    """
    chosen = {one.id: one for one in map(claim, names or claim_ids())}
    if not_judged():
        return [one.unjudged() for one in chosen.values()]
    lab = Laboratory(draws, seed)
    return [one.judge(lab=lab, prior=prior) for one in chosen.values()]


@lru_cache(maxsize=4)
def read_claims(file: Path | None = None) -> Mapping[str, Claim]:
    """The registry, in order of number. Raises `NicheError` for unknown rows, verdicts or keys."""
    path = file or root() / "claims.yaml"
    beside = path.with_name("expected_rows.yaml")
    with whole("claims"):
        expected = parse(ExpectedFile, read_yaml(beside), beside.name).claims if beside.exists() else {}
        content = parse(ClaimFile, read_yaml(path), path.name)
    found = dict[str, Claim]()
    for name, entry in content.claims.items():
        one = _claim(name, entry, expected.get(name, {}), f"{path.name}, claims, {name}")
        why = one_line(content.not_judged or "")
        found[name] = replace(one, not_judged=why, expected=NOT_JUDGED, expected_parts=Frozen({})) if why else one
    numbers = [one.number for one in found.values()]
    for one in found.values():
        if numbers.count(one.number) > 1:
            raise NicheError(f"{path.name}, claims, {one.id}, number: {one.number} is that of another claim too")
    return Noted("claims", dict(sorted(found.items(), key=lambda item: item[1].number)))


def _claim(name: str, entry: ClaimEntry, parts: Mapping[str, str], where: str) -> Claim:
    if entry.expected not in CLAIM_VERDICTS:
        raise NicheError(f"{where}, expected: {unknown('expected verdict', entry.expected, CLAIM_VERDICTS)}")
    for i, row in enumerate(entry.rows, 1):
        if row not in read_evidence():
            raise NicheError(f"{where}, rows, item {i}: {unknown('evidence row', row, read_evidence())}")
        _plan(row, f"{where}, rows, item {i}")
    return Claim(
        name,
        entry.number,
        entry.title,
        " ".join(entry.statement.split()),
        entry.source,
        entry.kind,
        entry.rows,
        tuple(_control(one, f"{where}, controls, item {i}") for i, one in enumerate(entry.controls, 1)),
        entry.expected,
        parts,
        " ".join(entry.conflict_map.split()),
    )


def _control(entry: ControlEntry, where: str) -> Control:
    if _plan(entry.row, f"{where}, row").cannot:
        raise NicheError(f"{where}, {entry.name}: row {entry.row} is not simulated, so nothing can be left of it")
    allowed = set(Parameters._fields) - set(DERIVED)
    for name in entry.set:
        if name not in allowed:
            raise NicheError(f"{where}, set: {unknown('parameter', name, allowed)}")
    return Control(entry.name, entry.row, entry.set)


def _plan(row: str, where: str) -> RowPlan:
    if row not in plans():
        raise NicheError(f"{where}: {unknown('planned evidence row', row, plans())}")
    return plain(plans())[row]


def claim_ids() -> tuple[str, ...]:
    """Names of all claims, in order of number."""
    return tuple(read_claims())


def claim(name: str) -> Claim:
    """One claim, or an error with the nearest id.

    Parameters
    ----------
    name
        its id, its number ("2", "02"), or its notebook ("02_vicious-cycle", with or without folder and ending)
    """
    claims = read_claims()
    if name in claims:
        return claims[name]
    stem = Path(name).name.removesuffix(".ipynb")
    for one in plain(claims).values():  # whose names are asked for is not on what a result depends
        if stem in (one.id, one.notebook.removesuffix(".ipynb")) or (stem.isdigit() and int(stem) == one.number):
            return claims[one.id]
    raise unknown("claim", re.sub(r"^\d+[_-]", "", stem) or name, claims)
