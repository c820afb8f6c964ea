"""The report as Markdown."""

import math
from collections.abc import Iterator, Mapping, Sequence
from html import escape
from typing import Any

from compendium.review.findings import KINDS
from niche.text import markdown_table, number

_MARKS = str.maketrans({one: "\\" + one for one in "\\`*_[]|#"})


def tidy(value: object) -> str:
    """Anything as text of a Markdown page, on one line: no markup, no HTML."""
    return escape(" ".join(str(value).split()), quote=False).translate(_MARKS)


def write_plain(document: Mapping[str, Any]) -> str:
    """The whole page."""
    return "\n\n".join(_parts(document)) + "\n"


def _parts(document: Mapping[str, Any]) -> Iterator[str]:
    run = ", ".join(f"{name} = {value}" for name, value in document["run"]["parameters"].items())
    yield f"# {'It holds' if document['holds'] else 'It does not hold'}"
    yield f"{tidy(document['summary'])}"
    yield f"{tidy(document['title'])}, version {tidy(document['version'])}; a {document['run']['kind']} run with {run}."
    yield "## What differs"
    yield tidy(document["tolerances"])
    for counts, said in ((True, "These count:"), (False, "These are told, and do not count:")):
        found = [one for one in document["findings"] if one["counts"] == counts]
        if found:
            lines = [[KINDS[one["kind"]], one["where"], one["what"], one["committed"], one["now"]] for one in found]
            yield said
            yield plain_table(["what", "where", "difference", "committed", "now"], lines)
        elif counts:
            yield "Nothing that counts."
    yield "## Claims"
    heads = ["claim", "verdict", "expected", "differences"]
    yield plain_table(
        heads,
        [
            [f"{one['number']:02d} {one['title']}", one["verdict"] or "did not run", one["expected"], one["differs"]]
            for one in document["claims"]
        ],
    )
    for one in document["claims"]:
        yield from _claim(one)
    yield from _codecheck(document)
    packages = document["environment"]["packages"].items()
    yield "## Environment"
    yield f"Python {tidy(document['environment']['python'])} on {tidy(document['environment']['platform'])}."
    yield plain_table(["package", "locked", "installed"], [[k, v["locked"], v["installed"]] for k, v in packages])
    for kind in ("inputs", "outputs"):
        yield f"## {kind.capitalize()}"
        yield plain_table(["file", "SHA-256"], [[path, digest] for path, digest in document[kind].items()])
    times = document["times"]
    yield "## Times"
    yield f"From {times['started']} to {times['ended']}: {times['seconds']} s."
    yield plain_table(["claim", "seconds"], [[name, seconds] for name, seconds in times["claims"].items()])


def _claim(one: Mapping[str, Any]) -> Iterator[str]:
    yield f"### {one['number']:02d} {tidy(one['title'])}"
    yield f"{tidy(one['statement'])} ({tidy(one['source'])})"
    if one["error"]:
        yield f"**Did not run:** {tidy(one['error'])}"
        return
    yield f"**{tidy(one['verdict'])}** (expected: {tidy(one['expected'])})."
    heads = ["row", "what", "role", "measured", "predicted [5–95 %]", "z", "verdict", "source"]
    yield plain_table(
        heads,
        [
            [
                r["id"],
                r["label"] or r["evidence"]["statement"],
                r["role"],
                measured_text(r),
                predicted_text(r),
                number(r["z"]),
                verdict(r),
                r["evidence"]["doi"],
            ]
            for r in one["rows"]
        ],
    )
    for control in one["controls"]:
        yield f"Control, {tidy(control['name'])}: {left_text(control)}."


def measured_text(row: Mapping[str, Any]) -> str:
    """A row's measurement with its error and unit."""
    if row["value"] is None:
        return "direction" if row["share"] is not None else "–"
    error = ""
    if row["sd"] is not None:
        error = f" ×/÷ {math.exp(row['sd']):.3g}" if row["scale"] == "log" else f" ± {number(row['sd'])}"
    return f"{number(row['value'])}{error} {row['unit'] or ''}".strip()


def predicted_text(row: Mapping[str, Any]) -> str:
    """A row's prediction: median and 5 to 95 % of draws, or the share of draws that have the direction."""
    if row["share"] is not None:
        return f"{100 * row['share']:.0f} % of draws agree"
    if row["median"] is None:
        return "–"
    return f"{number(row['median'])} [{number(row['low'])}, {number(row['high'])}]"


def verdict(row: Mapping[str, Any]) -> str:
    """A row's verdict, in brackets if it does not count."""
    return str(row["verdict"]) if row["counts"] else f"({row['verdict']})"


def left_text(control: Mapping[str, Any]) -> str:
    """What a control leaves of the effect."""
    if control["share"] is None:
        return "nothing to compare"
    between = "" if control["low"] is None else f" [{number(control['low'])}, {number(control['high'])}]"
    return f"{number(control['share'])} %{between} of the effect of {control['row']} is left"


def _codecheck(document: Mapping[str, Any]) -> Iterator[str]:
    yield "## CODECHECK"
    if document["open"]:
        yield "codecheck.yml comes with this report. What only people can say is still open:"
        yield "\n".join(f"- {one['rule']} ({one['severity']}): {tidy(one['what'])}" for one in document["open"])
    else:
        yield "codecheck.yml comes with this report and meets every rule that can be checked without a network."


def plain_table(head: Sequence[str], rows: Sequence[Sequence[Any]]) -> str:
    """A table of anything."""
    return markdown_table(head, ([tidy(cell) for cell in row] for row in rows))
