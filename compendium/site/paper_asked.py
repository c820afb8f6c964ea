"""What the model is asked of a paper, and what it is not asked, for its page."""

import math
from collections.abc import Mapping, Sequence

from compendium.site.html import escaped, named_table
from niche.atoms.records import COSTS, Atom
from niche.evidence.paper_records import Ask, Paper
from niche.evidence.row_plan import Experiment
from niche.experiment.steps import Given, Step
from niche.text import long_number

# Where the error of an atom comes from, as a reader is told.
BASES = {
    "standard error": "the printed standard error",
    "interval": "the printed interval",
    "counts": "the printed counts",
    "P": "the printed P",
    "P below": "P below the printed bound; the error may be smaller",
    "sd": "the printed SD and the number of hosts",
    "worked out": "printed numbers, as said beside it",
    "assay": "what other papers print of this assay",
    "family of assays": "what other papers print of such read-outs; none of this assay",
    "any assay": "what other papers print of any assay",
}
_VERBS = {
    "infuse": "infusion of",
    "dose": "",
    "regimen": "",
    "genotype": "born as",
    "surgery": "operation:",
    "diet": "diet:",
    "treat": "",
    "culture": "in culture:",
    "seed": "tumour cells:",
}


def experiments_told(paper: Paper, experiments: Mapping[str, Experiment]) -> str:
    parts = []
    for name, one in experiments.items():
        host = ", ".join(f"{key}: {escaped(said)}" for key, said in one.host.items() if key != "system")
        length = next(iter(one.arms.values())).days
        called = f"<b>{escaped(name)}:</b> " if len(experiments) > 1 else ""
        parts.append(
            f"<p>{called}{escaped(one.host['system'])}{f' ({host})' if host else ''}, {length:g} days"
            + (f". {escaped(one.note)}" if one.note else "")
            + "</p>"
        )
        rows = [
            (escaped(arm), "<br>".join(escaped(_step(step, length)) for step in protocol.steps) or "nothing")
            for arm, protocol in one.arms.items()
        ]
        parts.append(named_table(("group", "what the model does to it"), rows))
        differs = [f"<li>{escaped(each.what)}: {_cost(each.costs)}</li>" for each in paper.simulated[name].differs]
        if differs:
            parts.append(
                f"<p>What differs from the paper, and what that adds to the error:</p><ul>{''.join(differs)}</ul>"
            )
    return "".join(parts)


def _cost(name: str) -> str:
    return "nothing" if name == "nothing" else f"<b>{COSTS[name]:g}</b> ({escaped(name)})"


def _step(step: Step, length: float) -> str:
    """A step of a protocol in words, with its days."""
    verb = _VERBS.get(step.verb, step.verb)
    what = " ".join(filter(None, (verb, step.name, "" if step.amount is None else str(step.amount))))
    if isinstance(step, Given):
        return what
    if step.verb in ("genotype", "culture"):
        return what
    times = step.times
    if len(times) > 1:
        return f"{what}, {len(times)} times, day {times[0]:g} to {times[-1]:.4g}"
    if times:
        return f"{what}, day {times[0]:g}"
    if step.stop is not None and step.stop < length:
        return f"{what}, day {step.start:g} to {step.stop:g}"
    return what if not step.start else f"{what}, from day {step.start:g}"


def asked(paper: Paper, own: Sequence[Atom]) -> str:
    found = {one.id: one for one in paper.measurements}
    several = len(paper.simulated) > 1
    rows = []
    for atom in own:
        one = found.get(atom.name) or found[atom.name.rsplit(".", 1)[0]]
        ask = one.asked if isinstance(one.asked, Ask) else None
        reason = f"<br><small>{escaped(ask.because or ask.how)}</small>" if ask and (ask.because or ask.how) else ""
        error = BASES[atom.basis] + ("" if atom.counted else "; n not seen, eight taken")
        rows.append(
            (
                f"{escaped(one.readout)}{reason}",
                _reading(atom, several),
                _effect(atom),
                f"{_error(atom)}<br><small>from {escaped(error)}</small>",
                f"{atom.indirectness:.2g}<br><small>{escaped('; '.join(atom.costs))}</small>" if atom.costs else "0",
                f"<small>{escaped(atom.name)}</small>",
            )
        )
    head = ("measured", "read in the model", "what the paper says", "error", "added for what differs", "code")
    note = (
        "Ratios are compared as natural logarithms: 0.1 is about 10 %, 0.69 is twofold. What differs between the paper "
        "and the model is added to the error by squares; less in proportion where a read-out varies less between hosts "
        "than most do, as bone density."
    )
    return named_table(head, rows) + f"<p><small>{note}</small></p>"


def _reading(atom: Atom, several: bool) -> str:
    reading = atom.reading
    if reading is None or atom.experiment is None:
        return "virtual trials of the same design"
    days = " to ".join(f"{day:g}" for day in reading.day)
    where = f" in {escaped(atom.experiment.name.split(': ')[-1])}" if several else ""
    first = escaped(reading.treated)
    if reading.against:
        top, bottom = map(escaped, reading.against)
        arms = f"{first} over {escaped(reading.control)}, that over {top} over {bottom}"
    elif reading.control:
        arms = f"{first} over {escaped(reading.control)}"
    elif reading.compare.relative:
        arms = f"{first} over its day {reading.reference_day or 0:g}"
    else:
        arms = first
    slope = "growth rate of " if reading.compare.name == "slope" else ""
    return f"{slope}{escaped(reading.observable)}{where}, day {days}<br><small>{arms}</small>"


def _effect(atom: Atom) -> str:
    if atom.kind == "direction":
        return "higher" if atom.sign > 0 else "lower"
    if atom.kind == "no effect":
        return "no significant effect"
    sign = {"above": "at least ", "below": "at most "}.get(atom.kind, "")
    if atom.linear:
        return f"{sign}{atom.y:.3g} a day"
    return f"{sign}{long_number(math.exp(atom.y))}-fold<br><small>logarithm {atom.y:.3g}</small>"


def _error(atom: Atom) -> str:
    return f"{atom.error:.2g}" + (" a day" if atom.linear else "")


def not_asked(paper: Paper) -> str:
    reasons: dict[str, list[str]] = {}
    for one in paper.measurements:
        if one.not_asked:
            reasons.setdefault(one.not_asked, []).append(one.readout)
        elif one.asked is None and one.family == "drug level":
            reasons.setdefault("a level of a drug: it checks the kinetics, on the page on drugs", []).append(
                one.readout
            )
    rows = [
        (
            escaped("; ".join(dict.fromkeys(names))) + (f" ({len(names)} numbers)" if len(names) > 3 else ""),
            escaped(why),
        )
        for why, names in reasons.items()
    ]
    return named_table(("read-out", "why not"), rows) if rows else ""
