"""How nerves help cancer take over bone: one mechanistic model, put to published measurements.

>>> import niche
>>> hosts = niche.hosts("mouse", strain="C57BL/6J", sex="male", draws=200, seed=1)
>>> treated = niche.simulate(hosts, niche.Protocol(days=14).infuse("isoprenaline", "5 mg/kg/day"))
>>> control = niche.simulate(hosts, niche.Protocol(days=14))
>>> niche.effect(treated, control, "Oc.N/BS")
>>> niche.claim("beta-adrenergic-osteoclastogenesis").judge()
"""

from niche.claims import Claim, Verdict, claim, claim_ids
from niche.effects import effect
from niche.errors import NicheError
from niche.hosts import Hosts, hosts
from niche.protocol import Protocol
from niche.simulate import simulate

__version__ = "0.1.0"
__all__ = [
    "Claim",
    "Hosts",
    "NicheError",
    "Protocol",
    "Verdict",
    "__version__",
    "claim",
    "claim_ids",
    "effect",
    "hosts",
    "simulate",
]
