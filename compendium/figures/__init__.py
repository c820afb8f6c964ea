"""Figures for a journal: measurement beside prediction, time courses, and saving that gives the same bytes again.

Every plot returns `(figure, data)`: `data` is the rounded table that was drawn, and is what `save` keeps as CSV.
matplotlib, seaborn and pandas are imported when a function is called.
"""

from compendium.figures.data_points import points
from compendium.figures.drug_levels import levels
from compendium.figures.fit_to_print import problems
from compendium.figures.forest import evidence
from compendium.figures.house_style import PALETTE, WIDTHS, style
from compendium.figures.panels import heat, subplots
from compendium.figures.saving import rounded, save
from compendium.figures.timecourse import course
from compendium.figures.trial_results import trials
from compendium.figures.votes import votes

__all__ = [
    "PALETTE",
    "WIDTHS",
    "course",
    "evidence",
    "heat",
    "levels",
    "points",
    "problems",
    "rounded",
    "save",
    "style",
    "subplots",
    "trials",
    "votes",
]
