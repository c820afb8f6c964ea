"""Spread, arm by arm: what each mechanism carries of an effect, and what a focus of a given size meets."""

from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any, NamedTuple

import numpy as np

from niche.errors import NicheError
from niche.evidence.laboratory import Laboratory
from niche.evidence.readings import Reading
from niche.experiment.hosts import Hosts
from niche.experiment.protocol import Protocol
from niche.experiment.schedule import schedule
from niche.experiment.simulation import simulate
from niche.frozen import Frozen
from niche.model.immune import killing
from niche.model.state import AT_REST, RESTING, Inputs, Parameters
from niche.params.mechanisms import BETA, BONE_TURNOVER, gains, switched_off

_NEGLIGIBLE = 1e-9  # 1/day: growth of a focus that is held


@lru_cache(maxsize=1)
def arms_of_spread() -> Mapping[str, tuple[str, ...]]:
    """What can carry an effect on spread, by name: gains of the model."""
    return Frozen(
        {
            "bone turnover": tuple(name for name in gains(of=BETA) if name in gains(of=BONE_TURNOVER)),
            "lodging": gains("lodging"),
            "vessels": gains("vessels", of=BETA),
            "tumour cells": gains("tumour cells", of=BETA),
            "macrophages": gains("macrophages", of=BETA),
            "sowing": gains("sowing", of=BETA),
        }
    )


class EffectParts(NamedTuple):
    """An effect taken apart, one value per draw: with every arm, without each one, and with each one alone."""

    full: np.ndarray
    without: dict[str, np.ndarray]
    alone: dict[str, np.ndarray]


class FocusRates(NamedTuple):
    """Per cell, beside a focus that is held until its niche has settled, 1/day, shape (draws, burdens).

    Attributes
    ----------
    growth
        divisions less the deaths that need no T cells
    killing
        deaths by T cells
    """

    burdens: np.ndarray
    growth: np.ndarray
    killing: np.ndarray


def parts(
    lab: Laboratory, row: str, arms: Mapping[str, Sequence[str]] | None = None, reading: Reading | None = None
) -> EffectParts:
    """What a row reads (the first thing, or `reading`) with every arm on, each one off, and all others off.

    Parameters
    ----------
    arms
        name -> gains; None: `arms_of_spread`
    """
    arms = arms_of_spread() if arms is None else arms
    experiment = lab.plan(row).experiment
    assert experiment is not None
    read = reading or lab.plan(row).readings[0]

    def effect(off: Sequence[str]) -> np.ndarray:
        names = switched_off(name for arm in off for name in arms[arm])
        return (lab.without(names) if names else lab).read(experiment, read)

    without = {arm: effect([arm]) for arm in arms}
    alone = {arm: effect([other for other in arms if other != arm]) for arm in arms}
    return EffectParts(effect([]), without, alone)


def log_share(part: np.ndarray, full: np.ndarray) -> float:
    """Share of a fold's logarithm, of medians, in percent; NaN where the full effect is below 1 %."""
    middles = [float(np.log(np.nanmedian(values))) for values in (part, full)]
    return 100 * middles[0] / middles[1] if abs(middles[1]) > 0.01 else float("nan")


def taken_apart(lab: Laboratory, rows: Mapping[str, int], arms: Mapping[str, Sequence[str]] | None = None) -> Any:
    """Folds of several rows taken apart, as a pandas table: row, variant, low, median, high, left.

    Parameters
    ----------
    rows
        row -> which of the things that it reads, from 0

    Returns
    -------
    Any
        5 %, median and 95 % of draws; `left` is the percentage of the full effect's logarithm, of medians
    """
    import pandas as pd

    arms = arms_of_spread() if arms is None else arms
    records = []
    for row, which in rows.items():
        found = parts(lab, row, arms, lab.plan(row).readings[which])
        named = {"everything": found.full}
        named |= {f"without {arm}": values for arm, values in found.without.items()}
        named |= {f"only {arm}": values for arm, values in found.alone.items()}
        for variant, values in named.items():
            low, median, high = np.nanquantile(values, [0.05, 0.5, 0.95])
            share = log_share(values, found.full)
            records.append({"row": row, "variant": variant, "low": low, "median": median, "high": high, "left": share})
    return pd.DataFrame(records)


