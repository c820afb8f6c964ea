"""How well the calibrated model predicts what it was not fitted to: `python -m niche.inference.validation` writes the
answer.

Each paper that was fitted is left out in turn and predicted from the others; rows that were never fitted are predicted
from the posterior as it is; and variants of the model without its nerves, or without the tumour's feedback on bone,
are fitted and left out in the same way. The scores are those of `niche.inference.scores`.
"""

import json
import sys
from collections.abc import Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np

from niche.errors import NicheError
from niche.evidence.laboratory import Laboratory
from niche.evidence.plans import read_experiments
from niche.evidence.rows import read_evidence
from niche.files import write_whole
from niche.inference.depends import NOT_FITTED, density_parts, numbers_of
from niche.inference.manifest import fitted_target, layers_of
from niche.inference.objective import Objective, fitted_keys, fitted_rows
from niche.inference.refit import best, evaluate_refit, laplace, profiled, scores_of
from niche.inference.scores import Coverage, coverage, difference, normal_quantiles, score, weights_without
from niche.params.layers import read_registry
from niche.params.mechanisms import NERVES, gains, switched_off
from niche.params.posterior import read_manifest, read_posterior
from niche.params.records import root
from niche.processes import ProcessPool
from niche.provenance import code_digest, digest

FILE, WORST_K = "validation.json", 0.7
LEVELS = (0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95)
PROFILED = ("model:tgfb_share", "model:b1_rankl", "model:b2_rankl", "model:supply_loss", "model:tgfb_background")


def nerve_gains() -> tuple[str, ...]:
    """Every gain by which a nerve acts on bone, tumour, vessels or immune cells; fibres still grow, and hurt."""
    return gains(of=NERVES)


def feedback_gains() -> tuple[str, ...]:
    """Every link by which a tumour and bone drive one another."""
    return gains("vicious cycle")


@lru_cache(maxsize=1)
def variants() -> Mapping[str, Mapping[str, float]]:
    """The models that are fitted beside one another, by name: parameters that are set."""
    return {"full": {}, "no nerves": switched_off(nerve_gains()), "no feedback": switched_off(feedback_gains())}


def papers(rows: Sequence[str]) -> dict[str, tuple[str, ...]]:
    """Rows by the paper (or page) that they come from."""
    evidence, found = read_evidence(), dict[str, tuple[str, ...]]()
    for row in rows:
        source = evidence[row].doi or evidence[row].source_url or row
        found[source] = (*found.get(source, ()), row)
    return found


def unfitted_rows() -> tuple[str, ...]:
    """Measured numbers that count and were never fitted."""
    plans, evidence = read_experiments(), read_evidence()
    chosen = [r for r, p in plans.items() if evidence[r].role == "predict" and not (p.cannot or p.built_in)]
    numbers = [r for r in chosen if plans[r].observed or (evidence[r].numeric and not plans[r].direction)]
    return tuple(r for r in numbers if evidence[r].file != "published_models.csv")  # those are another model's


def validation_stamp(folder: Path | None = None) -> dict[str, str]:
    """What a validation belongs to: the posterior's draws, the density that is fitted anew, the rows that it predicts,
    and the code that fits and scores."""
    fitted, unfitted = fitted_rows(), unfitted_rows()
    return {
        "draws": str(read_manifest(folder)["sha256"]),
        "density": digest(density_parts(fitted, fitted_keys(fitted), nerve_gains() + feedback_gains())),
        "unfitted rows": digest(numbers_of(unfitted, layers_of(unfitted))),
        "code": code_digest("niche.inference.validation:validate", without=NOT_FITTED),
    }


