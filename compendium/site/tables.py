"""The evidence and every number, as tables with filters."""

import math
from collections.abc import Collection, Sequence
from pathlib import Path

from compendium.site.answers import section
from compendium.site.downloads import links
from compendium.site.html import aside, cited, escaped, filtered, kind, link
from compendium.site.references import html_cited
from niche.answering.claim import claim, claim_ids
from niche.answering.records import ClaimAnswer
from niche.evidence.rows import Evidence, read_evidence
from niche.params.layers import read_registry
from niche.propositions.heads import measured_in
from niche.propositions.reading import read_propositions

_READ = {"yes-read": "whole text", "yes-abstract": "abstract", "run": "run by this project"}


def evidence_page(notebooks: Collection[str]) -> str:
    """Every published measurement that a plan or a check can name.

    Parameters
    ----------
    notebooks
        names of the files that are there
    """
    pages = {claim(name).number: _number(name, notebooks) for name in claim_ids()}
    used = _claims_of_rows()
    rows = [_evidence(one, [pages[n] for n in used.get(one.id, []) if n in pages]) for one in read_evidence().values()]
    head = ("row", "what was measured", "in whom", "what was done", "measured", "claims", "source")
    filters = {"read": "read in", "error": "error"}
    return (
        "# The evidence\n\nEvery row of `params/evidence`: one published measurement each. How measurements become the "
        "answers to a claim is said in [How a verdict is reached](verdicts.md); the papers themselves, as they were "
        "read, are in [](papers/index.md). *Assumed*: the paper gives no error that could be read, so one was assumed."
        f"\n\n```{{raw}} html\n<p>Download: {links('_static/data')}</p>"
        + filtered("evidence", head, rows, filters)
        + "```\n"
    )


def _claims_of_rows() -> dict[str, list[int]]:
    """Numbers of the claims to whose statements each measurement speaks."""
    found: dict[str, list[int]] = {}
    for name, one in read_propositions().items():
        for row in one.evidence:
            if int(name[:2]) not in found.setdefault(row, []):
                found[row].append(int(name[:2]))
    return found


def _number(name: str, notebooks: Collection[str]) -> str:
    """The number of a claim, as a link to its notebook if that is there."""
    file, number = claim(name).notebook, f"{claim(name).number:02d}"
    return link(f"notebooks/{Path(file).stem}.html", number) if file in notebooks else number


def _evidence(one: Evidence, links: Sequence[str]) -> tuple[dict[str, str], list[str]]:
    by = {
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


def claims_page(notebooks: Collection[str], told: Sequence[ClaimAnswer]) -> str:
    """What each claim says, who says it, what was answered, and the notebooks in order.

    Parameters
    ----------
    notebooks
        names of the files that are there; a claim whose notebook is not written yet has none
    told
        every claim with its answers
    """
    pages = "\n".join(
        f"notebooks/{Path(claim(name).notebook).stem}" for name in claim_ids() if claim(name).notebook in notebooks
    )
    parts = [
        "# The claims",
        "Each is one notebook, run from top to bottom; its page shows what it printed.",
        f"```{{toctree}}\n:maxdepth: 1\n\n{pages}\n```",
    ]
    for answered in told:
        one = claim(answered.id)
        title = " ".join(one.title.replace("`", "'").split())
        page = f"notebooks/{Path(one.notebook).stem}.html" if one.notebook in notebooks else ""
        about = section(answered, one.statement, one.source, page)
        parts += [f"## {one.number:02d} {title}", "```{raw} html\n" + about + "\n```"]
    return "\n\n".join(parts) + "\n"
