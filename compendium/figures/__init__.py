"""Figures for a journal: measurement beside prediction, time courses, and saving that gives the same bytes again.

Every plot returns `(figure, data)`: `data` is the rounded table that was drawn, and is what `save` keeps as CSV.
matplotlib, seaborn and pandas are imported when a function is called.
"""

from compendium.figures.all_claims import overview
from compendium.figures.claim_card import claim_card
from compendium.figures.data_points import points
from compendium.figures.drug_levels import levels
from compendium.figures.fit_to_print import problems
from compendium.figures.house_style import PALETTE, WIDTHS, style
from compendium.figures.learned import intervals, trial_curves, uncoupling_map
from compendium.figures.left_out import left_out_forest
from compendium.figures.left_out_coverage import coverage
from compendium.figures.left_out_scores import log_scores
from compendium.figures.neuro_bone import neuro_bone
from compendium.figures.panels import heat, subplots
from compendium.figures.papers_add import added
from compendium.figures.predicted_rows import predicted
from compendium.figures.saving import rounded, save
from compendium.figures.timecourse import course
from compendium.figures.trial_results import trials
from compendium.figures.votes import votes

__all__ = [
    "PALETTE",
    "WIDTHS",
    "added",
    "claim_card",
    "course",
    "coverage",
    "heat",
    "intervals",
    "left_out_forest",
    "levels",
    "log_scores",
    "neuro_bone",
    "overview",
    "points",
    "predicted",
    "problems",
    "rounded",
    "save",
    "style",
    "subplots",
    "trial_curves",
    "trials",
    "uncoupling_map",
    "votes",
]
