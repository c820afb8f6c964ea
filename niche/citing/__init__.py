"""BibTeX of what a claim used: the measurements, the models, the methods, and niche itself."""

from niche.citing.cite import cite

__all__ = ["cite"]