def few_cells(hosts: Hosts, protocol: Protocol, every: float = 1.0) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Times (T,) [day], growth and killing (draws, T) [1/day] of a few cells in a niche without tumour.

    Growth is divisions less the deaths that need no T cells; net growth is growth less killing.
    Raises `NicheError` for hosts without a tumour line, and for drugs that kill tumour cells or help T cells to.
    """
    if hosts.tumour is None:
        raise NicheError("hosts without a tumour line have no cells that could grow: name one, tumour='MDA-MB-231'")
    _no_cancer_drug(hosts, protocol)
    data = simulate(hosts, protocol, every=every)
    killed = _killed(hosts, data["CD8"].values, 0.0)
    return data["time"].values, data["growth rate"].values + killed, killed


def growth_rates(growth: np.ndarray, killing: np.ndarray, death: float) -> tuple[np.ndarray, np.ndarray]:
    """Rates per cell [1/day] for `niche.analysis.establishment`, from growth and killing of the same shape.

    A niche in which cells do not divide at all loses them at the rate at which they shrink.

    Parameters
    ----------
    death
        deaths per cell and day that need no T cells. No row measures it; growth fixes only births less deaths.
    """
    births = np.maximum(growth + death, 0.0)
    return births, births - growth + killing


def focus_rates(hosts: Hosts, burdens: Sequence[float], protocol: Protocol) -> FocusRates:
    """Growth and killing per cell in foci of given size (shares of capacity), each held through the protocol.

    Parameters
    ----------
    protocol
        what is done to the host; it must seed "established" on day 0, and be long enough for the niche to
        settle

    Raises
    ------
    NicheError
        for burdens outside (0, 1), a protocol that seeds nothing, or drugs that kill tumour cells or help T
        cells to kill them
    """
    held = np.asarray(burdens, dtype=float)
    if held.size == 0 or (held <= 0).any() or (held >= 1).any():
        raise NicheError(f"burdens must lie between 0 and 1, got {list(burdens)!r}")
    if not any(step.verb == "seed" and step.name == "established" for step in protocol.steps):
        raise NicheError('a held focus needs a protocol with .seed("established")')
    _no_cancer_drug(hosts, protocol)
    growth, killed = [], []
    for burden in held:
        # growth enters its own read-out as a factor: next to none holds the focus, and is scaled back after
        still = hosts.with_parameters(growth=_NEGLIGIBLE, kill=0.0, inoculum=burden, turnover=0.0)
        data = simulate(still, protocol, at=[protocol.days])
        growth.append(data["growth rate"].values[:, -1] * hosts.parameters.growth / _NEGLIGIBLE)
        killed.append(_killed(hosts, data["CD8"].values[:, -1], burden))
    return FocusRates(held, np.stack(growth, axis=1), np.stack(killed, axis=1))


def threshold_burden(rates: FocusRates) -> np.ndarray:
    """Smallest burden above which a focus grows, shape (draws,): 0 where the smallest one grows, NaN where none does.

    Interpolated on the logarithm of burden at the first change from shrinking to growing.
    """
    net, log = rates.growth - rates.killing, np.log(rates.burdens)
    found = np.full(len(net), np.nan)
    for i, row in enumerate(net):
        up = np.flatnonzero((row[:-1] <= 0) & (row[1:] > 0))
        if row[0] > 0:
            found[i] = 0.0
        elif up.size:
            k = up[0]
            found[i] = np.exp(log[k] - row[k] * (log[k + 1] - log[k]) / (row[k + 1] - row[k]))
    return found


def _no_cancer_drug(hosts: Hosts, protocol: Protocol) -> None:
    """Deaths are counted here as those by T cells that no drug helps."""
    given = Inputs(*np.moveaxis(schedule(hosts, protocol).inputs, -1, 0))
    if (given.cytotoxic != RESTING.cytotoxic).any() or (given.checkpoint != RESTING.checkpoint).any():
        raise NicheError("a cytotoxic drug or a checkpoint inhibitor is given: T cells alone are not told apart here")


def _killed(hosts: Hosts, cd8: np.ndarray, burden: float) -> np.ndarray:
    """Deaths by T cells [1/day] where there are `cd8` effectors, shape of `cd8`."""
    p = hosts.parameters
    if cd8.ndim == 2:
        p = Parameters(*(np.asarray(column)[:, None] for column in p))
    return np.asarray(killing(AT_REST._replace(CD8=cd8), burden, RESTING, p))
