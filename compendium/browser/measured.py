"""What was ever measured, for the page: by what was done, read-out and species, how many papers and up to which day.

This is the least that the page must say, and it is looked up without Python. `niche.support` weighs doses, strains,
tumours and days too; the lines of Python that the page shows end with it.
"""

from collections.abc import Iterable
from typing import Any

from niche.atoms.build import atoms
from niche.atoms.records import Atom

Seen = dict[str, dict[str, dict[str, tuple[set[str], float]]]]


def measured(of: Iterable[Atom] | None = None) -> dict[str, Any]:
    """Papers and last day by what was done ("done") and by tumour line ("lines"), each by read-out and species.

    What was done is what the arms of a contrast do not share; of an arm that is read alone it is all that was done.
    Trials are not among them: they are predicted by virtual patients, whom the page has not.

    Returns
    -------
    dict
        {"done": {name: {read-out: {species: [papers, last day]}}}, "lines": likewise}
    """
    done: Seen = {}
    lines: Seen = {}
    for atom in atoms() if of is None else of:
        if atom.experiment is None or atom.reading is None:
            continue
        host, reading = atom.experiment.host, atom.reading
        last = float(max(reading.day))
        for name in _what_differs(atom):
            _note(done, name, reading.observable, host["system"], atom.paper, last)
        if host.get("tumour"):
            _note(lines, host["tumour"], reading.observable, host["system"], atom.paper, last)
    return {"done": _counted(done), "lines": _counted(lines)}


def _what_differs(atom: Atom) -> set[str]:
    assert atom.experiment is not None
    assert atom.reading is not None
    arms = atom.experiment.arms
    treated, control = (
        {(step.name, str(step), step.start) for step in arms[arm].steps if step.verb != "seed"} if arm else set()
        for arm in (atom.reading.treated, atom.reading.control)
    )
    return {name for name, *_ in treated ^ control}


def _note(seen: Seen, name: str, read_out: str, system: str, paper: str, last: float) -> None:
    by = seen.setdefault(name, {}).setdefault(read_out, {})
    papers, before = by.get(system, (set[str](), 0.0))
    by[system] = papers | {paper}, max(before, last)


def _counted(seen: Seen) -> dict[str, Any]:
    return {
        name: {
            read_out: {system: [len(papers), last] for system, (papers, last) in by.items()}
            for read_out, by in about.items()
        }
        for name, about in sorted(seen.items())
    }
