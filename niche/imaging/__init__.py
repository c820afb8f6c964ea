"""What a scanner would see of a lesion in bone: from maps of tissue to pictures, and whether a reader finds the lesion.

A lesion is a set of concentric balls (`lesions`), a tracer turns tissue into uptake (`forward`), a scanner blurs it
(`blur`) and adds noise, an observer of known statistics decides (`observer`). Numbers, each with its source, stand in
params/imaging (`table`). Nerves in metastases of carcinoma have never been imaged: what is said of them is untested.
"""

import lazy_loader

# Each name is imported when it is first used: `__init__.pyi` says from where.
__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
