"""Sensitivity and mutants in words and plain tables."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from niche.analysis.mutants import COUPLINGS
from niche.analysis.robustness import Range, stands
from niche.analysis.sensitivity import OTHERS
from niche.analysis.stored import Record
from niche.files import write_whole
from niche.params.records import root
from niche.text import aligned, between_marks, number


def hangs_on_tables(found: Mapping[str, Sequence[Record]], most: int = 20) -> str:
    """Tables of one head for reading: the largest effects and shares, or the ranges."""
    parts = [_head(line) for line in found.get("heads", ())]
    if found.get("effects"):
        columns: tuple[str, ...] = ("parameter", "mean_absolute", "error", "mean", "spread", "known")
        parts.append("Morris: effect of a parameter's whole range\n" + _columns(found["effects"][:most], columns))
    if found.get("shares"):
        columns = ("parameter", "first", "first_error", "total", "total_error")
        parts.append("Sobol: shares of the variance\n" + _columns(found["shares"], columns))
    if found.get("sweeps"):
        parts.append(
            _columns(range_table(found["sweeps"]), ("parameter", "unit", "tried", "keeps its side", "large enough"))
        )
    return "\n\n".join(parts)


def _head(line: Record) -> str:
    return (
        f"{line['proposition']}: its head ({line['scale']}) over {line['parameters']} uncertain "
        f"parameters, by {line['inputs']}.\nStandard deviation {line['joint']:.3g} over the posterior's draws, "
        f"{line['independent']:.3g} with parameters made independent. {line['runs']} hosts; {line['failed']} "
        "trajectories or samples left out because a host failed."
    )


def survey_table(found: Mapping[str, Sequence[Record]]) -> str:
    """One line a head: what it hangs on."""
    lines = []
    for head in found["heads"]:
        best = [s for s in found["shares"] if s["proposition"] == head["proposition"] and s["parameter"] != OTHERS][:3]
        said = ", ".join(f"{s['parameter']} {s['total']:.2f}" for s in best) or "nothing uncertain acts on it"
        lines.append(f"{head['proposition']}: {said}")
    return "\n".join(lines)


def range_table(rows: Sequence[Record]) -> list[Record]:
    """Per head and parameter the values at which the effect keeps its side, and is large enough to matter."""
    found = []
    for name in dict.fromkeys((row["proposition"], row["parameter"]) for row in rows):
        some = [row for row in rows if (row["proposition"], row["parameter"]) == name]
        values, middle = [row["value"] for row in some], some[0]["middle"]
        side = [row["side"] >= 0.5 for row in some]
        asked = {
            "keeps its side": side,
            "large enough": [one and abs(row["head"]) >= row["least"] for one, row in zip(side, some, strict=True)],
        }
        line = {"proposition": name[0], "parameter": name[1], "unit": some[0]["unit"]}
        line |= {"middle": middle, "tried": f"{values[0]:.3g} to {values[-1]:.3g}"}
        found.append(line | {key: range_said(stands(values, fine, middle)) for key, fine in asked.items()})
    return found


def range_said(found: Range | None) -> str:
    """A range in words."""
    if found is None:
        return "nowhere"
    if found.from_below and found.to_above:
        return "throughout"
    return (
        f"{'up to' if found.from_below else f'{found.low:.3g} to'} {found.high:.3g}"
        if not found.to_above
        else (f"from {found.low:.3g}")
    )


def mutant_table(rows: Sequence[Record], short: bool = False) -> str:
    """How many mutants are noticed, and which are not; unless `short` also who notices each."""
    lines = [] if short else [f"{r['mutant']}: {_by(r)}" for r in rows]
    for said, some in groups(rows).items():
        changing = [row for row in some if row["touched"]]
        seen, idle = [row for row in changing if row["propositions"]], len(some) - len(changing)
        if changing:
            share = f"{len(seen)} of {len(changing)} noticed ({len(seen) / len(changing):.0%})"
            lines.append(f"{said}: {share}" + (f"; {idle} more change nothing that is asked" if idle else ""))
        missed = [row["mutant"] for row in changing if not row["propositions"]]
        if missed:
            lines.append(f"noticed by no proposition: {', '.join(missed)}")
    return "\n".join(lines)


def _by(row: Record) -> str:
    if not row["touched"]:
        return "changes nothing that is asked"
    return f"{row['by'].replace(' ', ', ')} (first {row['first']})" if row["propositions"] else "noticed by none"


def groups(rows: Sequence[Record]) -> dict[str, list[Record]]:
    """Mutants of couplings, and of fitted parameters."""
    couplings = [row for row in rows if row["kind"] in COUPLINGS]
    return {"couplings": couplings, "fitted parameters": [row for row in rows if row not in couplings]}


def mutants_page(rows: Sequence[Record]) -> str:
    """The generated part of docs/mutants.md."""
    lines = ["| mutants | tried | noticed | share |", "|---|---|---|---|"]
    for said, some in groups(rows).items():
        for kind in dict.fromkeys(row["kind"] for row in some):
            lines.append(_share(f"{said}: {kind}", [row for row in some if row["kind"] == kind]))
        lines.append(_share(f"**all {said}**", some))
    for said, some in groups(rows).items():
        missed = [row for row in some if row["touched"] and not row["propositions"]]
        idle = [row for row in some if not row["touched"]]
        lines += ["", f"No proposition notices, of {said}: {_list(missed)}"]
        lines += ["", f"Changes nothing that is asked, of {said}: {_list(idle)}"] if idle else []
    doubled = [row for row in rows if row["kind"] == "doubled" and row["touched"] and not row["propositions"]]
    steps = [step for row in doubled if (step := doubling(row["place"])) is not None]
    if steps:
        middle = float(np.median(steps))
        by = f"{min(steps):.1f} to {max(steps):.1f} standard deviations of its draws, {middle:.1f} in the median"
        lines += ["", f"The doublings that no proposition notices move their parameter by {by}."]
    return "\n".join(lines)


def doubling(place: str) -> float | None:
    """How many standard deviations of its draws a parameter of the model is moved by being doubled; None for one that
    does not vary. On the logarithm for one above 0, else of the median size."""
    from niche.params.layers import read_registry  # late: slow
    from niche.params.posterior import read_posterior

    entry = read_registry().model[place]
    drawn = read_posterior().draws.get(f"model:{place}")
    if drawn is None and entry.prior is None:
        return None
    values = entry.sample(np.linspace(0.005, 0.995, 199)) if drawn is None else np.asarray(drawn)
    if (values > 0).all():
        return float(np.log(2) / np.std(np.log(values)))
    return float(np.median(np.abs(values)) / np.std(values))


def _share(said: str, some: Sequence[Record]) -> str:
    changing = [row for row in some if row["touched"]]
    seen = sum(row["propositions"] > 0 for row in changing)
    return f"| {said} | {len(changing)} | {seen} | {seen / len(changing):.0%} |" if changing else f"| {said} | 0 | | |"


def _list(rows: Sequence[Record]) -> str:
    """Each place once, with all that was done to it."""
    places: dict[str, list[str]] = {}
    for row in rows:
        places.setdefault(row["place"], []).append(row["kind"])
    return ("; ".join(f"`{place}` {' and '.join(kinds)}" for place, kinds in sorted(places.items())) or "none") + "."


def renew(rows: Sequence[Record], file: Path | None = None) -> None:
    """Write the generated part of docs/mutants.md anew."""
    path = file or root().parent / "docs" / "mutants.md"
    text = path.read_text(encoding="utf-8")
    write_whole(path, between_marks(text, "mutants", mutants_page(rows), str(path)))


def _columns(rows: Sequence[Record], columns: Sequence[str]) -> str:
    """Columns of text, numbers with three digits."""
    return aligned([list(columns), *([_said(row[name]) for name in columns] for row in rows)])


def _said(value: Any) -> str:
    return number(value, 3) if isinstance(value, float) else str(value)


def found_so_far(kind: str) -> tuple[Mapping[str, Sequence[Record]], Record, str]:
    """Stored tables and their manifest, or nothing and why: for a page that has to say so rather than to fail."""
    from niche.analysis.stored import read_stored
    from niche.errors import NicheError

    try:
        tables, made = read_stored(kind)
    except NicheError as error:
        return {}, {}, f"not yet computed: {str(error).rpartition('/')[2]}"
    return tables, made, ""
