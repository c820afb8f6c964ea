"""Where a drug is after a dose, and how much of its target it holds.

Kinetics are a model of their own, solved before the host's: a level goes into the host, nothing comes back, but for
zoledronate, which bone keeps and frees as it is resorbed (`niche.model.drugs`).
"""

import lazy_loader

# Each name is imported when it is first used: `__init__.pyi` says from where.
__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
