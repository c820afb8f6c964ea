"""The numbers of a drug in each of many people: body mass, spread between people, rates."""

import hashlib
from typing import Any, NamedTuple

import numpy as np

from niche.errors import NicheError, shown
from niche.kinetics.equations import Parameters
from niche.kinetics.table import VARIES, Kinetics
from niche.params.posterior import PRIOR, draw
from niche.params.records import Parameter


class Bodies(NamedTuple):
    """n people: rates of the equations, and what doses and read-outs need; each array has shape (n,)."""

    rates: Parameters
    mass: np.ndarray
    volume: np.ndarray
    ka: np.ndarray
    unbound: np.ndarray
    molar_mass: np.ndarray
    entries: dict[str, np.ndarray]


def weights(drug: Kinetics, weight: Any, n: int) -> np.ndarray:
    """Body mass [kg] of n people. Raises `NicheError` for one that is not above 0."""
    return _of_people(drug.entries["weight"].value if weight is None else weight, n, f"{drug.name}: a body mass", "kg")


def mosteller(height: Any, mass: Any) -> Any:
    """Body surface [m2] of people of a height [cm] and mass [kg]: sqrt(height x mass / 3600).

    Mosteller 1987, doi:10.1056/NEJM198710223171717. For people alone: animals have another shape.
    """
    return np.sqrt(np.asarray(height) * np.asarray(mass) / 3600)


def surfaces(drug: Kinetics, mass: np.ndarray, weighed: bool, surface: Any, height: Any) -> np.ndarray | None:
    """Body surface [m2] of people of given masses [kg]: as given, or by `mosteller` of their height [cm]; else None.

    Parameters
    ----------
    weighed
        whether the masses were given; otherwise they are the source's, which may be an assumption

    Raises
    ------
    NicheError
        for a surface and a height, one that no body has, a height of an animal, or a height without a weight
        that somebody has stated
    """
    if surface is not None and height is not None:
        raise NicheError(f"{drug.name}: give the surface, or height and weight, not both")
    if surface is not None:
        return _of_people(surface, len(mass), f"{drug.name}: a body surface", "m2", most=5.0)
    if height is None:
        return None
    tall = _of_people(height, len(mass), f"{drug.name}: a height", "cm", least=20.0, most=260.0)
    if drug.system != "human":
        raise NicheError(f"{drug.name}: height and weight give the surface of people only; for a {drug.system} say it")
    if not weighed and drug.entries["weight"].kind == "assumed":
        raise NicheError(f"{drug.name}: its source does not say how heavy its people were; give the weight too")
    return np.asarray(mosteller(tall, mass))


def _of_people(given: Any, n: int, what: str, unit: str, least: float = 0.0, most: float = 1e6) -> np.ndarray:
    """A number for each of n people, or one for all. Raises `NicheError` for what no body has."""
    try:
        numbers = np.asarray(given)
        if numbers.dtype.kind not in "iuf":
            raise TypeError
        found = np.broadcast_to(numbers.astype(float), (n,))
    except (TypeError, ValueError, OverflowError):
        raise NicheError(f"{what} is a number [{unit}], or one for each of {n} people; got {shown(given)}") from None
    if not (np.isfinite(found).all() and (found > least).all() and (found <= most).all()):
        raise NicheError(f"{what} must be above {least:g} {unit} and at most {most:g}, got {shown(given)}")
    return found


def value(entry: Parameter, n: int, seed: int | None) -> np.ndarray:
    """The number for n people: the source's own for the typical one (seed None), else one draw from its prior."""
    if seed is None:
        return np.full(n, entry.value)
    # What is not known about a number is the same for all people of one table: the first row of its stream.
    return np.full(n, draw(entry, np.zeros(1, dtype=int), seed, PRIOR)[0])


def bodies(drug: Kinetics, mass: np.ndarray, seed: int | None, rows: np.ndarray | None = None) -> Bodies:
    """Rates of people of the given masses [kg]; with a seed they differ as the source says.

    A volume behind varies with the central one unless it has a spread of its own; flows between compartments and all
    else vary only if they have one. Flows and volumes behind grow with body mass as clearance and central volume do,
    unless `flow_exponent` and `behind_exponent` say otherwise.

    Parameters
    ----------
    rows
        which people of the seed they are, the first ones if None; a row is the same person among any others
    """
    n = len(mass)
    e = {name: value(entry, n, seed) for name, entry in drug.entries.items()}
    zero, one = np.zeros(n), np.ones(n)
    factor = _factors(drug.name, e, np.arange(n) if rows is None else rows, seed)
    relative = mass / drug.entries["weight"].value
    volume = e["volume"] * relative ** e["volume_exponent"] * factor["volume"]
    nanomolar = 1e3 / e["molar_mass"]  # of 1 mg/L: kg/mol is g/mmol

    def behind(which: str) -> tuple[np.ndarray, np.ndarray]:
        if f"{which}_flow" not in e:
            return zero, zero
        flow = e[f"{which}_flow"] * relative ** e.get("flow_exponent", e["clearance_exponent"])
        size = e[f"{which}_volume"] * relative ** e.get("behind_exponent", e["volume_exponent"])
        flow, size = flow * factor.get(f"{which}_flow", one), size * factor.get(f"{which}_volume", factor["volume"])
        return flow / volume, flow / size

    target0 = e.get("target0", zero) * factor.get("target0", one)
    made = e.get("k_syn", zero) * factor.get("k_syn", one)
    rates = Parameters(
        ka=zero.copy(),
        ke=e["clearance"] * relative ** e["clearance_exponent"] * factor["clearance"] / volume,
        **dict(zip(("out_near", "back_near", "out_far", "back_far"), (*behind("near"), *behind("far")), strict=True)),
        v_max=e["v_max"] * factor.get("v_max", one) / volume * nanomolar if "v_max" in e else zero,
        k_m=e["k_m"] * nanomolar if "k_m" in e else one,
        target0=target0,
        k_deg=np.divide(made, target0, out=zero.copy(), where=target0 > 0),
        k_int=e.get("k_int", zero) * factor.get("k_int", one),
        k_ss=e.get("k_ss", one) * factor.get("k_ss", one),
    )
    return Bodies(rates, mass, volume, factor.get("ka", one), e.get("unbound", one), e["molar_mass"], e)


def _factors(drug: str, e: dict[str, np.ndarray], rows: np.ndarray, seed: int | None) -> dict[str, np.ndarray]:
    """What each person's numbers are multiplied by; a name is there if it varies, clearance and volume always."""
    n = len(rows)
    z = {name: np.zeros(n) if seed is None else _normal(drug, name, rows, seed) for name in VARIES}
    r = e.get("clearance_volume_correlation", np.zeros(n))
    z["volume"] = r * z["clearance"] + np.sqrt(1 - r * r) * z["volume"]
    named = {name: np.exp(e[f"{name}_sd"] * z[name]) for name in VARIES if f"{name}_sd" in e}
    return {"clearance": np.ones(n), "volume": np.ones(n)} | named


def _normal(drug: str, name: str, rows: np.ndarray, seed: int) -> np.ndarray:
    """Standard normal numbers of one quantity, the same whatever else varies."""
    stream = int.from_bytes(hashlib.sha256(f"{drug}:{name}".encode()).digest()[:8], "little")
    return np.random.default_rng([seed, 6, stream]).standard_normal(int(rows.max(initial=-1)) + 1)[rows]
