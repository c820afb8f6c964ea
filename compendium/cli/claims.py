"""What is said of claims, and of single rows."""

import argparse
import json
import sys
from pathlib import Path
from typing import Any

from compendium.cli.plotting import add_plot, check_plot, write_plot
from niche.errors import NicheError


def add(commands: Any) -> None:
    """Tell the parser of these commands."""
    about = "say of each claim what the papers say, what the mechanism is worth and whether the model fits"
    ask = commands.add_parser(
        "claims",
        help=about,
        description=f"{about.capitalize()}. The last two come from the fit and stand in params/answers.json.",
        epilog="Nothing is simulated. docs/verdicts.md says how each answer is reached.",
    )
    ask.add_argument(
        "claims",
        nargs="*",
        metavar="CLAIM",
        help="only these, such as 05, or single propositions, such as 05a, with the numbers behind each word, by paper "
        "(default: a table of all)",
    )
    ask.add_argument("--json", action="store_true", help="print JSON instead of a table")
    ask.add_argument(
        "--write",
        choices=("readme", "notebooks"),
        help="renew the README's table from the answers, and the heads of notebooks too",
    )
    add_plot(ask, "draw the card of one claim or statement, or all of them on a page")
    ask.set_defaults(run=_claims)

    about = "say what the model predicts for a measurement: a row of params/evidence, or one of your own"
    ask = commands.add_parser(
        "predict",
        help=about,
        description=about.capitalize() + ".",
        epilog="A row of your own needs two files: the measurement (columns as in params/evidence) and how it is "
        "simulated: an experiment, a trial, or the level of a drug. docs/howto/predict-your-own.md shows each. Nothing "
        "is written. The exit code is 2 if nothing says how a row is simulated; a plan to fill in is printed then.",
    )
    ask.add_argument(
        "rows", nargs="*", metavar="ROW", help="ids such as SB06, or the files by name (default: all rows of the files)"
    )
    ask.add_argument("--evidence", type=Path, metavar="FILE.csv", help="rows of your own, role predict or context")
    ask.add_argument("--experiment", type=Path, metavar="FILE.yaml", help="how rows without a plan are simulated")
    ask.add_argument(
        "--without",
        action="append",
        default=[],
        metavar="MECHANISM",
        help="remove a mechanism, such as beta2 or CGRP; may be given several times",
    )
    ask.add_argument("--prior", action="store_true", help="predict before anything was fitted")
    ask.add_argument("--line", type=Path, metavar="FILE.yaml", help="tumour lines of your own, as in params/lines")
    ask.add_argument("--strain", type=Path, metavar="FILE.yaml", help="strains of your own, as in params/systems")
    ask.add_argument("--json", action="store_true", help="print JSON instead of text")
    add_plot(ask, "draw measurements beside their predictions")
    _sampled(ask)
    ask.set_defaults(run=_predict)


def _sampled(command: argparse.ArgumentParser) -> None:
    command.add_argument(
        "--draws", type=int, default=1000, metavar="N", help="parameter sets of the fit (default: 1000)"
    )
    command.add_argument("--seed", type=int, default=1, metavar="N", help="which ones (default: 1)")


def _claims(given: argparse.Namespace) -> int:
    check_plot(given.plot)
    from niche.answering.claims import answers
    from niche.answering.text import as_list, details, table

    if given.write:
        return _write(given.write)
    found = answers(given.claims)
    if given.json:
        print(json.dumps(as_list(found), indent=1, ensure_ascii=False, allow_nan=False))
    else:
        print(details(found) if given.claims else table(found))
    if given.plot:
        from compendium.figures import claim_card, overview

        write_plot(claim_card(found[0].id, answers=found) if len(found) == 1 else overview(found), given.plot)
    return 0


def _write(what: str) -> int:
    from compendium.figures.neuro_bone_saved import renew
    from compendium.run.heads import write_heads

    changed = [*write_heads(notebooks=what == "notebooks"), renew()]
    print("\n".join(map(str, changed)) or "all are of today")
    return 0


def _predict(given: argparse.Namespace) -> int:
    from niche.analysis import predictions as rows

    check_plot(given.plot)
    files = {"evidence": given.evidence, "experiment": given.experiment}
    asked = []
    for name in given.rows:
        kind = {".csv": "evidence", ".yaml": "experiment", ".yml": "experiment"}.get(Path(name).suffix.lower())
        if kind is None:
            asked.append(name)
        elif files[kind] is not None:
            raise NicheError(f"{files[kind]} and {name}: give one file with --{kind}")
        else:
            files[kind] = Path(name)
    variant = {"without": given.without, "prior": given.prior, "line": given.line, "strain": given.strain}
    found = rows.predict_rows(asked, **files, **variant, draws=given.draws, seed=given.seed)
    if given.json:
        print(json.dumps([one.to_dict() for one in found], indent=1, ensure_ascii=False, allow_nan=False))
    else:
        print("\n\n".join(rows.predictions_text(one) for one in found))
    if given.plot:
        from compendium.figures import predicted

        places = {one.evidence.id: one.predictive.pit for one in found if one.predictive is not None}
        inside = {name: 0.05 <= pit <= 0.95 for name, pit in places.items() if pit is not None}
        write_plot(predicted([one.result for one in found if one.result is not None], inside=inside), given.plot)
    for warning in dict.fromkeys(warning for one in found for warning in one.warnings):
        print(f"niche: warning: {warning}", file=sys.stderr)
    return 2 if any(one.result is None for one in found) else 0
