"""The command `niche`: reproduce all, judge claims, predict rows, calibrate. A thin skin; the work is elsewhere."""

import argparse
import json
import sys
from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path

from niche.errors import NicheError, unknown

_ABOUT = "An executable, falsifiable review of how nerves help cancer take over bone."
_EPILOG = "niche COMMAND --help says more. Errors in what was given end with code 2."


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command; returns its exit code."""
    given = _parser().parse_args(arguments)
    from niche.compendium.stop import Interrupted

    try:
        return int(given.run(given))
    except (NicheError, OSError) as error:
        print(f"niche: {error}", file=sys.stderr)
        return 2
    except Interrupted as stop:
        print(f"niche: {stop}", file=sys.stderr)
        return stop.exit_code
    except KeyboardInterrupt:
        print("niche: stopped", file=sys.stderr)
        return 130


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="niche", description=_ABOUT, epilog=_EPILOG)
    commands = parser.add_subparsers(required=True, metavar="COMMAND")

    about = "run the notebooks of the claims, regenerate their figures and judge them"
    rerun = commands.add_parser(
        "reproduce", help=about, description=about.capitalize() + ".",
        epilog="Results replace the committed ones only if all of it went well, and never with --fast, -p, -f or "
        "--output. The exit code is 1 if a notebook fails or a verdict is not the expected one.",
    )  # fmt: skip
    rerun.add_argument("claims", nargs="*", metavar="CLAIM", help="only these (default: all)")
    rerun.add_argument("--fast", action="store_true", help="few draws, in a scratch folder, verdicts not judged")
    rerun.add_argument("--jobs", "-j", type=int, metavar="N", help="notebooks at a time (default: one per core)")
    rerun.add_argument("--output", "-o", type=Path, metavar="FOLDER", help="put the results here")
    rerun.add_argument("--timeout", type=float, metavar="SECONDS", help="time that one cell may take (default: 900)")
    rerun.add_argument(
        "-p", "--parameter", action="append", default=[], metavar="NAME=VALUE",
        help="set a parameter of the notebooks; more than one -p is possible",
    )  # fmt: skip
    rerun.add_argument(
        "-f", "--file", action="append", default=[], type=Path, metavar="FILE", help="set those of a YAML file"
    )
    rerun.set_defaults(run=_reproduce)

    about = "judge the claims on their evidence, without the notebooks"
    judge = commands.add_parser("claims", help=about, description=about.capitalize() + ".")
    judge.add_argument("claims", nargs="*", metavar="CLAIM", help="only these (default: all)")
    judge.add_argument("--json", action="store_true", help="print every row as JSON instead of a table")
    judge.add_argument("--prior", action="store_true", help="judge each row before the fit too")
    judge.add_argument("--check", action="store_true", help="exit with 1 if a verdict is not the expected one")
    _sampled(judge)
    judge.set_defaults(run=_claims)

    about = "say whether the model predicted a measurement: a row of params/evidence, or one of your own"
    ask = commands.add_parser(
        "predict", help=about, description=about.capitalize() + ".",
        epilog="A row of your own needs two files: the measurement (columns as in params/evidence) and how it is "
        "simulated (as in params/experiments). docs/examples has a pair. Nothing is written. The exit code is 2 if "
        "nothing says how a row is simulated; a plan to fill in is printed then.",
    )  # fmt: skip
    ask.add_argument("rows", nargs="*", metavar="ROW", help="ids such as SB06, or the files by name (default: all rows "
                     "of the files)")  # fmt: skip
    ask.add_argument("--evidence", type=Path, metavar="FILE.csv", help="rows of your own, role predict or context")
    ask.add_argument("--experiment", type=Path, metavar="FILE.yaml", help="how rows without a plan are simulated")
    ask.add_argument("--json", action="store_true", help="print JSON instead of text")
    _sampled(ask)
    ask.set_defaults(run=_predict)

    about = "fit the model to the rows whose role is calibrate, and write the posterior"
    fit = commands.add_parser(
        "calibrate", help=about, description=about.capitalize() + ".",
        epilog="Stopped or out of time, the same command goes on from where it was. The posterior is replaced only by "
        "chains that have converged; if they have not, the exit code is 1 and the parameters that fail are named.",
    )  # fmt: skip
    for name, said in (
        ("starts", "starting points of the search"),
        ("walkers", "walkers of each of the two ensembles, a multiple of 8"),
        ("steps", "most steps of each walker"), ("draws", "parameter sets to ship (default: 1000)"),
        ("seed", "of the random numbers"), ("workers", "processes (default: 2)"),
    ):  # fmt: skip
        fit.add_argument(f"--{name}", type=int, metavar="N", help=said)
    fit.add_argument("--minutes", type=float, metavar="N", help="most time that this run may take (default: 55)")
    fit.add_argument("--output", type=Path, metavar="FOLDER", help="where to write (default: params/posterior)")
    fit.add_argument("--work", type=Path, metavar="FOLDER", help="where to keep what is done (scratch/calibration)")
    fit.add_argument("--restart", action="store_true", help="discard what was done before")
    fit.set_defaults(run=_calibrate)
    about = "score the posterior on papers left out, and the model without nerves or feedback"
    check = commands.add_parser("validate", help=about, description=about.capitalize() + ".")
    check.set_defaults(run=_validate)
    about = "list drugs and lesions, and what is known of each"
    table = commands.add_parser("drugs", help=about, description=about.capitalize() + ".")
    table.add_argument("names", nargs="*", metavar="NAME", help="only these (default: all)")
    table.set_defaults(run=_drugs)
    about = "the level of a drug under a regimen, and the share of its targets that it holds"
    level = commands.add_parser(
        "levels", help=about, description=about[0].upper() + about[1:] + ".",
        epilog="A regimen is written as on a ward chart: '120 mg sc every 4 weeks from day 28 for 2 years'. Nothing "
        "here is for treating patients.",
    )  # fmt: skip
    level.add_argument("drug", metavar="DRUG")
    level.add_argument("regimens", nargs="+", metavar="REGIMEN")
    level.add_argument("--days", required=True, metavar="TIME", help="how long, in days or as '2 years'")
    level.add_argument(
        "--people", type=int, metavar="N", help="that differ as the source says (default: a typical one)"
    )
    level.add_argument("--weight", type=float, metavar="KG", help="body mass (default: that of the source)")
    level.add_argument("--seed", type=int, default=1, metavar="N", help="which people (default: 1)")
    level.add_argument("--figure", type=Path, metavar="FILE", help="draw it too (.pdf, .svg or .png)")
    level.set_defaults(run=_levels)
    about = "published rows of trials beside virtual trials of the same design"
    trial = commands.add_parser("trials", help=about, description=about.capitalize() + ".")
    trial.add_argument("rows", nargs="*", metavar="ROW", help="ids such as CL001 (default: all of params/trials)")
    for name, n, said in (("courses", 300, "patients simulated"), ("trials", 200, "virtual trials"), ("seed", 1, "")):
        trial.add_argument(f"--{name}", type=int, default=n, metavar="N", help=f"{said} (default: {n})".strip())
    trial.set_defaults(run=_trials)
    return parser


def _sampled(command: argparse.ArgumentParser) -> None:
    command.add_argument(
        "--draws", type=int, default=1000, metavar="N", help="parameter sets (default: 1000, the whole posterior)"
    )
    command.add_argument("--seed", type=int, default=1, metavar="N", help="which ones (default: 1)")


def _reproduce(given: argparse.Namespace) -> int:
    if find_spec("papermill") is None:
        raise NicheError("reproduce needs the notebook packages: pip install 'niche[notebooks]'")
    from niche.compendium import Request, reproduce

    timeout = {} if given.timeout is None else {"timeout": given.timeout}
    return reproduce(
        Request(given.claims, given.fast, given.parameter, given.file, given.output, given.jobs, **timeout)
    )


def _claims(given: argparse.Namespace) -> int:
    from niche import claims

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
    from niche import rows

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
    found = rows.predict(asked, **files, draws=given.draws, seed=given.seed)
    if given.json:
        print(json.dumps([one.to_dict() for one in found], indent=1, ensure_ascii=False, allow_nan=False))
    else:
        print("\n\n".join(rows.text(one) for one in found))
    return 2 if any(one.verdict is None for one in found) else 0


def _calibrate(given: argparse.Namespace) -> int:
    from niche import calibration
    from niche.compendium.stop import Interrupted, stoppable

    names = ("starts", "steps", "walkers", "draws", "seed", "workers", "minutes")
    chosen = {name: getattr(given, name) for name in names if getattr(given, name) is not None}
    try:
        with stoppable():
            made = calibration.calibrate(**chosen, folder=given.output, work=given.work, restart=given.restart)
    except calibration.NotConverged as error:
        print(f"niche: {error}", file=sys.stderr)
        return 1
    except Interrupted:
        print("niche: what is done is kept; the same command goes on from there", file=sys.stderr)
        raise
    samples, rhat, minutes = min(made["ess_bulk_min"], made["ess_tail_min"]), made["rhat_max"], made["minutes"]
    print(
        f"{made['parameters']} parameters ({len(made['prior_only'])} more left to their priors), "
        f"at least {samples} effective samples each, R-hat at most {rhat:.3f}, {minutes} minutes"
    )
    return 0


def _validate(given: argparse.Namespace) -> int:
    from niche import validation

    validation.validate()
    return 0


def _drugs(given: argparse.Namespace) -> int:
    from niche.kinetics import listed, read_drugs

    table = read_drugs()
    for name in given.names:
        if name not in table:
            raise unknown("drug", name, table)
    print("\n".join(listed(table[name]) for name in given.names or sorted(table, key=str.lower)))
    return 0


def _levels(given: argparse.Namespace) -> int:
    from niche import units
    from niche.kinetics import levels, told

    if given.figure is not None and given.figure.suffix not in (".pdf", ".svg", ".png"):
        raise NicheError(f"--figure: {given.figure} should end in .pdf, .svg or .png")
    if given.figure is not None and not given.figure.parent.is_dir():
        raise NicheError(f"--figure: there is no folder {given.figure.parent}")
    bare = given.days.replace(".", "", 1).isdigit()
    days = float(given.days) if bare else units.days(given.days, "days")
    found = levels(given.drug, given.regimens, days, weight=given.weight, people=given.people, seed=given.seed)
    print(told(found))
    if given.figure is not None:
        from niche.figures import levels as draw

        figure, _ = draw({", ".join(given.regimens): found})
        beside = given.figure.with_name(f".{given.figure.name}")
        figure.savefig(beside, format=given.figure.suffix[1:])
        beside.replace(given.figure)
    return 0


def _trials(given: argparse.Namespace) -> int:
    from niche.trials import predict_row, read_rows, table

    sizes = {"courses": given.courses, "trials": given.trials, "seed": given.seed}
    print(table([predict_row(row, **sizes) for row in given.rows or read_rows()[1]]))
    return 0


if __name__ == "__main__":
    sys.exit(main())
