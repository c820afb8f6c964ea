"""Is the paradox of denervation a map of where bone comes from (notebook 26)?

Loss of sympathetic fibres raises osteoclasts in some papers, and a beta-blocker, which should do the same, lowers what
is resorbed. Most of the former looked at jaw and middle ear, which are of membranous origin. Rats lose their fibres, or
are given propranolol, and osteoclasts per bone surface are read against untreated rats.

Fixed before any draw was looked at: six bones, three of each origin; two weeks, the day on which papers of the
statement looked most often; all fibres gone; propranolol at 5 mg/kg a day, as in the head of the fourth statement of
claim 11. The paradox is a *map of origin* in a draw where loss of fibres raises osteoclasts by a fifth or more in the
jaw, by less in long bone, and the blocker raises them in neither.
"""

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np

from compendium.claims.findings import RELEVANT, Asked, Finding, finding
from niche.experiment.hosts import hosts
from niche.experiment.protocol import Protocol
from niche.experiment.solution import observe, perform
from niche.params.posterior import Posterior

# Site of params/conditions, and whether it is of membranous origin.
BONES: Mapping[str, tuple[str, bool]] = {
    "long bone": ("metaphysis", False),
    "vertebra": ("vertebra", False),
    "cortex": ("cortex", False),
    "jaw": ("mandible", True),
    "middle ear": ("middle ear", True),
    "skull": ("calvaria", True),
}
DAYS = (3, 7, 14, 28, 56)
DAY = 14
BLOCKER = ("propranolol", "5 mg/kg/day")


class Arms(NamedTuple):
    """Logarithm of osteoclasts per surface over those of untreated rats, each (days, draws)."""

    denervated: np.ndarray
    blocked: np.ndarray


def by_bone(
    draws: int = 200, seed: int = 1, posterior: Posterior | str = "calibrated", bones: Mapping[str, object] = BONES
) -> dict[str, Arms]:
    """Rats without sympathetic fibres, and under the blocker, in each bone."""
    return {name: _arms(BONES[name][0], draws, seed, posterior) for name in bones}


def _arms(bone: str, draws: int, seed: int, posterior: Posterior | str) -> Arms:
    rats = hosts("rat", bone=bone, draws=draws, seed=seed, posterior=posterior)
    plain = Protocol(DAYS[-1])
    seen = [
        np.asarray(observe(perform(rats, one, np.array(DAYS, float), workers=1), ["Oc.N/BS"])["Oc.N/BS"])
        for one in (plain, plain.surgery("sympathectomy"), plain.infuse(*BLOCKER))
    ]
    with np.errstate(invalid="ignore", divide="ignore"):
        rest, cut, blocked = (np.log(one.T) for one in seen)
    return Arms(cut - rest, blocked - rest)


TOPIC = "Is the paradox of denervation a map of where bone comes from?"
_CUT = "osteoclasts without sympathetic fibres over those with them"
_SITES = "that membranous bones differ from others in one gain, and otherwise in turnover alone"
ASKED = {
    "jaw": Asked(
        "denervated-jaw",
        TOPIC,
        "In the jaw, loss of sympathetic fibres raises osteoclasts by a fifth or more within two weeks.",
        _CUT + ", jaw",
        "Osteoclasts of the jaw counted two weeks after a sympathectomy of adult rats, with a rise of less than a "
        "fifth.",
        _SITES,
        "11a",
    ),
    "long bone": Asked(
        "denervated-long-bone",
        TOPIC,
        "In long bone, loss of sympathetic fibres raises osteoclasts by a fifth or more within two weeks.",
        _CUT + ", long bone",
        "Osteoclasts of the tibia counted two weeks after a sympathectomy of adult rats, with a rise of less than a "
        "fifth.",
        _SITES,
        "11b",
    ),
    "difference": Asked(
        "difference",
        TOPIC,
        "What loss of sympathetic fibres does to osteoclasts differs between jaw and long bone by a fifth or more.",
        "the rise in the jaw over that in long bone",
        "Jaw and tibia of the same sympathectomised rats, with changes of osteoclasts that differ by less than a "
        "fifth.",
        _SITES,
    ),
    "blocker": Asked(
        "blocker",
        TOPIC,
        "A beta-blocker does not raise osteoclasts, in the jaw or in long bone.",
        "osteoclasts under propranolol over those without it, long bone",
        "More osteoclasts in either bone under propranolol for two weeks.",
        "5 mg/kg a day, about the dose of papers",
    ),
    "map": Asked(
        "map",
        TOPIC,
        "The paradox of denervation is a map of origin: loss of fibres raises osteoclasts in the jaw and not in long "
        "bone, and a blocker raises them in neither.",
        "rise without fibres over that under the blocker, jaw",
        "All four arms in the same rats: any of the three parts that fails.",
        _SITES,
        "11d",
    ),
}


def findings(fit: Mapping[str, Arms], prior: Mapping[str, Arms], computed: bool = True) -> list[Finding]:
    """Each statement with its word."""
    now, before = _numbers(fit), _numbers(prior)
    # columns of `_numbers`: cut and blocked in the jaw, cut and blocked in long bone
    tests = {
        "jaw": (lambda x: x[:, 0] >= RELEVANT, lambda x: np.exp(x[:, 0])),
        "long bone": (lambda x: x[:, 2] >= RELEVANT, lambda x: np.exp(x[:, 2])),
        "difference": (lambda x: x[:, 0] - x[:, 2] >= RELEVANT, lambda x: np.exp(x[:, 0] - x[:, 2])),
        "blocker": (lambda x: (x[:, 1] <= 0) & (x[:, 3] <= 0), lambda x: np.exp(x[:, 3])),
        "map": (is_map, lambda x: np.exp(x[:, 0] - x[:, 1])),
    }
    return [
        finding(one, now, tests[name][0], prior=before, shown=tests[name][1], computed=computed)
        for name, one in ASKED.items()
    ]


def is_map(x: np.ndarray) -> np.ndarray:
    """Whether each draw shows the paradox as a map of origin, (draws,); x (draws, 4) as `_numbers` has it."""
    cut_jaw, blocked_jaw, cut_long, blocked_long = x.T
    return np.asarray((cut_jaw >= RELEVANT) & (cut_long < RELEVANT) & (blocked_jaw <= 0) & (blocked_long <= 0))


def _numbers(one: Mapping[str, Arms]) -> np.ndarray:
    """Loss of fibres and blocker in the jaw, then in long bone, on the day asked, (draws, 4)."""
    at = DAYS.index(DAY)
    return np.stack([arm[at] for name in ("jaw", "long bone") for arm in one[name]], axis=1)
