"""A page for each paper: what was done, what was read, what the model is asked of it, and what it is not asked."""

from collections.abc import Mapping

from compendium.site.html import escaped, filtered, link
from compendium.site.paper_asked import asked, experiments_told, not_asked
from compendium.site.paper_read import about, done, was_read
from compendium.site.paper_words import HIDDEN, by_paper, claims_of, judged, prose, raw, short_name
from niche.atoms.build import atoms, experiments_of
from niche.evidence.paper_records import ROB2, ROBINS, SYRCLE, Paper
from niche.evidence.papers import read_papers

TOOLS = {
    SYRCLE: "SYRCLE's tool for animal studies",
    ROB2: "RoB 2, for randomised trials",
    ROBINS: "ROBINS-I, for studies without randomisation",
}
_HIGH_FIRST = ("high", "unclear", "low")


def pages() -> dict[str, str]:
    """The page of each paper and those that lead there, by name without ending."""
    papers = read_papers()
    found = {f"papers/{key}": _page(key, paper) for key, paper in papers.items()}
    return found | {"papers/index": _index(papers), "papers/risk-of-bias": _bias_page(papers)}


def _page(key: str, paper: Paper) -> str:
    own = by_paper().get(key, ())
    experiments = experiments_of(key)
    parts = [
        HIDDEN,
        f"# {prose(paper.title)}",
        raw(about(key, paper)),
        "## What was done",
        raw(done(paper)),
        "## What was read",
        raw(was_read(paper)),
        "## What the model is asked",
        *([raw(experiments_told(paper, experiments))] if experiments else []),
        raw(asked(paper, own)) if own else "Nothing.",
    ]
    if told := not_asked(paper):
        parts += ["## What it is not asked, and why", raw(told)]
    parts += ["## Risk of bias", raw(_bias(paper)), f"From `params/papers/{key}.yaml`. [All papers](index.md)"]
    return "\n\n".join(parts) + "\n"


def _bias(paper: Paper) -> str:
    names = next((names for names in TOOLS if set(names) == set(paper.risk_of_bias)), None)
    if names is None:
        return "<p>Not judged.</p>"
    said = [paper.risk_of_bias[name] for name in names]
    lines = [
        f"{judged(word)} {escaped(', '.join(name for name, one in zip(names, said, strict=True) if one == word))}"
        for word in sorted(set(said), key=_HIGH_FIRST.index)
    ]
    return f"<p>By {escaped(TOOLS[names])}; <i>unclear</i>: what was read is silent.<br>{'<br>'.join(lines)}</p>"


def _bias_page(papers: Mapping[str, Paper]) -> str:
    parts = [
        HIDDEN,
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
        words = [word for one in some.values() for word in one.risk_of_bias.values()]
        share = ", ".join(f"{word} {words.count(word)}" for word in ("low", "high", "unclear"))
        rows = []
        for key, one in some.items():
            cells = [f"{link(f'{key}.html', short_name(one))}", *(judged(one.risk_of_bias[name]) for name in names)]
            rows.append(({"kind": one.kind}, cells))
        parts += [
            f"## {tool}",
            f"{len(some)} papers; judgements: {share}.",
            raw(filtered(f"bias-{len(names)}", ("paper", *names), rows, {"kind": "kind of study"})),
        ]
    return "\n\n".join(parts) + "\n"


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
            link(f"{key}.html", short_name(one)),
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
        + raw(filtered("papers", head, rows, filters))
        + "\n"
    )
