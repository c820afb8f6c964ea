"""Judge claims, and single rows."""

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
    more = (
        " The last two come from the fit and stand in params/answers.json. Until that is there, claims are judged row "
        "by row as before, and while params/claims.yaml says why no claim is judged, that is printed."
    )
    judge = commands.add_parser(
        "claims",
        help=about,
        description=f"{about.capitalize()}.{more}",
        epilog="Nothing is simulated for the answers. docs/verdicts.md says how each is reached.",
    )
    judge.add_argument(
        "claims",
        nargs="*",
        metavar="CLAIM",
        help="only these, such as 05, or single propositions, such as 05a, with the numbers behind each word, by paper "
        "(default: a table of all)",
    )
    judge.add_argument("--json", action="store_true", help="print JSON instead of a table")
    judge.add_argument(
        "--papers", action="store_true", help="the three answers even where the fit has not answered yet"
    )
    judge.add_argument(
        "--write",
        choices=("readme", "notebooks"),
        help="renew the README's table from the answers, and the heads of notebooks too; then run these again",
    )
    add_plot(judge, "draw the card of one claim or statement, or all of them on a page")
    judge.add_argument("--prior", action="store_true", help="judge each row before the fit too")
    judge.add_argument("--check", action="store_true", help="exit with 1 if a verdict is not the expected one")
    _sampled(judge)
    judge.set_defaults(run=_claims)

    about = "say whether the model predicted a measurement: a row of params/evidence, or one of your own"
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
        "--draws", type=int, default=1000, metavar="N", help="parameter sets (default: 1000, the whole posterior)"
    )
    command.add_argument("--seed", type=int, default=1, metavar="N", help="which ones (default: 1)")


def _claims(given: argparse.Namespace) -> int:
    from niche.answering.stored import there

    check_plot(given.plot)
    if given.papers or given.write or given.plot or there():
        return _answers(given)
    return _judged(given)


def _answers(given: argparse.Namespace) -> int:
    """The three answers; `--prior` and `--check` belong to claims that are judged row by row."""
    from niche.answering.claims import answers
    from niche.answering.text import as_list, details, table

    for option in ("prior", "check"):
        if getattr(given, option):
            raise NicheError(
                f"--{option} is of claims that are judged row by row; the answers rest on no expected word"
            )
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
    from compendium.run.heads import write_heads
    from niche.answering.stored import FILE, there

    if not there():
        raise NicheError(f"params/{FILE} is missing: until a fit answers, the README says that no claim is judged")
    from compendium.figures.neuro_bone_saved import renew

    changed = [*write_heads(notebooks=what == "notebooks"), renew()]
    print("\n".join(map(str, changed)) or "all are of today")
    return 0


def _judged(given: argparse.Namespace) -> int:
    from niche.verdicts import claims

    if given.check and (why := claims.not_judged()):
        print(f"niche: nothing was checked. No claim is judged. {why}", file=sys.stderr)
    verdicts = claims.judge(given.claims, draws=given.draws, seed=given.seed, prior=given.prior)
    if given.json:
        print(json.dumps([verdict.to_dict() for verdict in verdicts], indent=1, ensure_ascii=False))
    else:
        print(claims.table(verdicts))
    different = [verdict for verdict in verdicts if given.check and not verdict.as_expected]
    for verdict in different:
        print(f"niche: {verdict.id} is {verdict.verdict!r}, expected {verdict.expected!r}", file=sys.stderr)
        for change in verdict.changed:
            print(f"niche: {verdict.id}, row or control {change}", file=sys.stderr)
    return int(bool(different))


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
        write_plot(predicted([one.verdict for one in found if one.verdict is not None], inside=inside), given.plot)
    for warning in dict.fromkeys(warning for one in found for warning in one.warnings):
        print(f"niche: warning: {warning}", file=sys.stderr)
    return 2 if any(one.verdict is None for one in found) else 0
