"""The command `niche`: reproduce all, answer claims, predict rows, fit. A thin skin; the work is elsewhere."""

import argparse
import os
import sys
from collections.abc import Sequence

from compendium.cli import (
    atoms,
    cite,
    claims,
    evidence,
    figures,
    freeze,
    notebooks,
    posterior,
    predictions,
    prior,
    review,
    schema,
    sensitivity,
    site,
    sweep,
    therapy,
)
from compendium.cli.plain import print_anywhere
from niche.errors import NicheError

_ABOUT = "An executable, falsifiable review of how nerves help cancer take over bone."
_MODULES = (
    notebooks,
    review,
    claims,
    evidence,
    atoms,
    cite,
    posterior,
    predictions,
    therapy,
    sweep,
    sensitivity,
    prior,
    site,
    figures,
    freeze,
    schema,
)
# Commands whose numbers come from the posterior: told first if it is older than what it was made of.
_ON_THE_POSTERIOR = ("reproduce", "review", "predict", "trials", "sweep", "sensitivity", "mutate", "left-out", "answer")
_EPILOG = "niche COMMAND --help says more. Errors in what was given end with code 2."


_BROKEN_PIPE = 141  # what a shell reports for a program that wrote to one that had ended


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command; returns its exit code."""
    print_anywhere()
    given = _parser().parse_args(arguments)
    from compendium.run.stop import Interrupted

    try:
        _warn_of_an_old_posterior(given)
        code = int(given.run(given))
        sys.stdout.flush()
        return code
    except BrokenPipeError:  # as in `niche drugs | head`: nobody reads any more
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return _BROKEN_PIPE
    except (NicheError, OSError) as error:
        print(f"niche: {error}", file=sys.stderr)
        return 2
    except Interrupted as stop:
        print(f"niche: {stop}", file=sys.stderr)
        return stop.exit_code
    except KeyboardInterrupt:
        print("niche: stopped", file=sys.stderr)
        return 130


def _warn_of_an_old_posterior(given: argparse.Namespace) -> None:
    if given.command in _ON_THE_POSTERIOR and getattr(given, "posterior", "") != "prior":
        from niche.inference.current import posterior_warning

        if said := posterior_warning():
            print(f"niche: {said}", file=sys.stderr, flush=True)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="niche", description=_ABOUT, epilog=_EPILOG)
    commands = parser.add_subparsers(required=True, metavar="COMMAND", dest="command")
    for module in _MODULES:
        module.add(commands)
    return parser


if __name__ == "__main__":
    sys.exit(main())
