"""Whether the shipped draws are still draws of the posterior, though what it depends on was touched.

Code that moves, a name that changes, a table that is written in another way: each changes what a fit is keyed on and
none changes its density. The file of the fit holds what each paper's rows say of each draw. If today's model says the
same at some of these draws, the draws count as current, and what they depend on today is written beside the file.
"""

import json
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np

from niche.errors import NicheError
from niche.files import write_whole
from niche.inference.alone import log_likelihood
from niche.inference.depends import NOT_FITTED, changed_parts, numbers_again
from niche.inference.fitting import DENSITY, made_of
from niche.inference.freeze import freeze_hash
from niche.inference.joint import JointObjective, informing
from niche.inference.shipped import FILE, drawn_of, read_fit
from niche.params.posterior import posterior_digest, read_manifest
from niche.params.records import root
from niche.provenance import reached_code

CONFIRMED = "confirmed.json"
PROBED = 24  # draws at which the density is looked at
# Of a paper's log density: the file keeps four digits, another processor moves it by a hundredth. What changes a
# measurement by less than that is seen by the freeze, what changes a prior by the values of the draws.
ABSOLUTE, RELATIVE = 0.03, 2e-4
_SAME = 1e-5  # of a value, which is kept in single precision
_TOLD = 5


def posterior_changes(folder: Path | None = None) -> list[str]:
    """What changed since the fit, or since it was last confirmed, by name; empty if the draws are current.

    Parameters
    ----------
    folder
        of posterior.nc (params/posterior)

    Raises
    ------
    NicheError
        if there is no fit, or a file beside it is not readable
    """
    before = _confirmed(folder) or read_manifest(folder).get("depends")
    return changed_parts(before, made_of(JointObjective(informing()))) if before else ["what it was made of"]


def changes_at_a_glance(folder: Path | None = None) -> list[str]:
    """Like `posterior_changes`, in a second; it does not see whether papers are asked something else."""
    before = _confirmed(folder) or read_manifest(folder).get("depends")
    if not before:
        return ["what it was made of"]
    numbers = numbers_again(before["numbers"])
    known = {"code": before["code"], "numbers": {name: before["numbers"][name] for name in numbers}}
    return changed_parts(known, {"code": reached_code(*DENSITY, without=NOT_FITTED), "numbers": numbers})


def posterior_warning(folder: Path | None = None) -> str:
    """What to know if the posterior is older than what it depends on, with what to do; else ""."""
    changed = changes_at_a_glance(folder)
    if not changed:
        return ""
    more = f" and {len(changed) - 3} more" if len(changed) > 3 else ""
    return (
        f"the posterior is older than {', '.join(changed[:3])}{more}, so what follows is made with the old one: "
        "'niche fit --confirm' says in a minute whether that matters, 'niche fit' makes it again"
    )


def confirm(folder: Path | None = None) -> list[str]:
    """Write params/posterior/confirmed.json if the density at some of the draws is what the fit says of them.

    Returns
    -------
    list[str]
        what had changed, by name; empty if the draws were current, and then nothing is written

    Raises
    ------
    NicheError
        with papers, parameters and by how much, if the density is another, or there is no fit of today's freeze
    """
    changed = posterior_changes(folder)
    if changed:
        if found := differences(folder):
            more = f"\n  and {len(found) - _TOLD} more" if len(found) > _TOLD else ""
            raise NicheError(
                "the shipped draws are not draws of the posterior of today; 'niche fit' makes new ones\n  "
                + "\n  ".join(found[:_TOLD])
                + more
            )
        told = {
            "posterior": posterior_digest(folder),
            "on": date.today().isoformat(),
            "depends": made_of(JointObjective(informing())),
        }
        text = json.dumps(told, indent=1, sort_keys=True, ensure_ascii=False) + "\n"
        write_whole((folder or root() / "posterior") / CONFIRMED, text)
    return changed


def differences(folder: Path | None = None) -> list[str]:
    """In words, where today's model says something else of the shipped draws than the fit, the farthest first."""
    tree = read_fit((folder or root() / "posterior") / FILE, freeze_hash())
    drawn, objective = drawn_of(tree), JointObjective(informing())
    if said := lists("fitted parameters", drawn.keys, objective.keys):
        return said
    scores, parts = drawn.flat()
    picked = np.linspace(0, len(scores) - 1, min(PROBED, len(scores))).astype(int)
    stored: Any = tree["posterior"]["value"]
    values = dict(zip(drawn.keys, stored.values.reshape(len(scores), -1)[picked].T, strict=True))
    if said := moved_values(values, objective.complete(scores[picked]).draws):
        return said
    slopes = objective.slopes()
    if said := lists("papers", drawn.papers, slopes.names[:-1]):
        return said
    now = log_likelihood(slopes, slopes.effects(scores[picked]), scores[picked])
    places = [slopes.names.index(name) for name in drawn.papers]
    return moved_parts(drawn.papers, parts[picked][:, : len(places)], now[:, places])


def lists(what: str, before: Any, now: Any) -> list[str]:
    """In words, what is new in a list and what is gone from it."""
    new, gone = sorted({*now} - {*before}), sorted({*before} - {*now})
    return [f"{what} that are {word}: {', '.join(names)}" for word, names in (("new", new), ("gone", gone)) if names]


def moved_values(before: Any, now: Any) -> list[str]:
    """Parameters whose draws (n,) mean other values than they did: their prior or range is another."""
    return [
        f"the draws of {key}: another prior or range"
        for key, values in before.items()
        if not np.allclose(now[key], values, rtol=_SAME, atol=1e-12)
    ]


def moved_parts(papers: Any, before: np.ndarray, now: np.ndarray) -> list[str]:
    """Papers whose log density at draws, (n, papers), is not what it was, the farthest first."""
    away = np.abs(now - before) / (ABSOLUTE + RELATIVE * np.abs(before))
    away = np.where(np.isfinite(away), away, np.inf).max(axis=0)
    worst = [i for i in np.argsort(-away, kind="stable").tolist() if away[i] > 1]
    return [_in_words(papers[i], before[:, i], now[:, i]) for i in worst]


def _in_words(name: str, before: np.ndarray, now: np.ndarray) -> str:
    at = int(np.argmax(np.where(np.isfinite(now), np.abs(now - before), np.inf)))
    return f"the rows of {name}: log density {before[at]:.5g} before, {now[at]:.5g} now"


def _confirmed(folder: Path | None) -> Any:
    """What this fit was last found to depend on; None if it never was."""
    file = (folder or root() / "posterior") / CONFIRMED
    if not file.is_file():
        return None
    try:
        found = json.loads(file.read_text(encoding="utf-8"))
        return found["depends"] if found["posterior"] == posterior_digest(folder) else None
    except (ValueError, KeyError, TypeError) as error:
        raise NicheError(f"{file} is not readable ({error!r}); delete it, and run 'niche fit --confirm'") from None
