"""Where sympathetic drive uncouples bone formation from resorption (notebook 26).

In bone that remodels, formation follows resorption. Both are read per bone surface, against the same animals without
the drive on the same day, and the *gap* is the logarithm of resorption less that of formation: 0 where formation
follows in full, log 1.2 where a fifth more is resorbed than formed. A drive *uncouples* where the gap is at least
log 1.2, the least effect that matters. A lag uncouples, too: what beta receptors of osteoblasts do beside it is the gap
less that of the same animals whose osteoblasts are deaf to beta signals but for RANKL.

Fixed before any draw was looked at: doses, days and bones below; long bone, isoprenaline at 50 mg/kg a day (the dose of
most papers) and four weeks as the case of which sentences speak; a cell of the map counts as uncoupled or coupled where
at least 0.95 of the draws say so, and as open elsewhere. The model does not tell the sexes apart: loss of oestrogen is
what it has of them, and the map is of that.
"""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np

from compendium.claims.findings import RELEVANT, Asked, Finding, finding
from niche.errors import unknown
from niche.experiment.hosts import Hosts, hosts
from niche.experiment.protocol import Protocol
from niche.experiment.solution import observe, perform
from niche.params.posterior import Posterior

DOSES = (0.5, 1.6, 5.0, 16.0, 50.0)  # mg/kg/day of isoprenaline
FOLDS = (2.0, 4.0, 8.0)  # release in a session of stress, against rest
DAYS = (3, 7, 14, 28, 56, 112)  # of the drive
DOSE, DAY, FOLD = 50.0, 28, 8.0  # of which sentences speak
CELL = 0.95  # share of draws from which on a cell of the map has a side
_LEAD = 56.0  # days without oestrogen before the drive begins
_SESSION = "2 h"
_HOURS = (np.arange(12) + 0.5) / 12  # a day is read twelve times, so that a session weighs as long as it lasts
_OF_OSTEOBLASTS = ("b1_work", "b2_work", "b1_supply", "b2_supply")
_READ = ("ES/BS", "BFR/BS")


class Place(NamedTuple):
    """Bone that is driven: its site of params/conditions, and whether oestrogen is lost before."""

    bone: str | None
    oestrogen: bool = True


PLACES: Mapping[str, Place] = {
    "long bone": Place(None),
    "vertebra": Place("vertebra"),
    "jaw": Place("mandible"),
    "long bone without oestrogen": Place(None, oestrogen=False),
}


class Drive(NamedTuple):
    """Gap, and the logarithms of resorption and formation against none, each (strengths, days, draws)."""

    gap: np.ndarray
    resorption: np.ndarray
    formation: np.ndarray


def driven(
    place: str,
    strengths: Sequence[float] = DOSES,
    *,
    stress: bool = False,
    deaf: bool = False,
    draws: int = 200,
    seed: int = 1,
    posterior: Posterior | str = "calibrated",
) -> Drive:
    """Mice driven for up to sixteen weeks, against the same mice without the drive.

    Parameters
    ----------
    place
        of `PLACES`
    strengths
        mg/kg/day of isoprenaline, or with `stress` the release in a session of two hours a day, against rest
    deaf
        whether beta receptors of osteoblasts act on RANKL alone

    Raises
    ------
    NicheError
        for an unknown place, and as `niche.experiment.hosts`
    """
    if place not in PLACES:
        raise unknown("place", place, PLACES)
    where = PLACES[place]
    mice = hosts("mouse", strain="C57BL/6J", bone=where.bone, draws=draws, seed=seed, posterior=posterior)
    mice = mice.with_parameters(**dict.fromkeys(_OF_OSTEOBLASTS, 0.0)) if deaf else mice
    start = 0.0 if where.oestrogen else _LEAD
    plain = Protocol(start + DAYS[-1])
    plain = plain if where.oestrogen else plain.surgery("ovariectomy")
    rest = _read(mice, plain, start, stress)
    made = [_read(mice, _given(plain, one, start, stress), start, stress) - rest for one in strengths]
    resorption, formation = (np.stack([one[i] for one in made]) for i in range(2))
    return Drive(resorption - formation, resorption, formation)


def _given(plain: Protocol, strength: float, start: float, stress: bool) -> Protocol:
    if stress:
        return plain.stress(strength, start=start, lasting=_SESSION)
    return plain.infuse("isoprenaline", f"{strength:g} mg/kg/day", start=start)


def _read(mice: Hosts, protocol: Protocol, start: float, by_hours: bool) -> np.ndarray:
    """Logarithms of resorption and formation per surface, (2, days, draws)."""
    ends = start + np.array(DAYS, dtype=float)
    times = np.sort((ends[:, None] - 1 + _HOURS).ravel()) if by_hours else ends
    seen = observe(perform(mice, protocol, times, workers=1), _READ)
    each = np.stack([np.asarray(seen[name]) for name in _READ])  # (2, draws, times)
    whole = each.reshape(2, len(mice), len(DAYS), -1).mean(axis=-1)
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.log(np.moveaxis(whole, 1, 2))


def chances(drive: Drive) -> np.ndarray:
    """Share of the draws in which each strength uncouples on each day, (strengths, days)."""
    fine = np.isfinite(drive.gap)
    return np.where(fine, drive.gap >= RELEVANT, False).sum(axis=-1) / np.maximum(fine.sum(axis=-1), 1)


