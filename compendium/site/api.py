"""The page of the public names, and docstrings made fit for it."""

import importlib
import inspect
import re
from typing import Any

from compendium.site.html import escaped, named_table

MODULES = (
    ("niche", "The whole way through: hosts, a protocol, a simulation, an effect, a claim."),
    ("niche.kinetics", "From a regimen to levels and occupancy."),
    ("niche.trials", "Virtual patients and trials."),
    ("niche.imaging", "Whether a scanner would see a lesion."),
    ("niche.tissue", "A slice of marrow in two dimensions: where nerves meet tumour."),
    ("compendium.figures", "Figures as they are saved."),
)


LISTS = {
    "observables": "Read-outs",
    "systems": "Species",
    "strains": "Strains",
    "lines": "Tumour lines",
    "drugs": "Drugs",
    "conditions": "Diets, operations, genotypes and treatments without a dose",
    "sites": "Sites of bone",
}


def names_page() -> str:
    """Markdown of every name that a question can be made of."""
    import niche

    parts = [
        "# What can be asked",
        "Names as `niche.hosts`, `niche.Protocol` and `niche.effect` take them. Python lists them too: above each "
        "table stands how. A name that is misspelt ends in an error with the nearest right one.",
    ]
    for name, title in LISTS.items():
        rows = [(f"<code>{escaped(one)}</code>", escaped(about)) for one, about in getattr(niche, name)().items()]
        table = named_table(("name", "what it is"), rows)
        parts += [f"## {title}", f"`niche.{name}()`", "```{raw} html\n" + table + "\n```"]
    return "\n\n".join(parts) + "\n"


def api_page() -> str:
    """Markdown with one directive per public name of each module that lists its names."""
    parts = [
        "# The Python interface",
        "What `import niche` gives, and what its larger parts give. Times are in days. The names of read-outs, "
        "strains, tumour lines and drugs: [what can be asked](names.md). A first example: "
        "[your first question in ten lines](first-question.md).",
    ]
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
    """A numpydoc docstring with its text escaped, for napoleon to read: a star is a star, a bar is a bar."""
    return [
        line if line.startswith((">>>", "...")) or _is_name(lines, n) else _safe(line) for n, line in enumerate(lines)
    ]


def _is_name(lines: list[str], n: int) -> bool:
    """Whether a line names parameters, and the indented text about them follows."""
    named = re.fullmatch(r"\*{0,2}\w+(, \*{0,2}\w+)*", lines[n])
    return bool(named) and n + 1 < len(lines) and lines[n + 1].startswith("    ")


def _safe(line: str) -> str:
    rest = line.replace("\\", "\\\\").replace("*", r"\*").replace("|", r"\|")
    return re.sub(r"(\w)_(?=\W|$)", r"\1\\_", rest)


def setup(app: Any) -> dict[str, bool]:
    """Tell Sphinx how docstrings are read."""

    def process(app: Any, what: str, name: str, thing: object, options: object, lines: list[str]) -> None:
        lines[:] = as_rst(lines) if what != "data" else []  # of data it is the text of its type

    app.connect("autodoc-process-docstring", process)
    return {"parallel_read_safe": True}
