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
)
from niche.trials.design import Design, Population, enrol
from niche.trials.events import CENSORED, event_times, gamma_frailty
from niche.trials.hazards import read_causes
from niche.trials.medians import explain
from niche.trials.patients import Cohort, Ward, population
from niche.trials.predicted import predict_row, table
from niche.trials.predictive import Predicted, predict
from niche.trials.rows import read_rows

__all__ = [
    "CENSORED",
    "Cohort",
    "Design",
    "Population",
    "Predicted",
    "Sample",
    "Ward",
    "cumulative_incidence",
    "enrol",
    "event_times",
    "explain",
    "gamma_frailty",
    "hazard_ratio",
    "log_rank",
    "median_delay",
    "median_time",
    "population",
    "predict",
    "predict_row",
    "proportion",
    "rate_ratio",
    "read_causes",
    "read_rows",
    "table",
]
