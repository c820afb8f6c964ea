"""References of what a claim used: the measurements, the models, the methods, and niche itself."""

from compendium.citing.bibliography import cite
from compendium.citing.gaps import gaps

__all__ = ["cite", "gaps"]
