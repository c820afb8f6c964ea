"""The pages of the model: every equation, and beside it every number in it with its unit, kind and source."""

import inspect
from functools import cache

import numpy as np

from compendium.site.drawing import arrow_list, drawing
from compendium.site.html import cited, escaped, kind, named_table
from compendium.site.network import arrows
from compendium.site.printed import printed_latex
from compendium.site.trace import TISSUES, Equation, readouts, trace
from niche.model import niche as whole
from niche.model import observables
from niche.model.state import DERIVED, Inputs, Parameters, State, describe
from niche.params.layers import read_registry
from niche.params.posterior import read_posterior
from niche.params.registry import Registry

TITLES = {
    "nerves": "Nerves and their signals",
    "bone": "Bone",
    "tumour": "Tumour",
    "immune": "Immune cells",
    "drugs": "Antibodies, traps and zoledronate",
    "niche": "What joins the tissues",
    "observables": "Read-outs",
}
# Names of the code as a biologist writes them: whole names, and parts of longer ones.
_WHOLE = {
    "oba": "osteoblasts",
    "obp": "osteoblast precursors",
    "oca": "osteoclasts",
    "bv": "bone volume",
    "cd8": "CD8 T cells",
    "m2": "M2 macrophages",
    "mdsc": "suppressor cells",
    "interleukin6": "IL-6",
    "rankl_drive": "production of RANKL",
    "opg_output": "output of OPG",
    "opg_source": "sources of OPG",
    "trka_excess": "TrkA above rest",
    "pthrp_free": "free PTHrP",
    "tgfb_seen": "TGF-β that cells see",
    "gathered": "waiting osteoclast precursors",
    "zol_death": "death of osteoclasts by zoledronate",
    "zol_bone": "zoledronate in bone",
    "sensory": "sensory fibres",
    "sympathetic": "sympathetic fibres",
    "myelinated": "myelinated fibres",
    "core": "fibres of the marrow",
    "distant": "tumour elsewhere",
    "birth": "birth of tumour cells",
    "waking": "waking of dormant cells",
    "attraction": "attraction to bone",
    "killing": "killing by CD8 T cells",
    "tumour": "tumour cells",
    "circulating": "circulating cells",
    "dormant": "dormant cells",
    "rates": "all rates",
    "maturing": "osteoblasts that mature",
    "load": "mechanical load",
}
_PARTS = {"rankl": "RANKL", "rank": "RANK", "opg": "OPG", "pth": "PTH", "pthrp": "PTHrP", "tgfb": "TGF-β"}
_PARTS |= {"ngf": "NGF", "vegf": "VEGF"}
_KEY = (
    "Bold: what changes in time. In brackets: what a protocol does to the host. Every other name is a number, in "
    "the table below its equations, or has an equation of its own. All of it is printed from the functions that are "
    "simulated."
)


def pages() -> dict[str, str]:
    """Markdown of every page of the model, by its name without ending."""
    found = {f"model/{tissue}": _tissue(tissue) for tissue in (*TISSUES, "niche")}
    return found | {"model/index": _overview(), "model/read-outs": _readouts()}


def _overview() -> str:
    rows = [
        (f"<b>{escaped(name)}</b>", escaped(unit), escaped(about)) for name, (unit, about) in describe(State).items()
    ]
    given = [(escaped(name), escaped(unit), escaped(about)) for name, (unit, about) in describe(Inputs).items()]
    drawn = arrows()
    return (
        "\n\n".join(
            [
                "# The model",
                "One set of ordinary differential equations, the same functions for the compiled solver, for "
                "arrays and for "
                f"the symbols that these pages are printed from. {len(rows)} quantities change in time; "
                f"{len(given)} can be "
                "set from outside; everything else follows from them at once.",
                "```{toctree}\n:maxdepth: 1\n\n" + "\n".join([*TISSUES, "niche", "read-outs", "parameters"]) + "\n```",
                "## Who acts on whom",
                "Drawn from the equations: there is an arrow where the equation of one quantity names the "
                "other. Blue: raises. "
                "Orange, with a bar: lowers. Grey and broken: fewer than 95 % of the calibrated draws agree "
                "on the direction. "
                "The directions are those of mice with a breast-cancer line in a bone, three weeks after its "
                "cells were placed "
                "there. Choose a box to see its arrows alone.",
                _raw(f'<div class="wide">{drawing(drawn)}</div><p class="chosen" aria-live="polite"></p>'),
                "### The same as a list",
                _raw(arrow_list(drawn)),
                "## What changes in time",
                _raw(named_table(("name", "unit", "meaning"), rows)),
                "## What can be done to a host",
                _raw(named_table(("name", "unit", "meaning"), given)),
            ]
        )
        + "\n"
    )


def _tissue(tissue: str) -> str:
    ours = [one for one in trace() if one.tissue == tissue]
    blocks = list(dict.fromkeys(one.function for one in ours))
    parts = [f"# {TITLES[tissue]}", _intro(tissue), _KEY]
    parts += [_block(tissue, function, [one for one in ours if one.function == function]) for function in blocks]
    return "\n\n".join(parts) + "\n"


