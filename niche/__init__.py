"""How nerves help cancer take over bone: one mechanistic model, put to published measurements.

>>> import niche
>>> hosts = niche.hosts("mouse", strain="C57BL/6J", sex="male", draws=200, seed=1)
>>> treated = niche.simulate(hosts, niche.Protocol(days=14).infuse("isoprenaline", "5 mg/kg/day"))
"""

from niche.errors import NicheError
from niche.hosts import Hosts, hosts
from niche.protocol import Protocol
from niche.simulate import simulate

__version__ = "0.1.0"
__all__ = ["Hosts", "NicheError", "Protocol", "__version__", "hosts", "simulate"]
