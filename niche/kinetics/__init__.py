"""Where a drug is after a dose, and how much of its target it holds.

Kinetics are a model of their own, solved before the host's: a level goes into the host, nothing comes back, but for
zoledronate, which bone keeps and frees as it is resorbed (`niche.model.drugs`).
"""

from niche.kinetics.held import Lesion, Sustained
from niche.kinetics.profiles import Levels, levels
from niche.kinetics.regimens import Regimen, regimen
from niche.kinetics.table import Kinetics, read_drugs
from niche.kinetics.verify import outcomes

__all__ = [
    "Kinetics",
    "Lesion",
    "Levels",
    "Regimen",
    "Sustained",
    "levels",
    "outcomes",
    "read_drugs",
    "regimen",
]
