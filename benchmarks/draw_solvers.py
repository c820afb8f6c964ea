"""The figure of `bench_solvers.py`: error against time per method, and time against number of hosts."""

from pathlib import Path
from typing import Any

import matplotlib as mpl
import matplotlib.pyplot as plt

from compendium.figures.house_style import GREY, PALETTE

COLOURS = [*PALETTE.values(), "#E69F00", "#CC79A7", GREY, "#8A6D00"]
_MARKS = "osD^v<>Pp"


def draw(precision: list[dict[str, Any]], hosts: list[dict[str, Any]], file: Path) -> None:
    """Three panels as SVG and PNG beside their numbers."""
    mpl.rcParams.update({"svg.hashsalt": "niche", "font.size": 8, "svg.fonttype": "none"})
    figure, axes = plt.subplots(1, 3, figsize=(11, 3.9), layout="constrained")
    methods = list(dict.fromkeys(row["method"] for row in precision))
    for axis, problem in zip(axes, dict.fromkeys(row["problem"] for row in precision), strict=False):
        for i, method in enumerate(methods):
            mine = [row for row in precision if (row["problem"], row["method"]) == (problem, method)]
            points = [(float(row["error"]), float(row["ms_per_host"])) for row in mine if row["error"] != "inf"]
            x, y = zip(*points, strict=True) if points else ((), ())
            axis.plot(
                x,
                y,
                marker=_MARKS[i],
                ms=4,
                lw=1.8 if i < 2 else 1,
                color=COLOURS[i % len(COLOURS)],
                ls="-" if i < 2 else (0, (3, 1)),
                label=method,
            )
        axis.axvline(1e-6, color="0.6", lw=0.8, zorder=0)
        axis.set(
            xscale="log",
            yscale="log",
            title=f"Mouse with a tumour, {problem}",
            xlabel="Largest relative error",
            ylabel="Processor time per host (ms)",
        )
        axis.invert_xaxis()
    for key, mark, label in (
        ("processor_s", "o", "processor"),
        ("wall_s", "s", "clock, on a machine shared with others"),
    ):
        measured = [(int(r["hosts"]), float(r[key])) for r in hosts if r["extrapolated"] == "0"]
        beyond = [measured[-1], *((int(r["hosts"]), float(r[key])) for r in hosts if r["extrapolated"] == "1")]
        colour = COLOURS[0 if mark == "o" else 1]
        axes[2].plot(*zip(*measured, strict=True), marker=mark, ms=4, color=colour, label=label)
        axes[2].plot(*zip(*beyond, strict=True), marker=mark, ms=4, mfc="white", ls=":", color=colour)
    axes[2].plot([], [], marker="o", ms=4, mfc="white", ls=":", color="0.4", label="extrapolated, not measured")
    axes[2].set(
        xscale="log",
        yscale="log",
        title="niche.experiment.simulation, 28 days, last day read",
        xlabel="Hosts",
        ylabel="Time (s)",
    )
    axes[2].legend(frameon=False, fontsize=7)
    handles, labels = axes[0].get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside lower center", ncols=5, frameon=False, fontsize=7)
    file.parent.mkdir(exist_ok=True)
    figure.savefig(file.with_suffix(".svg"), metadata={"Date": None})
    figure.savefig(file.with_suffix(".png"), dpi=150)
    plt.close(figure)
