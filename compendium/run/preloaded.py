"""What the notebooks import, and the tables and compiled code that they all begin with.

The process from which short runs are forked imports this (`compendium.run.job_runner`).
"""

import contextlib
import importlib
import tempfile

# A name that is missing here only costs time.
NAMES = (
    "IPython.core.formatters",
    "IPython.core.pylabtools",
    "IPython.display",
    "matplotlib.pyplot",
    "matplotlib.backends.backend_pdf",
    "matplotlib.backends.backend_svg",
    "seaborn",
    "sympy",
    "xarray",
    "compendium.run.execute",
    "compendium.equations",
    "compendium.figures",
    "niche.answering.claim",
    "niche.trials",
)


def load() -> None:
    """Import; then simulate and draw a little, which reads the tables, the compiled model and the fonts."""
    for name in NAMES:
        importlib.import_module(name)
    with contextlib.suppress(Exception):  # a broken table is for the notebook to name: without this process none runs
        _use()


def _use() -> None:
    import niche
    from compendium import equations, figures
    from niche.answering.claim import claim
    from niche.model import nerves

    claim("remodelling-balance").told()
    hosts = niche.hosts("human", draws=2)
    protocol = niche.Protocol(2).regimen("denosumab", "120 mg sc every 4 weeks")
    arm = niche.simulate(hosts, protocol, at=[0, 1, 2])
    equations.show(("s", nerves.operational))
    with tempfile.TemporaryDirectory() as folder:
        figure, data = figures.course({"arm": arm}, "BV/TV")
        figures.save(figure, "none", "none", data, caption="none", alt="none", out=folder)


load()