def read_validation(folder: Path | None = None) -> dict[str, Any]:
    """What `validate` wrote. Raises `NicheError` if it is missing, or belongs to another posterior or other rows."""
    file, hint = (folder or root() / "posterior") / FILE, "make it again with 'niche validate' (about ten minutes)"
    try:
        found = json.loads(file.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise NicheError(f"{file} is missing; {hint}") from None
    except ValueError as error:
        raise NicheError(f"{file} is not readable ({error}); {hint}") from None
    old = [name for name, now in validation_stamp(folder).items() if found.get("stamp", {}).get(name) != now]
    if old:
        raise NicheError(f"{file} is stale: {', '.join(old)} changed since it was made; {hint}")
    return dict(found)


def validate(folder: Path | None = None, *, draws: int = 400, workers: int = 2, seed: int = 1) -> dict[str, Any]:
    """Validate the posterior in `folder` (params/posterior), write validation.json beside it, and return it.

    Parameters
    ----------
    draws
        of each refit; of the posterior all are used
    workers
        processes; the numbers do not depend on how many
    """
    from tqdm import tqdm

    base, rows, entries = folder or root() / "posterior", fitted_rows(), read_registry().entries()
    made: dict[str, Any] = {"stamp": validation_stamp(folder), "seed": seed, "draws": draws}
    posterior = read_posterior(folder)
    keys = tuple(key for key in fitted_keys(rows) if key in posterior.draws)
    scores = np.stack([scores_of(entries[key], posterior.draws[key]) for key in keys], axis=1)
    normal = np.random.default_rng([seed, 4]).standard_normal((draws, len(keys)))
    objectives = {name: _objective(keys, rows, changes) for name, changes in variants().items()}
    groups = papers(rows)
    total = 4 + 6 + len(variants()) * len(groups) + 2 * len(PROFILED)
    with ProcessPool(workers) as pool, tqdm(total=total, desc="validating", unit="task") as bar:

        def run(function: Any, tasks: Sequence[tuple]) -> list[Any]:
            answers = {}
            for i, answer in pool.as_completed(function, tasks):
                answers[i] = answer
                bar.update()
            return [answers[i] for i in range(len(tasks))]

        full = objectives["full"]
        seen = np.concatenate(run(evaluate_refit, [(full, part) for part in np.array_split(scores, 4)]))
        top = scores[np.argmin((seen**2).sum(axis=1) + (scores**2).sum(axis=1))]
        optima = {"full": _least(run(best, [(full, scores.mean(axis=0)), (full, top)]))}
        others = [name for name in variants() if name != "full"]
        starts = [(objectives[n], _kept(objectives[n], full, x)) for n in others for x in (optima["full"].scores, top)]
        ends = run(best, starts)
        optima |= {name: _least(ends[2 * i : 2 * i + 2]) for i, name in enumerate(others)}
        tasks = [
            (
                _objective(o.keys, [r for r in rows if r not in group], o.changes),
                _objective(o.keys, group, o.changes),
                optima[name].scores,
                normal[:, : len(o.keys)],
            )
            for name, o in objectives.items()
            for group in groups.values()
        ]
        refits = run(laplace, tasks)
        made["profiles"] = _profiles(run, full, optima["full"].scores, scores)
    size = len(groups)
    apart = {
        name: dict(zip(groups, refits[i * size : (i + 1) * size], strict=True)) for i, name in enumerate(variants())
    }
    made["papers"], made["rows"] = _without(groups, rows, seen, apart["full"])
    made["unfitted"] = predict_unfitted(len(posterior), folder)
    made["variants"] = {
        name: {
            "cost": _plain(optima[name].cost),
            "chi2": _plain(optima[name].rows),
            "parameters": len(o.keys),
            "rows": {
                row: score_row(row, column)
                for paper, group in groups.items()
                for row, column in zip(group, apart[name][paper].T, strict=True)
            },
        }
        for name, o in objectives.items()
    }
    write_whole(base / FILE, json.dumps(made, indent=1, sort_keys=True, allow_nan=False) + "\n")
    return made


def curve(rows: Mapping[str, Mapping[str, Any]]) -> list[Coverage]:
    """Nominal against observed coverage of rows, as `validation["rows"]` or `["unfitted"]` has them."""
    return [coverage([row["pit"] for row in rows.values()], level) for level in LEVELS]


def compare_variants(found: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The variants: summed scores of papers left out, and how far each is from the full model, with standard error."""
    table = []
    for name, variant in found["variants"].items():
        line = {"variant": name, "parameters": variant["parameters"], "chi2": variant["chi2"]}
        for key in ("crps", "log_score"):
            sums = [
                [
                    sum(found["variants"][v]["rows"][row][key] for row in paper["rows"])
                    for paper in found["papers"].values()
                ]
                for v in (name, "full")
            ]
            line[key], (line[f"{key}_difference"], line[f"{key}_error"]) = sum(sums[0]), difference(*sums)
        table.append(line)
    return sorted(table, key=lambda line: list(variants()).index(line["variant"]))


def _objective(keys: Sequence[str], rows: Sequence[str], changes: Mapping[str, float]) -> Objective:
    """Without the parameters that are set: they are not fitted."""
    return Objective([k for k in keys if k.split(":")[1] not in changes], rows, changes, threads=1)


def _kept(variant: Objective, full: Objective, scores: np.ndarray) -> np.ndarray:
    return np.array([scores[full.keys.index(key)] for key in variant.keys])


def _least(ends: Sequence[tuple]) -> Any:
    return min((found for found, _ in ends), key=lambda found: found.cost)


def _profiles(run: Any, full: Objective, optimum: np.ndarray, scores: np.ndarray) -> dict[str, list]:
    """Standard score, value and cost above the best, of one parameter after the other."""
    chosen, tasks = [key for key in PROFILED if key in full.keys], []
    for key in chosen:
        i = full.keys.index(key)
        for side in (-1, 1):
            tasks.append((full, key, [optimum[i] + side * step * scores[:, i].std() for step in (1, 2)], optimum))
    answers, found = run(profiled, tasks), {}
    least = float((full.residuals(optimum) ** 2).sum())
    for n, key in enumerate(chosen):
        i = full.keys.index(key)
        points = sorted([*answers[2 * n], *answers[2 * n + 1], (float(optimum[i]), least)])
        values = read_registry().entries()[key].sample(_share([score for score, _ in points]))
        found[key] = [[_plain(s), _plain(v), _plain(c - least)] for (s, c), v in zip(points, values, strict=True)]
    return found


def _share(scores: Sequence[float]) -> np.ndarray:
    from scipy.special import ndtr

    return np.asarray(ndtr(np.array(scores)))


def _without(groups: Any, rows: Sequence[str], seen: np.ndarray, refits: Any) -> tuple[dict, dict]:
    """Each paper from the others: the posterior's draws with new weights, or, where those fail, a refit."""
    about, scored = {}, {}
    for paper, group in groups.items():
        columns = [rows.index(row) for row in group]
        weights, k = weights_without(-0.5 * (seen[:, columns] ** 2).sum(axis=1))
        good = k <= WORST_K
        about[paper] = {"rows": list(group), "k": _plain(k), "how": "weights" if good else "refit"}
        for i, row in enumerate(group):
            scored[row] = score_row(row, seen[:, columns[i]], weights) if good else score_row(row, refits[paper][:, i])
    return about, scored


def predict_left_out(groups: Mapping[str, Mapping[str, Any]], folder: Path | None) -> dict[str, Any]:
    """The rows of papers that are left out by new weights of the draws, by row as `score_row` has it.

    Parameters
    ----------
    groups
        the papers, as `validation["papers"]` has them
    """
    rows, draws, entries = fitted_rows(), read_posterior(folder).draws, read_registry().entries()
    keys = tuple(key for key in fitted_keys(rows) if key in draws)
    scores = np.stack([scores_of(entries[key], draws[key]) for key in keys], axis=1)
    found: dict[str, Any] = {}
    seen = evaluate_refit(_objective(keys, rows, {}), scores)
    for group in (paper["rows"] for paper in groups.values() if paper["how"] == "weights"):
        columns = [rows.index(row) for row in group]
        weights, _ = weights_without(-0.5 * (seen[:, columns] ** 2).sum(axis=1))
        found |= {row: score_row(row, seen[:, i], weights) for row, i in zip(group, columns, strict=True)}
    return found


def predict_unfitted(draws: int, folder: Path | None) -> dict[str, Any]:
    """Rows that were never fitted, predicted from the posterior as it is; by row as `score_row` has it."""
    lab, found = Laboratory(draws, 1, read_posterior(folder)), {}
    for row in unfitted_rows():
        (value, sd, scale), effect = fitted_target(row), lab.effect(row)
        away = np.log(np.maximum(effect, 1e-300)) - np.log(value) if scale == "log" else effect - value
        found[row] = score_row(row, np.where(np.isfinite(away), away / sd, 8.0))
    return found


def score_row(row: str, draws: np.ndarray, weights: np.ndarray | None = None) -> dict[str, Any]:
    """A prediction (in errors of the row, from the measurement) scored, and its quantiles in the row's unit."""
    (value, sd, scale), found = fitted_target(row), score(draws, weights)
    ends = normal_quantiles(draws, (0.05, 0.25, 0.5, 0.75, 0.95), weights) * sd
    ends = value * np.exp(np.clip(ends, -50, 50)) if scale == "log" else value + ends
    names = ("low90", "low50", "median", "high50", "high90")
    return {
        **{name: _plain(end) for name, end in zip(names, ends, strict=True)},
        "measured": _plain(value),
        "in50": bool(abs(found.pit - 0.5) <= 0.25),
        "in90": bool(abs(found.pit - 0.5) <= 0.45),
        **{name: _plain(number) for name, number in found._asdict().items()},
    }


def _plain(number: float) -> float | None:
    return float(f"{number:.5g}") if np.isfinite(number) else None


if __name__ == "__main__":
    validate()
    print(f"wrote {FILE}", file=sys.stderr)
