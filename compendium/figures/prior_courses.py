"""What prior draws do over time, as small multiples: the figures of docs/prior-predictive.md."""

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from compendium.figures.formats import svg
from compendium.figures.house_style import laid_out
from compendium.figures.timecourse import course
from niche.analysis.prior_predictive import made
from niche.analysis.prior_scenarios import kind
from niche.experiment.simulation import simulate
from niche.files import write_whole

if TYPE_CHECKING:
    from matplotlib.figure import Figure

# Name of a figure -> kind of host, arms ("" is untreated), read-outs.
PICTURES: dict[str, tuple[str, tuple[str, ...], tuple[str, ...]]] = {
    "mouse": (
        "mouse",
        ("", "isoprenaline", "OPG-Fc", "anti-TGF-beta", "sympathectomy", "ovariectomy"),
        ("BV/TV", "Oc.N/BS", "N.Ob/BS", "BFR/BS", "CTX", "sensory fibres"),
    ),
    "human": (
        "human",
        ("", "denosumab", "zoledronate", "atenolol", "ovariectomy"),
        ("CTX", "P1NP", "BV/TV", "calcium", "OPG", "RANKL"),
    ),
    "tumour": (
        "MDA-231-luc",
        ("", "OPG-Fc", "zoledronate", "isoprenaline", "propranolol", "anti-NGF"),
        ("tumour burden", "BV/TV", "Oc.N/BS", "pain", "sensory fibres", "metastasis"),
    ),
    "patient": (
        "breast cancer patient",
        ("", "denosumab", "zoledronate", "propranolol"),
        ("tumour burden", "CTX", "P1NP", "BV/TV", "OPG", "pain"),
    ),
}
_LOG = {"tumour burden", "metastasis"}


def draw(name: str, draws: int, seed: int) -> "Figure":
    """Medians and bands that hold 50 and 90 % of the prior draws of one kind of host."""
    host, arms, reads = PICTURES[name]
    one, protocols = kind(host), kind(host).arms()
    who, days = made(one, draws, seed), np.linspace(0, one.days, 15)
    runs = {arm or "untreated": simulate(who, protocols[arm], at=list(days)) for arm in arms}
    logs = sorted(_LOG & set(reads))
    figure, _ = course(runs, reads, control="untreated", log=logs, columns=3, width="double")
    return figure


def write(folder: Path, draws: int = 200, seed: int = 1) -> list[Path]:
    """Every figure as SVG; returns the files."""
    files = []
    for name in PICTURES:
        figure, path = draw(name, draws, seed), folder / f"prior-{name}.svg"
        with laid_out(figure):
            write_whole(path, svg(figure, f"prior-{name}"))
        files.append(path)
    return files