def _readouts() -> str:
    ours = readouts()
    hidden = [one for one in ours if one.kind != "read-out"]
    parts = [
        f"# {TITLES['observables']}",
        "What an assay sees of a state, as the field names it. " + _KEY,
        *(_block(one.tissue, one.function, [one]) for one in hidden),
    ]
    for one in ours:
        if one.kind == "read-out":
            parts += [f"## {one.name}", f"{_prose(one.about)} [{one.unit}]", _math([one]), _numbers([one])]
    return "\n\n".join(filter(None, parts)) + "\n"


def _intro(tissue: str) -> str:
    module = whole if tissue == "niche" else TISSUES[tissue]
    return _prose(inspect.getdoc(module) or "")


@cache
def where_used() -> dict[str, tuple[str, str]]:
    """By parameter, where on the pages of the model the first equation with it stands: address and title."""
    from docutils.nodes import make_id

    blocks: dict[tuple[str, str], list[Equation]] = {}
    for one in trace():
        blocks.setdefault((one.tissue, one.function), []).append(one)
    taken: dict[str, set[str]] = {}
    found: dict[str, tuple[str, str]] = {}
    for (tissue, function), equations in blocks.items():
        title = _title(function, equations)
        place, others = make_id(title), taken.setdefault(tissue, set())
        address = f"model/{tissue}.html" + (f"#{place}" if place not in others else "")  # a second one has another name
        others.add(place)
        for name in {name for one in equations for name in one.depends_on} & set(Parameters._fields):
            found.setdefault(name, (address, title))
    return found


def _title(function: str, equations: list[Equation]) -> str:
    """What stands above some equations: the states whose rates they are, else the function; in words."""
    states = [one.name for one in equations if one.kind == "rate"]
    return ", ".join(map(_in_words, states)) if states else _in_words(function.removesuffix("_rate"))


def _in_words(name: str) -> str:
    """A name of the code as a biologist writes it."""
    said = _WHOLE.get(name.lower())
    return said or " ".join(_PARTS.get(part.lower(), part) for part in name.split("_"))


def _block(tissue: str, function: str, equations: list[Equation]) -> str:
    module = {"niche": whole, "observables": observables}.get(tissue) or TISSUES.get(tissue)
    code = getattr(module, function, None)
    states = [one for one in equations if one.kind == "rate"]
    title = _title(function, equations)
    about = _prose((inspect.getdoc(code) or "").strip()) if code else ""
    meant = [f"*{one.name}*: {_prose(one.about)} [{one.unit}]" for one in states]
    where = f"`niche/model/{tissue}.py`, `{function}`"
    parts = [f"## {title}", "\\\n".join(meant), about, _math(equations), _numbers(equations), where]
    return "\n\n".join(filter(None, parts))


def _math(equations: list[Equation]) -> str:
    """What comes first is what the function gives; what it names on the way follows."""
    ends = [one for one in equations if one.kind != "part"]
    ordered = [*ends, *(one for one in equations if one.kind == "part")]
    return "\n\n".join(f"```{{math}}\n{printed_latex(one)}\n```" for one in ordered)


def _numbers(equations: list[Equation]) -> str:
    """The parameters of some equations, as a table."""
    used = {name for one in equations for name in one.depends_on}
    rows = [_row(name) for name in Parameters._fields if name in used]
    if not rows:
        return ""
    head = ("symbol", "meaning", "value", "kind", "calibrated", "source")
    return _raw(named_table(head, rows, "numbers cards"))


@cache
def _registry() -> Registry:
    return read_registry()


def _row(name: str) -> tuple[str, ...]:
    unit, about = describe(Parameters)[name]
    sign = f"<code>{escaped(name)}</code>"
    if name in DERIVED:
        return sign, escaped(about), escaped(unit), kind("derived"), "–", "follows from the others at rest"
    entry = _registry().model[name]
    low, high = entry.range
    value = f'<span class="{escaped(entry.kind)}">{entry.value:g}</span> {escaped(unit)}'
    value += f"<br><small>{low:g} to {high:g}</small>"
    note = f"<br><small>{cited(entry.note)}</small>" if entry.note else ""
    others = [layer for layer in _layers() if name in _layers()[layer]]
    own = f"<br><small>other values: {escaped(', '.join(others))}</small>" if others else ""
    return sign, escaped(about), value, kind(entry.kind), _calibrated(entry.key), cited(entry.source) + note + own


@cache
def _layers() -> dict[str, set[str]]:
    """Species, strains, lines and drugs, and which parameters each sets for itself."""
    registry = _registry()
    found = {name: set(system.parameters) for name, system in registry.systems.items()}
    found |= {name: set(s.parameters) for system in registry.systems.values() for name, s in system.strains.items()}
    found |= {line.name: set(line.parameters) for line in registry.lines.values()}
    return found | {drug.name: set(drug.parameters) for drug in registry.drugs.values()}


def _calibrated(key: str) -> str:
    draws = read_posterior().draws
    if key not in draws:
        return "–"
    low, middle, high = np.quantile(draws[key], (0.05, 0.5, 0.95))
    return f"{middle:.3g}<br><small>{low:.3g} to {high:.3g}</small>"


def _prose(words: str) -> str:
    """A docstring as Markdown: its signs mean nothing, its code stays code."""
    for sign in ("\\", "*", "_", "[", "]", "<", ">", "$", "#", "|"):
        words = words.replace(sign, "\\" + sign)
    return words


def _raw(markup: str) -> str:
    return "```{raw} html\n" + markup + "\n```"
