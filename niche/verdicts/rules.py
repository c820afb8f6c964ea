"""How a row and a claim are judged. The rules were fixed before anything was fitted: docs/verdicts.md."""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np

from niche.errors import NicheError
from niche.monte_carlo import quantile_errors

Z_REPRODUCED, Z_TENSION = 1.64, 3.0
SHARE_RIGHT, SHARE_WRONG = 0.95, 0.50
MISSING = 0.05  # share of draws without a value from which on the 5-95 % interval is not defined
CLAIM_VERDICTS = (
    "reproduced",
    "partly",
    "not reproduced",
    "direction only",
    "fitted, untested",
    "not identifiable",
    "contested",
)
GOOD, BAD = ("reproduced", "right"), ("not reproduced", "wrong")
NOT_JUDGED = "not judged"  # of a claim and its rows while params/claims.yaml says why: none of the words above
# What may be said against a verdict that stands: flags of a row.
HOLDS_ALREADY = "holds under the prior too"
NEEDS_NONE = "no effect would do too"
FAILS_ALL_THE_SAME = "sign put in, yet fails"
FLAGS = (FAILS_ALL_THE_SAME, NEEDS_NONE, HOLDS_ALREADY)


class RowVerdict(NamedTuple):
    """One evidence row beside its prediction; numbers in the row's own unit, `z` on its scale.

    For a direction row `share` is the share of draws that agree and the numbers are None. `control_median` is the
    prediction with the claim's mechanism removed. `counts` says whether the claim's verdict rests on the row.
    Of a row that counts and fails, `hangs_on` names the gains that no row informs and on whose sign it hangs, and
    `contested_by` the rows of its conflict group that hold. `prior_verdict` is the verdict before anything was
    fitted, "" if that was not asked. `flags` are those of `FLAGS` that hold of it; `note` says them in words, too.
    `error` is the Monte Carlo error of low, median and high: how far other draws would move them.
    """

    id: str
    role: str
    label: str
    effect_type: str
    unit: str
    scale: str
    value: float | None
    sd: float | None
    sd_basis: str
    median: float | None
    low: float | None
    high: float | None
    z: float | None
    share: float | None
    verdict: str
    counts: bool
    built_in: str
    note: str
    control_median: float | None
    failed: int
    hangs_on: tuple[str, ...] = ()
    contested_by: tuple[str, ...] = ()
    prior_verdict: str = ""
    flags: tuple[str, ...] = ()
    error: tuple[float, ...] = ()

    @classmethod
    def from_dict(cls, stored: Mapping[str, Any]) -> "RowVerdict":
        """A row as `niche.verdicts.record.plain_row` wrote it; what that leaves out, or an older one did, is empty.

        Raises
        ------
        NicheError
            for what is no such mapping, lacks an id or has a list that is none
        """
        if not isinstance(stored, Mapping) or not isinstance(stored.get("id"), str):
            raise NicheError(f"expected a row of a verdict, a mapping with its id, got {stored!r}")
        found = {name: value for name, value in stored.items() if name in cls._fields and value is not None}
        for name in _LISTS:
            if not isinstance(found.get(name, ()), list | tuple):
                raise NicheError(f"row {stored['id']}, {name}: expected a list, got {found[name]!r}")
            found[name] = tuple(found.get(name, ()))
        return cls(**{**_EMPTY, **found})


_LISTS = ("hangs_on", "contested_by", "flags", "error")
_NUMBERS = ("value", "sd", "median", "low", "high", "z", "share", "control_median")
_EMPTY: dict[str, Any] = {
    **dict.fromkeys(RowVerdict._fields, ""),
    **dict.fromkeys(_NUMBERS),
    "counts": True,
    "failed": 0,
}


def numeric(effect: np.ndarray, value: float, sd: float, scale: str, null: float | None) -> tuple[dict, str]:
    """Judge a numeric row: effect (draws,) and measurement in the row's unit; `null` is the value of no effect.

    Returns
    -------
    tuple[dict, str]
        median, low, high (5-95 %) with their Monte Carlo errors, z, all of the draws that have a value; and the
        verdict. The order of the draws is no part of it, to the last digit
    """
    has = valued(effect, scale)
    finite = np.sort(effect[has])
    if len(finite) == 0:
        return {"median": None, "low": None, "high": None, "z": None}, "not reproduced"
    if scale == "log":
        drawn, m, no_effect = np.log(finite), np.log(value), None if null is None else np.log(null)
    else:
        drawn, m, no_effect = finite, value, null
    low, q, high = np.quantile(drawn, [0.05, 0.5, 0.95])
    z = float((q - m) / np.hypot(sd, drawn.std()))
    found = dict(zip(("low", "median", "high"), np.quantile(finite, [0.05, 0.5, 0.95]).tolist(), strict=True)) | {
        "z": z,
        "error": quantile_errors(finite),
    }
    still = 0.0 if no_effect is None else no_effect
    reach = still + 2 * (m - still)
    if m == still:  # twice nothing is nothing
        vague = low <= m <= high and (low < m - 2 * sd or high > m + 2 * sd)
    else:
        vague = low <= min(still, reach) and high >= max(still, reach)
    if vague:
        return found, "vague"
    if no_effect is not None and m != no_effect and np.mean((drawn - no_effect) * (m - no_effect) > 0) < 0.5:
        return found, "not reproduced"  # the wrong sign in most draws, however small the difference
    if abs(z) > Z_TENSION:
        return found, "not reproduced"
    if np.mean(~has) > MISSING:  # only here, so that it excuses no row that is wrong in the draws it has
        return found, "vague"
    return found, "reproduced" if abs(z) <= Z_REPRODUCED else "in tension"


def valued(effect: np.ndarray, scale: str) -> np.ndarray:
    """Which draws have a value on the scale of their row: finite, and above 0 for a logarithm."""
    return np.asarray(np.isfinite(effect) & ((effect > 0) | (scale != "log")))


def direction(agrees: np.ndarray) -> tuple[float, str]:
    """Judge a direction row from which draws agree (1, 0 or NaN): the share, and the verdict. A NaN does not agree."""
    share = float(np.mean(np.nan_to_num(agrees, nan=0.0)))
    return share, "right" if share >= SHARE_RIGHT else "wrong" if share <= SHARE_WRONG else "undecided"


def claim_verdict(rows: Sequence[RowVerdict]) -> str:
    """The verdict of a claim from its rows; only predict rows that are simulated and not built in count."""
    counted = [row for row in rows if row.counts]
    if not counted:
        return "fitted, untested"
    failing = [row for row in counted if row.verdict not in GOOD]
    if not failing:
        return "reproduced" if any(row.share is None for row in counted) else "direction only"
    if all(row.hangs_on or row.contested_by for row in failing):
        return "not identifiable" if any(row.hangs_on for row in failing) else "contested"
    bad = any(row.verdict in BAD for row in failing)
    return "partly" if len(failing) < len(counted) and not bad else "not reproduced"
