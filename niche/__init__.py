"""How nerves help cancer take over bone: one mechanistic model, put to published measurements.

>>> import niche
>>> hosts = niche.hosts("mouse", strain="C57BL/6J", sex="male", draws=200, seed=1)
>>> treated = niche.simulate(hosts, niche.Protocol(days=14).infuse("isoprenaline", "5 mg/kg/day"))
>>> control = niche.simulate(hosts, niche.Protocol(days=14))
>>> niche.effect(treated, control, "Oc.N/BS")
>>> niche.claim("beta-adrenergic-osteoclastogenesis").answers
"""

import lazy_loader

__version__ = "0.1.0"

# Each name is imported when it is first used: `__init__.pyi` says from where.
__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
