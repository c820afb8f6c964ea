"""A page for each paper: what was done, what was read, what the model is asked of it, and what it is not asked."""

import math
from collections.abc import Mapping, Sequence
from functools import cache

from compendium.site.html import cited, escaped, filtered, html_source, html_table, link
from niche.atoms.build import atoms, experiments_of
from niche.atoms.records import COSTS, Atom
from niche.evidence.paper_records import ROB2, ROBINS, SYRCLE, Ask, Measurement, Paper
from niche.evidence.papers import read_papers
from niche.evidence.row_plan import Experiment
from niche.evidence.rows import read_evidence
from niche.experiment.steps import Given, Step
from niche.text import long_number
from niche.verdicts.claims import claim, claim_ids

READ = {
    "full text": "in full",
    "abstract": "in its abstract only; what the full text adds is not here",
    "other page": "on another page than the paper's own, which quotes it",
}
TOOLS = {
    SYRCLE: "SYRCLE's tool for animal studies",
    ROB2: "RoB 2, for randomised trials",
    ROBINS: "ROBINS-I, for studies without randomisation",
}
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
# In no table of contents, which would stand on every page, and not in the search index, for whose sake a build would
# take half as long again: the list of papers has a search field of its own.
_APART = "---\norphan: true\nnosearch: true\n---"
_MARKS = "\\`*_[]<>$#|{}~^"


def pages() -> dict[str, str]:
    """The page of each paper and those that lead there, by name without ending."""
    papers = read_papers()
    found = {f"papers/{key}": _page(key, paper) for key, paper in papers.items()}
    return found | {"papers/index": _index(papers), "papers/risk-of-bias": _bias_page(papers)}


@cache
def by_paper() -> Mapping[str, tuple[Atom, ...]]:
    """The atoms of each paper that has some."""
    found: dict[str, list[Atom]] = {}
    for atom in atoms():
        found.setdefault(atom.paper, []).append(atom)
    return {key: tuple(some) for key, some in found.items()}


def claims_of(paper: Paper) -> list[int]:
    """Numbers of the claims that a paper bears on, by the propositions that its file names."""
    return sorted({int(one[:2]) for one in paper.propositions})


def _page(key: str, paper: Paper) -> str:
    own = by_paper().get(key, ())
    experiments = experiments_of(key)
    parts = [
        _APART,
        f"# {_prose(paper.title)}",
        _raw(_about(paper)),
        "## What was done",
        _raw(_done(paper)),
        "## What was read",
        _raw(_was_read(paper)),
        "## What the model is asked",
        *([_raw(_experiments(paper, experiments))] if experiments else []),
        _raw(_asked(paper, own)) if own else "Nothing.",
    ]
    if told := _not_asked(paper):
        parts += ["## What it is not asked, and why", _raw(told)]
    parts += ["## Risk of bias", _raw(_bias(paper)), f"From `params/papers/{key}.yaml`. [All papers](index.md)"]
    return "\n\n".join(parts) + "\n"


# --- who made it, what was done


def _about(paper: Paper) -> str:
    where = " ".join(filter(None, (paper.journal, str(paper.year), paper.volume)))
    where += f", {paper.pages}" if paper.pages else ""
    links = [html_source(paper.doi)] if paper.doi else []
    links += [link(f"https://pubmed.ncbi.nlm.nih.gov/{paper.pmid}", f"PubMed {paper.pmid}")] if paper.pmid else []
    links += [link(f"https://pmc.ncbi.nlm.nih.gov/articles/{paper.pmcid}", paper.pmcid)] if paper.pmcid else []
    links += [html_source("", paper.seen_at)] if paper.seen_at and not links else []
    known = {claim(name).number: claim(name).title for name in claim_ids()}
    bears = [link("../claims.html", f"{number:02d} {known.get(number, '')}".strip()) for number in claims_of(paper)]
    lines = [
        f"{escaped(', '.join(paper.authors))}. {escaped(where)}. {' · '.join(links)}",
        f"Laboratory: {escaped(paper.laboratory)}",
        f"Kind of study: {escaped(paper.kind)}. Read {READ[paper.read]}.",
    ]
    lines += [f"Bears on: {'; '.join(bears)}"] if bears else []
    if paper.same_animals:
        other = link(f"{paper.same_animals}.html", _short(read_papers()[paper.same_animals]))
        lines.append(f"The same animals or people as in {other}.")
    lines += [cited(paper.note)] if paper.note else []
    return "".join(f"<p>{line}</p>" for line in lines)


