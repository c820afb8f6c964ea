"""Thousands to millions of hosts in chunks: on the cores of one machine, or on any executor, Dask's included.

>>> from compendium.sweep import sweep
>>> sweep("docs/examples/sweep.yaml", "scratch/sweep")
"""

from compendium.sweep.cluster import connected
from compendium.sweep.exact_quantiles import quantiles
from compendium.sweep.running import Progress, sweep, where
from compendium.sweep.shards import Folder
from compendium.sweep.spec import check_spec, read_spec
from compendium.sweep.specification import Sweep
from compendium.sweep.summary import Summary

__all__ = [
    "Folder",
    "Progress",
    "Summary",
    "Sweep",
    "check_spec",
    "connected",
    "quantiles",
    "read_spec",
    "sweep",
    "where",
]
