"""What papermill and the notebooks import, and the tables and compiled code that they all begin with; for `warm`."""

import importlib

from niche.compendium import worker

# A name that is missing here only costs time. matplotlib_inline has to be: it looks for a shell when it is imported.
NAMES = (
    "papermill", "nbclient.exceptions", "ipykernel.kernelapp", "matplotlib.pyplot", "matplotlib.backends.backend_pdf",
    "matplotlib.backends.backend_svg", "seaborn", "sympy", "xarray",
    "niche.compendium.record", "niche.equations", "niche.figures", "niche.tables", "niche.trials",
)  # fmt: skip


def load() -> None:
    """Import, and judge one short claim: it reads the tables and the compiled model."""
    worker.leave_out()
    for name in NAMES:
        importlib.import_module(name)
    from niche.claims import claim

    claim("remodelling-balance").judge(draws=2)


load()
