"""How the science becomes notebooks, figures, pages and reports.

A notebook begins with `from compendium import figures, record, show`.
"""

import lazy_loader

# Each name is imported when it is first used: `__init__.pyi` says from where.
__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
