"""The script that solves hosts in a browser: generated equations and read-outs, and the files of `scripts/` with them.

All of it stands in one function, `nicheEngine`, without a word of the page. The page runs it as it is and gives its
text to its workers, so it works from a disk too, where a browser lets no worker read a file.
"""

from pathlib import Path
from typing import Any

from niche.model import niche as whole
from niche.model.observables import OBSERVABLES
from niche.solver.javascript import javascript_model, javascript_readouts

SCRIPTS = Path(__file__).parent / "scripts"
_PARTS = ("integrator", "numbers", "units", "steps", "question", "schedule", "run", "python", "support")
_GIVEN = (
    "STATUS, openTables, readQuestion, writeQuestion, stepText, runHosts, readTimes, quantile, protocolWarnings, "
    "pythonLines, untreated, supportOf, measurable, nearestTo, neverMeasured, AskError, clauses: CLAUSES"
)


def read_all(y: Any, u: Any, p: Any) -> list[Any]:
    """Every read-out of the model, in the order of `OBSERVABLES`; on numbers, arrays and symbols alike."""
    seen = whole.signals(y, u, p)
    return [one.read(y, seen, u, p) for one in OBSERVABLES.values()]


def engine() -> str:
    """The whole script. Its last expression is the function `nicheEngine`, which gives the parts by name."""
    equations = javascript_model(whole) + javascript_readouts(whole, "readouts", read_all)
    parts = [(SCRIPTS / f"{name}.js").read_text(encoding="utf-8") for name in _PARTS]
    inside = "\n".join(['"use strict";', equations, *parts, f"return {{ {_GIVEN} }};"])
    said = "// Generated from the equations of the model by compendium.browser.code."
    return f"{said}\nfunction nicheEngine() {{\n{inside}\n}}\n"
