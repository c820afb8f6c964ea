"""Figures for a journal: measurement beside prediction, time courses, and saving that gives the same bytes again.

Every plot returns `(figure, data)`: `data` is the rounded table that was drawn, and is what `save` keeps as CSV.
matplotlib, seaborn and pandas are imported when a function is called.
"""

from niche.figures.course import course
from niche.figures.forest import evidence
from niche.figures.levels import levels
from niche.figures.panels import heat, subplots
from niche.figures.points import points
from niche.figures.saving import rounded, save
from niche.figures.style import PALETTE, WIDTHS, problems, style
from niche.figures.trials import trials

__all__ = [
    "PALETTE", "WIDTHS", "course", "evidence", "heat", "levels", "points", "problems", "rounded", "save", "style",
    "subplots", "trials",
]  # fmt: skip
