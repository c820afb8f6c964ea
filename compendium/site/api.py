"""The page of the public names, and docstrings made fit for it."""

import importlib
import inspect
import re
from typing import Any

MODULES = (
    ("niche", "The whole way through: hosts, a protocol, a simulation, an effect, a claim."),
    ("niche.kinetics", "From a regimen to levels and occupancy."),
    ("niche.trials", "Virtual patients and trials."),
    ("compendium.figures", "Figures as they are saved."),
)
_FIELD = re.compile(r"^(\w+(?:, \w+)*) : (.*)$")


def api_page() -> str:
    """Markdown with one directive per public name of each module that lists its names."""
    parts = ["# The Python interface", "What `import niche` gives, and what its larger parts give. Times are in days."]
    for name, about in MODULES:
        module = importlib.import_module(name)
        public = [one for one in getattr(module, "__all__", ()) if not one.startswith("_")]
        if not public:
            continue
        parts += [f"## {name}", about]
        parts += [_directive(f"{name}.{one}", getattr(module, one)) for one in public]
    return "\n\n".join(parts) + "\n"


def _directive(path: str, value: Any) -> str:
    kind = "autoclass" if inspect.isclass(value) else "autofunction" if callable(value) else "autodata"
    options = ":members:\n" if inspect.isclass(value) and not issubclass(value, Exception | tuple) else ""
    return f"```{{eval-rst}}\n.. {kind}:: {path}\n" + "".join(f"   {line}\n" for line in options.splitlines()) + "```"


def as_rst(lines: list[str]) -> list[str]:
    """A docstring of this project as reStructuredText: "name : meaning" is a field, signs are escaped."""
    found: list[str] = []
    within = False  # a field goes on until an empty line
    for line in lines:
        match = _FIELD.match(line)
        if match and found and found[-1] and not within:
            found.append("")
        within = bool(match) or (within and bool(line.strip()))
        if match:
            found.append(f":{match[1]}: {_safe(match[2])}")
        elif within:
            found.append("    " + _safe(line.strip()))
        else:
            found.append(line if line.startswith((">>>", "...")) else _safe(line))
    return found


def _safe(line: str) -> str:
    """Stars and bars are stars and bars; one backtick is code."""
    indent, rest = line[: len(line) - len(line.lstrip())], line.lstrip()
    rest = rest.replace("\\", "\\\\").replace("*", r"\*").replace("|", r"\|")
    rest = re.sub(r"(\w)_(?=\W|$)", r"\1\\_", rest)
    return indent + re.sub(r"(?<!`)`([^`]+)`(?!`)", lambda match: f"``{match[1]}``", rest)


def setup(app: Any) -> dict[str, bool]:
    """Tell Sphinx how docstrings are read."""

    def process(app: Any, what: str, name: str, thing: object, options: object, lines: list[str]) -> None:
        lines[:] = as_rst(lines) if what != "data" else []  # of data it is the text of its type

    app.connect("autodoc-process-docstring", process)
    return {"parallel_read_safe": True}
