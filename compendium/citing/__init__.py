"""BibTeX of what a claim used: the measurements, the models, the methods, and niche itself."""

from compendium.citing.bibliography import cite

__all__ = ["cite"]
