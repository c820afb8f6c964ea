"""Virtual trials: hazards of each virtual patient, events, the analysis that the paper did, a predictive interval."""

from niche.trials.analysis import (
    Sample,
    cumulative_incidence,
    hazard_ratio,
    log_rank,
    median_time,
    proportion,
    rate_ratio,
)
from niche.trials.design import Design, Population, enrol
from niche.trials.events import CENSORED, event_times, gamma_frailty
from niche.trials.predictive import Predicted, predict

__all__ = [
    "CENSORED",
    "Design",
    "Population",
    "Predicted",
    "Sample",
    "cumulative_incidence",
    "enrol",
    "event_times",
    "gamma_frailty",
    "hazard_ratio",
    "log_rank",
    "median_time",
    "predict",
    "proportion",
    "rate_ratio",
]