def _done(paper: Paper) -> str:
    host = paper.host
    who = [host.species, host.strain, host.sex if host.sex != "not stated" else "", host.age]
    facts = [("studied", ", ".join(filter(None, who))), ("bone", host.bone), ("tumour", host.tumour)]
    facts.append(("site of the tumour", host.tumour_site))
    told = "".join(f"<b>{name}:</b> {escaped(said)}<br>" for name, said in facts if said)
    rows = [(escaped(arm), escaped(one.done), str(one.n or "–")) for arm, one in paper.arms.items()]
    return f"<p>{told}</p>" + html_table(("group", "what was done", "n"), rows, "cards")


# --- what was read


def _was_read(paper: Paper) -> str:
    rows = []
    for one in paper.measurements:
        how = ", ".join(filter(None, (one.where, "from the figure" if one.digitised else "", _apart(paper, one))))
        rows.append(
            (
                f'<a id="{escaped(one.id)}"></a>{escaped(one.readout)}'
                + (f"<br><small>{escaped(one.assay)}</small>" if one.assay else ""),
                escaped(" against ".join(one.contrast) if len(one.contrast) == 2 else ", ".join(one.contrast)),
                _days(one.day),
                escaped(printed(one)),
                escaped(how) + (f"<br><small>{cited(one.note)}</small>" if one.note else ""),
                _code(one),
            )
        )
    return html_table(("read-out", "groups", "day", "as printed", "where it stands", "code"), rows, "cards")


def _apart(paper: Paper, one: Measurement) -> str:
    return f"read {READ[one.read].split(';')[0]}" if one.read and one.read != paper.read else ""


def _code(one: Measurement) -> str:
    own = escaped(one.id)
    return f"<small>{link(f'../evidence.html#{one.id}', one.id) if one.id in read_evidence() else own}</small>"


def printed(one: Measurement) -> str:
    """A measurement as its paper prints it: the number with its error, or the words."""
    if one.kind == "direction":
        said = {"up": "higher", "down": "lower"}[one.direction] + ", without a size"
    elif one.kind == "no effect":
        said = "no significant difference"
    elif one.kind == "order":
        said = {"up": "rises", "down": "falls", "": "differs"}[one.direction] + " from group to group"
    else:
        said = _value(one)
    details = []
    if one.kind not in ("number", "bound") and one.value is not None:
        details.append(_value(one))
    if one.low is not None and one.high is not None:
        name = f"{100 * one.level:g} % interval" if one.kind == "number" else "range"
        details.append(f"{name} {one.low:g} to {one.high:g}")
    details += [f"P = {one.p:g}"] if one.p is not None else []
    details += [f"P < {one.p_below:g}"] if one.p_below is not None else []
    details += [", ".join(f"{a} of {n}" for a, n in one.counts)] if one.counts else []
    details += ["n = " + ", ".join(map(str, one.n))] if one.n else []
    return "; ".join([said, *details])


def _value(one: Measurement) -> str:
    assert one.value is not None
    sign = {"above": "more than ", "below": "less than ", "": ""}[one.bound]
    text = sign + _with_error(one.value, one.se, one.sd)
    if one.control_value is not None:
        text += f" against {_with_error(one.control_value, one.control_se, one.control_sd)}"
    return f"{text} {one.unit}".rstrip()


def _with_error(value: float, se: float | None, sd: float | None) -> str:
    told = f" ± {se:g} (SE)" if se is not None else f" ± {sd:g} (SD)" if sd is not None else ""
    return f"{value:g}{told}"


def _days(day: float | tuple[float, ...] | None) -> str:
    if day is None:
        return "–"
    return " to ".join(f"{one:g}" for one in (day if isinstance(day, tuple) else (day,)))


# --- what the model is asked


def _experiments(paper: Paper, experiments: Mapping[str, Experiment]) -> str:
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
        parts.append(html_table(("group", "what the model does to it"), rows, "cards"))
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


def _asked(paper: Paper, own: Sequence[Atom]) -> str:
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
    return html_table(head, rows, "cards") + f"<p><small>{note}</small></p>"


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


def _not_asked(paper: Paper) -> str:
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
    return html_table(("read-out", "why not"), rows, "cards") if rows else ""


# --- risk of bias


