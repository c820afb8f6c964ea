"""Thousands to millions of hosts in chunks: on the cores of one machine, or on any executor, Dask's included.

>>> from niche.ensemble import sweep
>>> sweep("docs/examples/sweep.yaml", "scratch/sweep")
"""

from niche.ensemble.cluster import connected
from niche.ensemble.quantiles import quantiles
from niche.ensemble.shards import Folder
from niche.ensemble.spec import Sweep, check, read_spec
from niche.ensemble.summary import Summary
from niche.ensemble.sweep import State, sweep, where

__all__ = ["Folder", "State", "Summary", "Sweep", "check", "connected", "quantiles", "read_spec", "sweep", "where"]
