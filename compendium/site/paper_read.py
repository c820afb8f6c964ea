"""Who made a paper, what was done, and what was read in it, for its page."""

from compendium.citing.library import works
from compendium.site.html import cited, escaped, html_source, link, named_table
from compendium.site.paper_words import READ, claims_of, short_name
from compendium.site.references import html_reference
from niche.answering.claim import claim, claim_ids
from niche.evidence.paper_records import Measurement, Paper
from niche.evidence.papers import read_papers
from niche.evidence.rows import read_evidence


def about(key: str, paper: Paper) -> str:
    reference = html_reference(works().by_paper[key])
    if paper.seen_at and "<a " not in reference:
        reference += f" {html_source('', paper.seen_at)}"
    known = {claim(name).number: claim(name).title for name in claim_ids()}
    bears = [link("../claims.html", f"{number:02d} {known.get(number, '')}".strip()) for number in claims_of(paper)]
    lines = [
        reference,
        f"Laboratory: {escaped(paper.laboratory)}",
        f"Kind of study: {escaped(paper.kind)}. Read {READ[paper.read]}.",
    ]
    lines += [f"Bears on: {'; '.join(bears)}"] if bears else []
    if paper.same_animals:
        other = link(f"{paper.same_animals}.html", short_name(read_papers()[paper.same_animals]))
        lines.append(f"The same animals or people as in {other}.")
    lines += [cited(paper.note)] if paper.note else []
    return "".join(f"<p>{line}</p>" for line in lines)


def done(paper: Paper) -> str:
    host = paper.host
    who = [host.species, host.strain, host.sex if host.sex != "not stated" else "", host.age]
    facts = [("studied", ", ".join(filter(None, who))), ("bone", host.bone), ("tumour", host.tumour)]
    facts.append(("site of the tumour", host.tumour_site))
    told = "".join(f"<b>{name}:</b> {escaped(said)}<br>" for name, said in facts if said)
    rows = [(escaped(arm), escaped(one.done), str(one.n or "–")) for arm, one in paper.arms.items()]
    return f"<p>{told}</p>" + named_table(("group", "what was done", "n"), rows)


def was_read(paper: Paper) -> str:
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
    return named_table(("read-out", "groups", "day", "as printed", "where it stands", "code"), rows)


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