def _bias(paper: Paper) -> str:
    names = next((names for names in TOOLS if set(names) == set(paper.risk_of_bias)), None)
    if names is None:
        return "<p>Not judged.</p>"
    rows = [(escaped(name), _judged(paper.risk_of_bias[name])) for name in names]
    return f"<p>By {escaped(TOOLS[names])}; <i>unclear</i>: what was read is silent.</p>" + html_table(
        ("domain", "risk"), rows
    )


def _judged(word: str) -> str:
    return f'<span class="bias {escaped(word)}">{escaped(word)}</span>'


def _bias_page(papers: Mapping[str, Paper]) -> str:
    parts = [
        _APART,
        "# Risk of bias",
        "One line for each paper, one table for each tool. *Unclear* means that what was read is silent on it, and "
        "most papers were read in their abstracts, which say little of how animals were chosen, kept and judged. "
        "The tools: SYRCLE for animal studies (Hooijmans 2014, [doi:10.1186/1471-2288-14-43]"
        "(https://doi.org/10.1186/1471-2288-14-43)), also used for cultures; RoB 2 for randomised trials (Sterne 2019, "
        "[doi:10.1136/bmj.l4898](https://doi.org/10.1136/bmj.l4898)); ROBINS-I for cohorts (Sterne 2016, "
        "[doi:10.1136/bmj.i4919](https://doi.org/10.1136/bmj.i4919)). A review is judged by the tool for the studies "
        "that it pools.",
    ]
    for names, tool in TOOLS.items():
        some = {key: one for key, one in papers.items() if set(one.risk_of_bias) == set(names)}
        judged = [word for one in some.values() for word in one.risk_of_bias.values()]
        share = ", ".join(f"{word} {judged.count(word)}" for word in ("low", "high", "unclear"))
        rows = []
        for key, one in some.items():
            cells = [f"{link(f'{key}.html', _short(one))}", *(_judged(one.risk_of_bias[name]) for name in names)]
            rows.append(({"kind": one.kind}, cells))
        parts += [
            f"## {tool}",
            f"{len(some)} papers; judgements: {share}.",
            _raw(filtered(f"bias-{len(names)}", ("paper", *names), rows, {"kind": "kind of study"})),
        ]
    return "\n\n".join(parts) + "\n"


# --- the list of all


def _index(papers: Mapping[str, Paper]) -> str:
    rows = []
    for key, one in papers.items():
        numbers = [f"{number:02d}" for number in claims_of(one)]
        own = by_paper().get(key, ())
        by = {
            "claim": "|".join(numbers) or "none",
            "kind": one.kind,
            "read": one.read,
            "asked": "yes" if own else "no",
        }
        cells = [
            link(f"{key}.html", _short(one)),
            escaped(one.title),
            escaped(one.laboratory),
            escaped(", ".join(filter(None, (one.host.species, one.host.strain)))),
            escaped(one.kind),
            " ".join(numbers) or "–",
            escaped(one.read),
            str(len(one.measurements)),
            str(len(own)),
        ]
        rows.append((by, cells))
    head = ("paper", "title", "laboratory", "studied", "kind", "claims", "read in", "read-outs", "asked")
    filters = {"claim": "claim", "kind": "kind of study", "read": "read in", "asked": "the model is asked"}
    laboratories = len({one.laboratory for one in papers.values()})
    count = sum(len(one.measurements) for one in papers.values())
    return (
        "# The papers\n\n"
        f"{len(papers)} papers of {laboratories} laboratories, {count} read-outs; the model is asked "
        f"{len(atoms())} contrasts of {len(by_paper())} papers. Each has a page: what was done, what was read and "
        "where it stands, what the model is asked and what differs, and what it cannot be asked. "
        "[Risk of bias of each](risk-of-bias.md). [How many there are for each claim](../evidence-counts.md).\n\n"
        + _raw(filtered("papers", head, rows, filters))
        + "\n"
    )


def _short(paper: Paper) -> str:
    """A paper by its first author and year."""
    first = paper.authors[0]
    name = first.split()[-1] if first[:1] not in "[(" else paper.laboratory.split(",")[0]
    return f"{name} {paper.year}"


def _prose(words: str) -> str:
    for sign in _MARKS:
        words = words.replace(sign, "\\" + sign)
    return " ".join(words.split())


def _raw(markup: str) -> str:
    return "```{raw} html\n" + markup + "\n```"
