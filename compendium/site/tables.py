"""The evidence and every number, as tables with filters."""

import math
from collections.abc import Collection, Mapping, Sequence
from pathlib import Path
from typing import Any

from compendium.site.answers import section
from compendium.site.downloads import links
from compendium.site.field import untold
from compendium.site.html import aside, cited, escaped, filtered, kind, link
from compendium.site.references import html_cited
from niche.answering.records import ClaimAnswer
from niche.evidence.rows import Evidence, read_evidence
from niche.params.layers import read_registry
from niche.propositions.heads import measured_in
from niche.verdicts.claims import claim, claim_ids

_READ = {"yes-read": "whole text", "yes-abstract": "abstract", "run": "run by this project"}


def evidence_page(found: Mapping[str, Mapping[str, Any]], notebooks: Collection[str]) -> str:
    """Every published measurement, with what was made of it.

    Parameters
    ----------
    found
        stored verdicts by claim
    notebooks
        names of the files that are there
    """
    used: dict[str, list[str]] = {}
    for name in claim_ids():
        for row in claim(name).rows:
            used.setdefault(row, []).append(name)
    verdicts = {row["id"]: row["verdict"] for one in found.values() for row in one["rows"] if row.get("verdict")}
    pages = {name: _number(name, notebooks) for name in claim_ids()}
    rows = [_evidence(one, used.get(one.id, []), verdicts.get(one.id, ""), pages) for one in read_evidence().values()]
    head = ("row", "what was measured", "in whom", "what was done", "measured", "role", "claims", "source")
    filters = {"role": "role", "claim": "claim", "verdict": "verdict today", "read": "read in", "error": "error"}
    return (
        "# The evidence\n\nEvery row of `params/evidence`: one published measurement each. What a role means, and how "
        "a verdict is reached, is said in [How a claim is judged](verdicts.md). *Assumed*: the paper gives no error "
        "that could be read, so one was assumed.\n\n```{raw} html\n"
        + f"<p>Download: {links('_static/data')}</p>"
        + filtered("evidence", head, rows, filters)
        + "```\n"
    )


def _number(name: str, notebooks: Collection[str]) -> str:
    """The number of a claim, as a link to its notebook if that is there."""
    file, number = claim(name).notebook, f"{claim(name).number:02d}"
    return link(f"notebooks/{Path(file).stem}.html", number) if file in notebooks else number


def _evidence(
    one: Evidence, used: list[str], verdict: str, pages: Mapping[str, str]
) -> tuple[dict[str, str], list[str]]:
    links = [pages[name] for name in used]
    by = {
        "role": one.role,
        "claim": "|".join(used),
        "verdict": verdict or "none",
        "read": _READ.get(one.verified, one.verified or "not said"),
        "error": one.sd_basis or "none",
    }
    read = f"<small>read in: {escaped(by['read'])}</small>"
    if (paper := measured_in().get(one.id)) is not None:
        read += f"<br><small>{link(f'papers/{paper}.html#{one.id}', 'all that was read of it')}</small>"
    cells = [
        f'<a id="{escaped(one.id)}"></a><b>{escaped(one.id)}</b>',
        f"{escaped(one.statement)}<br><small>{escaped(one.readout)}</small>",
        escaped(one.system),
        escaped(one.intervention) + (f"<br><small>{escaped(one.time)}</small>" if one.time else ""),
        _measured(one),
        escaped(one.role) + (f"<br><small>{escaped(verdict)}</small>" if verdict else ""),
        " ".join(links) or "–",
        f"{html_cited(one)}<br>{read}{aside(one.notes)}",
    ]
    return by, cells


def _measured(one: Evidence) -> str:
    if not one.numeric:
        return escaped(one.text or one.effect_type) + (f" {escaped(one.unit)}" if one.value is not None else "")
    error = f"×/÷ {math.exp(one.sd or 0):.3g}" if one.scale == "log" else f"± {one.sd:g}"
    basis = kind("assumed") if one.sd_basis.startswith("assumed") else escaped(one.sd_basis)
    n = f", n = {escaped(one.n)}" if one.n else ""
    return f"{one.value:g} {error} {escaped(one.unit)}<br><small>error {basis}{n}</small>"


def parameters_page() -> str:
    """Every number of `params/`, of every layer."""
    rows = []
    for entry in read_registry().entries().values():
        prior = f"{entry.prior[0]}({entry.prior[1]:g}, {entry.prior[2]:g})" if entry.prior else "fixed"
        value = f'<span class="{escaped(entry.kind)}">{entry.value:g}</span> {escaped(entry.unit)}'
        cells = [
            f"<code>{escaped(entry.name)}</code>",
            escaped(entry.layer),
            value,
            f"{entry.range[0]:g} to {entry.range[1]:g}",
            escaped(prior),
            kind(entry.kind),
            cited(entry.source) + aside(entry.note),
        ]
        rows.append(({"layer": entry.layer, "kind": entry.kind}, cells))
    head = ("name", "for", "value", "range", "prior", "kind", "source")
    return (
        "# Every number\n\nWhat goes into the model: for everybody (*model*), then what differs for a species, a "
        "strain, a tumour line, a drug or a condition. A number with a prior that was calibrated takes its values from "
        "`params/posterior`. The numbers of drugs are in [Drugs and lesions](../drugs.md).\n\n```{raw} html\n"
        + filtered("numbers", head, rows, {"layer": "for", "kind": "kind"})
        + "```\n"
    )


def claims_page(
    found: Mapping[str, Mapping[str, Any]], notebooks: Collection[str], told: Sequence[ClaimAnswer] = ()
) -> str:
    """What each claim says, who says it, on which rows, and the notebooks in order.

    Parameters
    ----------
    notebooks
        names of the files that are there; a claim whose notebook is not written yet has none
    told
        the answers of every claim, where a fit gave them: they stand in place of rows and verdicts
    """
    names = claim_ids()
    pages = "\n".join(
        f"notebooks/{Path(claim(name).notebook).stem}" for name in names if claim(name).notebook in notebooks
    )
    parts = [
        "# The claims",
        "Each is one notebook, run from top to bottom; its page shows what it printed.",
        f"```{{toctree}}\n:maxdepth: 1\n\n{pages}\n```",
    ]
    answered = {one.id: one for one in told}
    for name in names:
        one = claim(name)
        title = " ".join(one.title.replace("`", "'").split())
        if name in answered:
            page = f"notebooks/{Path(one.notebook).stem}.html" if one.notebook in notebooks else ""
            about = section(answered[name], one.statement, one.source, page)
            parts += [f"## {one.number:02d} {title}", "```{raw} html\n" + about + "\n```"]
            continue
        verdict = found[name]["verdict"] if name in found else untold(one)
        rows = ", ".join(link(f"evidence.html#{row}", row) for row in one.rows)
        about = (
            f"<p>{escaped(one.statement)}</p><p><b>{escaped(verdict)}</b></p><p>Source: {cited(one.source)}</p>"
            f"<p>Rows: {rows}</p><p>Controls: {escaped('; '.join(c.name for c in one.controls))}</p>"
        )
        parts += [f"## {one.number:02d} {title}", "```{raw} html\n" + about + "\n```"]
    return "\n\n".join(parts) + "\n"
