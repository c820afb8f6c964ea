"""The command `niche`: reproduce everything, judge claims, calibrate. A thin skin; the work is elsewhere."""

import argparse
import json
import sys
from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path

from niche.errors import NicheError

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
    judge.add_argument("--check", action="store_true", help="exit with 1 if a verdict is not the expected one")
    judge.add_argument(
        "--draws", type=int, default=1000, metavar="N", help="parameter sets (default: 1000, the whole posterior)"
    )
    judge.add_argument("--seed", type=int, default=1, metavar="N", help="which ones (default: 1)")
    judge.set_defaults(run=_claims)

    about = "fit the model to the rows whose role is calibrate, and write the posterior"
    fit = commands.add_parser("calibrate", help=about, description=about.capitalize() + ".")
    for name, said in (("starts", "starting points"), ("steps", "steps of each walker"), ("walkers", "walkers")):
        fit.add_argument(f"--{name}", type=int, metavar="N", help=said)
    fit.add_argument("--seed", type=int, metavar="N", help="of the random numbers")
    fit.add_argument("--output", type=Path, metavar="FOLDER", help="where to write (default: params/posterior)")
    fit.set_defaults(run=_calibrate)
    return parser


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

    chosen = [claims.claim(name) for name in dict.fromkeys(given.claims or claims.claim_ids())]
    verdicts = [claim.judge(draws=given.draws, seed=given.seed) for claim in chosen]
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


def _calibrate(given: argparse.Namespace) -> int:
    from niche import calibration

    names = ("starts", "steps", "walkers", "seed")
    chosen = {name: getattr(given, name) for name in names if getattr(given, name) is not None}
    made = calibration.calibrate(**chosen, folder=given.output)
    samples, minutes = made["effective_samples"]["min"], made["minutes"]
    print(f"{made['parameters']} parameters, at least {samples} effective samples each, {minutes} minutes")
    return 0


if __name__ == "__main__":
    sys.exit(main())
