"""How strong is the vicious cycle? Its gain at a held burden, what each link adds, and the order of its steps.

A basic reproduction number at zero burden says nothing here: without tumour the cycle is not there. So the burden is
held, the link from PTHrP is opened, and what comes back round is compared with what went in.
"""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from niche.errors import NicheError
from niche.experiment.hosts import Hosts
from niche.experiment.protocol import Protocol
from niche.experiment.simulation import simulate
from niche.model.helpers import fold, swing
from niche.params.mechanisms import gains, switched_off

if TYPE_CHECKING:
    import xarray as xr

_SETTLED = 2000.0  # days after which bone cells beside a held burden no longer move


def loop_links() -> dict[str, dict[str, float]]:
    """The links of the vicious cycle by name, each as the parameters that cut it."""
    chosen = {
        "PTHrP to bone": gains("vicious cycle", "PTHrP"),
        "tumour to osteoblasts": gains("vicious cycle", "osteoblast suppression"),
        "freed TGF-beta to tumour": gains("vicious cycle", "TGF-beta to tumour"),
        "every link": gains("vicious cycle"),
    }
    return {link: switched_off(names) for link, names in chosen.items()}


class LoopStrength(NamedTuple):
    """Per draw and held burden, shape (draws, burdens).

    Attributes
    ----------
    inner_gain
        d ln PTHrP out / d ln PTHrP in, once round the loop; below 1 it cannot sustain itself
    amplification
        growth rate against the same tumour in resting bone, through the TGF-beta that it sees
    osteoclasts, osteoblasts
        settled cells, relative to rest
    """

    burdens: np.ndarray
    inner_gain: np.ndarray
    amplification: np.ndarray
    osteoclasts: np.ndarray
    osteoblasts: np.ndarray


def loop_strength(hosts: Hosts, burdens: Sequence[float], step: float = 0.02) -> LoopStrength:
    """Hold the burden at each of `burdens` (fractions of capacity), let bone settle, and open the loop at PTHrP.

    Parameters
    ----------
    step
        relative change of PTHrP for the derivative

    Raises
    ------
    NicheError
        for burdens outside (0, 1)
    """
    held = np.asarray(burdens, dtype=float)
    if held.size == 0 or (held <= 0).any() or (held >= 1).any():
        raise NicheError(f"burdens must lie between 0 and 1, got {list(burdens)!r}")
    p = hosts.parameters
    columns: dict[str, list[np.ndarray]] = {name: [] for name in LoopStrength._fields[1:]}
    for burden in held:
        closed = _settle(hosts, burden, {})
        columns["amplification"].append(1 + p.tgfb_share * (closed["TGF-beta seen"] - 1))
        columns["osteoclasts"].append(closed["Oc.N/BS"])
        columns["osteoblasts"].append(closed["N.Ob/BS"])
        out = [
            p.pthrp_max
            * burden
            * fold(p.pthrp_tgfb, swing(_settle(hosts, burden, _clamp(entering, burden))["TGF-beta seen"]))
            for entering in (closed["PTHrP"] * (1 - step), closed["PTHrP"] * (1 + step))
        ]
        gain = (np.log(out[1]) - np.log(out[0])) / (np.log1p(step) - np.log1p(-step))
        columns["inner_gain"].append(gain)
    return LoopStrength(held, **{name: np.stack(parts, axis=1) for name, parts in columns.items()})


def burden_without(
    hosts: Hosts, protocol: Protocol, links: Mapping[str, Mapping[str, Any]] | None = None
) -> dict[str, np.ndarray]:
    """Final burden of the closed loop over the same run with a link cut or held at rest, per link, shape (draws,).

    Parameters
    ----------
    links
        name -> parameters that cut it; None: `loop_links`
    """
    closed = simulate(hosts, protocol, at=[protocol.days])["tumour"].values[:, -1]
    return {
        name: closed / simulate(hosts.with_parameters(**cut), protocol, at=[protocol.days])["tumour"].values[:, -1]
        for name, cut in (loop_links() if links is None else links).items()
    }


def half_rise(data: "xr.Dataset", observable: str) -> np.ndarray:
    """Day on which an observable has covered half of its way from the start to its furthest point, shape (draws,).

    Linear between read-outs; the furthest point is the largest distance from the value at the start.
    """
    values, days = data[observable].values, data["time"].values
    way = np.abs(values - values[:, :1])
    half = way.max(axis=1) / 2
    first = np.argmax(way >= half[:, None], axis=1)
    rows = np.arange(len(values))
    before = np.maximum(first - 1, 0)
    low, high = way[rows, before], way[rows, first]
    with np.errstate(invalid="ignore", divide="ignore"):
        share = np.where(high > low, (half - low) / (high - low), 0.0)
    return np.where(half > 0, days[before] + share * (days[first] - days[before]), np.nan)


def _settle(hosts: Hosts, burden: float, changes: Mapping[str, Any]) -> dict[str, np.ndarray]:
    """Settled read-outs beside a burden that does not grow."""
    still = hosts.with_parameters(growth=0.0, inoculum=burden, turnover=0.0, **changes)
    protocol = Protocol(_SETTLED).seed("established")
    data = simulate(still, protocol, at=[_SETTLED], rtol=1e-7)  # a smaller one moves the gain by less than 1e-5
    return {name: data[name].values[:, -1] for name in ("TGF-beta seen", "Oc.N/BS", "N.Ob/BS", "PTHrP")}


def _clamp(entering: np.ndarray, burden: float) -> dict[str, Any]:
    """Parameters with which PTHrP settles at `entering` whatever TGF-beta does: the loop is open there."""
    return {"pthrp_tgfb": 0.0, "pthrp_max": entering / burden}
