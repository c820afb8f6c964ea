"""Beta1 against beta2: what each receptor says to noradrenaline, and which signs of the two fit which row."""

from collections.abc import Mapping, Sequence

import numpy as np

from niche.errors import NicheError
from niche.evidence.compared import compared
from niche.evidence.laboratory import Laboratory
from niche.evidence.rows import evidence
from niche.experiment.hosts import Hosts
from niche.experiment.protocol import Protocol
from niche.experiment.simulation import simulate
from niche.model.nerves import beta_signals
from niche.model.state import RESTING
from niche.params.mechanisms import BONE_TURNOVER, gains, switched_off

QUADRANTS: Mapping[str, tuple[int, int]] = {
    "both raise RANKL": (1, 1),
    "beta1 raises, beta2 lowers": (1, -1),
    "beta1 lowers, beta2 raises": (-1, 1),
    "both lower RANKL": (-1, -1),
}


def one_receptor() -> dict[str, dict[str, float]]:
    """Bone with both beta receptors, and with one alone: parameters that switch the other's gains off."""
    first, second = (gains(receptor, of=BONE_TURNOVER) for receptor in ("beta1", "beta2"))
    return {"both receptors": {}, "beta1 alone": switched_off(second), "beta2 alone": switched_off(first)}


def receptor_responses(hosts: Hosts, levels: Sequence[float]) -> dict[str, np.ndarray]:
    """Response of bone's beta receptors to noradrenaline (nM), with the host's own share of adrenaline.

    Parameters
    ----------
    levels
        noradrenaline at the receptors, nM, shape (L,)

    Returns
    -------
    dict[str, np.ndarray]
        "beta1" and "beta2" -> shape (draws, L), 0 to 1 of the largest response

    Raises
    ------
    NicheError
        for a negative level
    """
    level = np.asarray(levels, dtype=float)
    if (level < 0).any():
        raise NicheError(f"a level of noradrenaline cannot be negative, got {level.min():g} nM")
    p = hosts.parameters._replace(**{k: np.asarray(v)[..., None] for k, v in hosts.parameters._asdict().items()})
    s1, s2, _ = beta_signals(level, p.adrenaline_ratio * level, RESTING, p)
    shape = (len(hosts), len(level))
    return {"beta1": np.broadcast_to(s1, shape), "beta2": np.broadcast_to(s2, shape)}


def resting_level(hosts: Hosts) -> np.ndarray:
    """Noradrenaline at the receptors of a resting host, nM, shape (draws,)."""
    return np.asarray(hosts.parameters.noradrenaline * hosts.parameters.tone)


def change_by_dose(hosts: Hosts, base: Protocol, drug: str, doses: Sequence[float], observable: str) -> np.ndarray:
    """Change of an observable [%] on the last day by dose of a drug that lasts, against the same without it.

    Parameters
    ----------
    base
        what else is done to the hosts, as long as it lasts
    doses
        mg/kg/day, shape (D,)

    Returns
    -------
    np.ndarray
        shape (draws, D)
    """
    arms = [base] + [base.infuse(drug, f"{dose:.12g} mg/kg/day") for dose in doses]
    last = [simulate(hosts, arm, at=[base.days])[observable].values[:, -1] for arm in arms]
    return np.stack([100 * (one / last[0] - 1) for one in last[1:]], axis=1)


def agreement(lab: Laboratory, row: str) -> np.ndarray:
    """Whether each draw has what a row asks for, shape (draws,); of a number: its sign. NaN where a draw failed."""
    how = lab.plan(row)
    if how.direction:
        return lab.agrees(row)
    none, value = how.readings[0].compare.no_effect, compared(evidence(row), how).value
    if none is None or value is None:
        raise NicheError(f"row {row} is a number without a value of no effect: it has no sign")
    effect = lab.effect(row)
    return np.where(np.isnan(effect), np.nan, (effect - none) * (value - none) > 0)


def by_sign(lab: Laboratory, rows: Sequence[str], gains: tuple[str, str] = ("b1_rankl", "b2_rankl")) -> dict:
    """Share of draws that have what each row asks for, by the signs of two gains.

    Returns
    -------
    dict
        quadrant -> {"draws": share of all draws, row: share of its draws}; NaN in a quadrant without draws
    """
    found: dict[str, dict[str, float]] = {}
    held = {row: agreement(lab, row) for row in rows}
    p = lab.hosts(lab.plan(rows[0]).experiment).parameters  # type: ignore[arg-type]
    first, second = (np.broadcast_to(getattr(p, gain), lab.draws) for gain in gains)
    for name, (a, b) in QUADRANTS.items():
        inside = (np.sign(first) == a) & (np.sign(second) == b)
        found[name] = {"draws": float(inside.mean())}
        for row, agrees in held.items():
            found[name][row] = float(np.nan_to_num(agrees[inside]).mean()) if inside.any() else float("nan")
    return found


def receptor_variants(
    lab: Laboratory, rows: Sequence[str], changes: Mapping[str, Mapping[str, float]] | None = None
) -> dict[str, dict[str, str]]:
    """Share of draws that have what each row asks for, of a number its sign, in variants of the model.

    Nothing is fitted anew: parameters are set.

    Parameters
    ----------
    changes
        variant -> parameters; None: `one_receptor`

    Returns
    -------
    dict[str, dict[str, str]]
        variant -> row -> share in per cent; rows that the model does not observe are left out
    """
    seen = [row for row in rows if not lab.plans[row].cannot]
    labs = {
        name: lab.without(change) if change else lab
        for name, change in (one_receptor() if changes is None else changes).items()
    }
    shares = {name: {row: float(np.nanmean(agreement(one, row))) for row in seen} for name, one in labs.items()}
    return {name: {row: f"{100 * share:.0f} %" for row, share in found.items()} for name, found in shares.items()}
