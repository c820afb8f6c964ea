"""Fit the model, and score the fit."""

import argparse
import sys
from pathlib import Path
from typing import Any


def add(commands: Any) -> None:
    """Tell the parser of these commands."""
    about = "fit the model to the rows whose role is calibrate, and write the posterior"
    fit = commands.add_parser(
        "calibrate",
        help=about,
        description=about.capitalize() + ".",
        epilog="Stopped or out of time, the same command goes on from where it was. The posterior is replaced only by "
        "chains that have converged; if they have not, the exit code is 1 and the parameters that fail are named.",
    )
    for name, said in (
        ("starts", "starting points of the search"),
        ("walkers", "walkers of each of the two ensembles, a multiple of 8"),
        ("steps", "most steps of each walker"),
        ("draws", "parameter sets to ship (default: 1000)"),
        ("seed", "of the random numbers"),
        ("workers", "processes (default: 2)"),
    ):
        fit.add_argument(f"--{name}", type=int, metavar="N", help=said)
    fit.add_argument("--minutes", type=float, metavar="N", help="most time that this run may take (default: 55)")
    fit.add_argument("--output", type=Path, metavar="FOLDER", help="where to write (default: params/posterior)")
    fit.add_argument("--work", type=Path, metavar="FOLDER", help="where to keep what is done (scratch/calibration)")
    fit.add_argument("--restart", action="store_true", help="discard what was done before")
    fit.set_defaults(run=_calibrate)

    about = "score the posterior on papers left out, and the model without nerves or feedback"
    check = commands.add_parser("validate", help=about, description=about.capitalize() + ".")
    check.set_defaults(run=_validate)


def _calibrate(given: argparse.Namespace) -> int:
    from compendium.run.stop import Interrupted, stoppable
    from niche.inference import calibration

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
    from niche.inference import validation

    validation.validate()
    return 0
