"""docs/evidence-counts.md: how much evidence there is for each claim, before and after papers were read again."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from compendium.site.paper_words import claims_of
from niche.answering.claim import claim, claim_ids
from niche.atoms.assays import FAMILY, variations
from niche.atoms.build import atoms
from niche.atoms.records import COSTS, Atom
from niche.evidence.paper_records import Paper
from niche.evidence.papers import read_papers
from niche.files import write_whole
from niche.frozen import Frozen
from niche.params.records import root
from niche.text import markdown_table

PAGE = "docs/evidence-counts.md"


class Before(NamedTuple):
    """Rows of params/evidence, without those of published models, as they stood then.

    Attributes
    ----------
    rows, papers
        named by the claim, and the distinct sources of these
    simulated
        rows with a plan
    numbers, assumed
        rows to be fitted or predicted that are a number, and those of them whose error was plainly assumed
    whole, abstract
        rows read in a text called whole, and in an abstract
    """

    rows: int
    papers: int
    simulated: int
    numbers: int
    assumed: int
    whole: int
    abstract: int


# Counted once from params/evidence, params/experiments and params/trials of this commit; they do not change any more.
NONE = "of no claim (they inform the structure)"
COMMIT = "d32c806"
ALL_BEFORE = Before(434, 231, 234, 153, 62, 118, 303)
BEFORE: Mapping[int, Before] = Frozen(
    {
        2: Before(29, 12, 28, 21, 8, 17, 12),
        3: Before(36, 4, 36, 36, 3, 33, 3),
        4: Before(7, 7, 3, 1, 0, 0, 7),
        5: Before(17, 10, 15, 8, 7, 0, 17),
        6: Before(17, 12, 14, 6, 6, 1, 16),
        7: Before(17, 12, 14, 4, 3, 4, 13),
        8: Before(13, 9, 10, 0, 0, 5, 8),
        9: Before(19, 14, 18, 1, 0, 3, 16),
        10: Before(19, 16, 16, 3, 2, 2, 17),
        11: Before(21, 14, 20, 7, 7, 0, 21),
        12: Before(8, 8, 6, 1, 1, 0, 8),
        13: Before(20, 12, 18, 20, 14, 5, 15),
        14: Before(25, 11, 24, 17, 1, 10, 15),
        15: Before(23, 19, 15, 15, 2, 3, 20),
        16: Before(13, 9, 9, 5, 0, 1, 12),
        17: Before(14, 10, 6, 5, 2, 6, 8),
        18: Before(30, 23, 25, 8, 7, 0, 30),
        19: Before(12, 8, 9, 3, 0, 6, 6),
        25: Before(6, 2, 6, 4, 0, 5, 1),
    }
)


def page() -> str:
    """The page as Markdown."""
    papers = read_papers()
    parts = [
        "# How much evidence there is",
        "Written by `niche atoms --counts` from `params/papers`; a test fails when it is not what they give.",
        "A **read-out** is one measurement of a paper. An **atom** is one contrast of groups, one read-out, one day, "
        "that the model is asked; a row of doses is several. A paper stands under each claim that its file names, with "
        "all its atoms, so that lines do not add up to the last one.",
        _before_and_after(papers),
        "## What is asked",
        _kinds(papers),
        "## Where errors come from",
        "*Printed*: a standard error, an interval, an SD, counts or P of the same number. *Same assay*: the spread "
        "between hosts that other papers print of that assay, with the n of this paper, or eight where it is not said. "
        "*Borrowed*: the same of other assays, since too few papers print one of this; these are assumed. A direction "
        "needs an error too: it says how large an effect would have been seen.",
        _errors(papers),
        "### What other papers teach",
        "The coefficient of variation between hosts: of an assay and of a family of read-outs the median over papers, "
        "of all assays the median over these. It is used from two papers on; else that of the family in such hosts, "
        "else that of all assays in them. Events are counted in whole groups: of these it is the error itself.",
        _learnt(),
        "## How far papers were read",
        "Most stored pages end after the abstract. Before, numbers from data files and legends of figures counted as "
        "read whole; now they count as read on another page.",
        _read(papers),
        "## What differs between paper and model",
        "Each adds to the error of an atom, by squares; less in proportion where an assay varies less between hosts "
        "than most do, as bone density.",
        _costs(),
    ]
    return "\n\n".join(parts) + "\n"


def write_page() -> Path:
    """Write docs/evidence-counts.md, and return its path."""
    return write_whole(root().parent / PAGE, page())


def _lines(
    papers: Mapping[str, Paper], line: Callable[[Mapping[str, Paper], Sequence[Atom]], Sequence[object]]
) -> Iterable[tuple[object, ...]]:
    """A line for each claim that has papers, for those of no claim, and for all."""
    numbers = {claim(name).number: claim(name).title for name in claim_ids()}
    numbers |= {number: "" for one in papers.values() for number in claims_of(one) if number not in numbers}
    for number, title in sorted(numbers.items()):
        some = {key: one for key, one in papers.items() if number in claims_of(one)}
        if some:
            yield f"{number:02d} {title}".strip(), *line(some, _of(some))
    rest = {key: one for key, one in papers.items() if not claims_of(one)}
    if rest:
        yield NONE, *line(rest, _of(rest))
    yield "**all**", *line(papers, _of(papers))


def _of(papers: Mapping[str, Paper]) -> list[Atom]:
    return [atom for atom in atoms() if atom.paper in papers]


def _before_and_after(papers: Mapping[str, Paper]) -> str:
    """Rows, papers and assumed errors as they were, beside what there is."""

    def after(some: Mapping[str, Paper], own: Sequence[Atom]) -> tuple[object, ...]:
        numbers = [atom for atom in own if atom.kind == "number"]
        return (
            len({atom.paper for atom in own}),
            len({atom.laboratory for atom in own}),
            len(own),
            len(numbers),
            sum(atom.assumed for atom in numbers),
        )

    rows = []
    for name, *now in _lines(papers, after):
        number = str(name)[:2]
        old = ALL_BEFORE if name == "**all**" else BEFORE.get(int(number)) if number.isdigit() else None
        was = (old.papers, old.simulated, old.numbers, old.assumed) if old else ("–",) * 4
        rows.append((name, *was, *now))
    was_head = ("papers before", "rows simulated", "numbers", "assumed errors")
    now_head = ("papers asked now", "laboratories", "atoms", "numbers", "assumed errors")
    head = ("claim", *was_head, *now_head)
    return (
        f"Before is the state of commit `{COMMIT}`, in rows of `params/evidence`; those of published models, which "
        "claim 01 checks the code with, are left out. Laboratories were not recorded then.\n\n"
        + markdown_table(head, rows)
    )


def _kinds(papers: Mapping[str, Paper]) -> str:
    def line(some: Mapping[str, Paper], own: Sequence[Atom]) -> tuple[object, ...]:
        kinds = [atom.kind for atom in own]
        return (
            len(some),
            len({one.laboratory for one in some.values()}),
            sum(len(one.measurements) for one in some.values()),
            len(own),
            kinds.count("number"),
            kinds.count("direction"),
            kinds.count("no effect"),
            kinds.count("above") + kinds.count("below"),
        )

    head = ("claim", "papers", "laboratories", "read-outs", "atoms", "numbers", "directions", "no effect", "bounds")
    return markdown_table(head, _lines(papers, line))


def _errors(papers: Mapping[str, Paper]) -> str:
    def line(some: Mapping[str, Paper], own: Sequence[Atom]) -> tuple[object, ...]:
        numbers = [atom for atom in own if atom.kind == "number"]
        return (*_by_basis(numbers), *_by_basis(own), sum(not atom.counted for atom in own))

    head = ("claim", "numbers: printed", "same assay", "borrowed", "all atoms: printed", "same assay", "borrowed")
    return markdown_table((*head, "n taken as eight"), _lines(papers, line))


def _by_basis(some: Sequence[Atom]) -> tuple[int, int, int]:
    printed, borrowed = sum(atom.reported for atom in some), sum(atom.assumed for atom in some)
    return printed, len(some) - printed - borrowed, borrowed


def _learnt() -> str:
    rows = []
    for (group, hosts), one in sorted(
        variations().items(), key=lambda pair: (FAMILY in pair[0][0], pair[0][0] == "", pair[0])
    ):
        if hosts:
            name = (group.replace(FAMILY, "family of ") if group else "all assays") or ""
            rows.append((name, hosts, f"{one.cv:.2g}", one.papers))
    return markdown_table(("assay", "hosts", "coefficient of variation", "papers"), rows)


def _read(papers: Mapping[str, Paper]) -> str:
    def line(some: Mapping[str, Paper], own: Sequence[Atom]) -> tuple[object, ...]:
        ways = [one.read for one in some.values()]
        return tuple(ways.count(way) for way in ("full text", "abstract", "other page"))

    rows = []
    for name, *now in _lines(papers, line):
        number = str(name)[:2]
        old = ALL_BEFORE if name == "**all**" else BEFORE.get(int(number)) if number.isdigit() else None
        rows.append((name, *((old.rows, old.whole, old.abstract) if old else ("–",) * 3), *now))
    head = (
        "claim",
        "rows before",
        "called whole",
        "abstract",
        "papers now: in full",
        "in the abstract",
        "on another page",
    )
    return markdown_table(head, rows)


def _costs() -> str:
    found = atoms()
    rows = [(name, f"{size:g}", sum(name in atom.costs for atom in found)) for name, size in COSTS.items()]
    rows.append(("nothing", "0", sum(not atom.costs for atom in found)))
    return markdown_table(("what", "adds", "atoms"), rows)