class Drives(NamedTuple):
    """Everything that the findings rest on, by the fit or by the priors.

    Attributes
    ----------
    by_place
        isoprenaline in each of `PLACES`
    deaf
        isoprenaline at `DOSE` in long bone, osteoblasts deaf but for RANKL
    stress
        sessions of stress in long bone
    """

    by_place: Mapping[str, Drive]
    deaf: Drive
    stress: Drive


def drives(
    draws: int = 200, seed: int = 1, posterior: Posterior | str = "calibrated", doses: Sequence[float] = DOSES
) -> Drives:
    """Everything that is simulated for this question."""
    by_place = {name: driven(name, doses, draws=draws, seed=seed, posterior=posterior) for name in PLACES}
    deaf = driven("long bone", (DOSE,), deaf=True, draws=draws, seed=seed, posterior=posterior)
    folds = FOLDS if len(doses) > 1 else (FOLD,)
    stress = driven("long bone", folds, stress=True, draws=draws, seed=seed, posterior=posterior)
    return Drives(by_place, deaf, stress)


TOPIC = "Where does sympathetic drive uncouple bone formation from resorption?"
_RATIO = "resorption over formation, against animals without the drive"
_MODEL = "that formation follows resorption through TGF-beta and its like, as in Pivonka's model"
ASKED = {
    "agonist": Asked(
        "agonist",
        TOPIC,
        "Four weeks of isoprenaline at the dose of most papers (50 mg/kg a day) leave formation behind resorption by a "
        "fifth or more, in the long bone of a mouse.",
        _RATIO,
        "Histomorphometry with two labels after four weeks at this dose in which formation has risen as much as "
        "resorption, within a fifth.",
        _MODEL,
        "05e",
    ),
    "osteoblasts": Asked(
        "osteoblasts",
        TOPIC,
        "The gap that isoprenaline opens between resorption and formation comes from beta receptors of osteoblasts, "
        "and is no lag. With osteoblasts deaf to beta signals, but for RANKL, it is smaller by a fifth or more.",
        "gap with all beta receptors of osteoblasts over gap with those for RANKL alone",
        "The same gap in mice whose osteoblasts have no beta receptors but make as much RANKL, or under a RANKL "
        "infusion that raises resorption as much.",
        _MODEL,
    ),
    "lasting": Asked(
        "lasting",
        TOPIC,
        "Sixteen weeks of isoprenaline still leave formation behind resorption by a fifth or more.",
        _RATIO + ", after sixteen weeks",
        "Formation that has caught up with resorption after sixteen weeks of the agonist.",
        _MODEL,
    ),
    "jaw": Asked(
        "jaw-and-long-bone",
        TOPIC,
        "The gap that isoprenaline opens between resorption and formation differs between jaw and long bone by a fifth "
        "or more.",
        "gap in long bone over gap in the jaw",
        "Both bones of the same animals, labelled twice, with gaps that differ by less than a fifth.",
        "that bones differ in turnover and in what fibres do beside beta receptors, and in nothing else",
    ),
    "oestrogen": Asked(
        "oestrogen",
        TOPIC,
        "Loss of oestrogen changes the gap that isoprenaline opens between resorption and formation, by a fifth or "
        "more.",
        "gap without oestrogen over gap with it",
        "Ovariectomised and intact mice under the agonist with gaps that differ by less than a fifth.",
        "that loss of oestrogen acts through RANKL; sexes do not differ otherwise in the model",
    ),
    "stress": Asked(
        "stress",
        TOPIC,
        "Stress alone uncouples formation from resorption: two hours a day of eightfold release for four weeks leave "
        "formation behind resorption by a fifth or more.",
        _RATIO + ", mean over a day",
        "Four weeks of daily restraint in which formation keeps pace with resorption, within a fifth.",
        _MODEL + "; eightfold release in a session is assumed",
    ),
}


def findings(fit: Drives, prior: Drives, computed: bool = True) -> list[Finding]:
    """Each statement with its word. `prior` may hold `DOSE` and `FOLD` alone: the last strength is asked."""
    now, before = _numbers(fit), _numbers(prior)
    by = {name: lambda x: np.abs(x) >= RELEVANT for name in ("jaw", "oestrogen")}
    return [
        finding(
            one,
            now[name],
            by.get(name, lambda x: x >= RELEVANT),
            prior=before[name],
            shown=np.exp,
            computed=computed,
        )
        for name, one in ASKED.items()
    ]


def _numbers(one: Drives) -> dict[str, np.ndarray]:
    """What each statement is about, (draws,): gaps, and differences of gaps, as logarithms."""
    at, last = DAYS.index(DAY), len(DAYS) - 1
    gaps = {name: drive.gap[-1] for name, drive in one.by_place.items()}
    long = gaps["long bone"]
    return {
        "agonist": long[at],
        "osteoblasts": long[at] - one.deaf.gap[-1][at],
        "lasting": long[last],
        "jaw": long[at] - gaps["jaw"][at],
        "oestrogen": gaps["long bone without oestrogen"][at] - long[at],
        "stress": one.stress.gap[-1][at],
    }
