"""Virtual trials: hazards of each virtual patient, events, the analysis that the paper did, a predictive interval."""

from niche.trials.analysis import (
    Sample,
    cumulative_incidence,
    hazard_ratio,
    log_rank,
    median_delay,
    median_time,
    proportion,
    rate_ratio,
    risk_ratio,
)
from niche.trials.design import Design, Population, enrol
from niche.trials.events import CENSORED, event_times, gamma_frailty
from niche.trials.hazards import read_causes
from niche.trials.patients import Cohort, VirtualPatients, population
from niche.trials.predicted import predict_row, prediction_table
from niche.trials.predictive import TrialValues, predictive_values
from niche.trials.rows import read_trials

__all__ = [
    "CENSORED",
    "Cohort",
    "Design",
    "Population",
    "Sample",
    "TrialValues",
    "VirtualPatients",
    "cumulative_incidence",
    "enrol",
    "event_times",
    "gamma_frailty",
    "hazard_ratio",
    "log_rank",
    "median_delay",
    "median_time",
    "population",
    "predict_row",
    "prediction_table",
    "predictive_values",
    "proportion",
    "rate_ratio",
    "read_causes",
    "read_trials",
    "risk_ratio",
]
