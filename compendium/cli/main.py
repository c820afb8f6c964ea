"""The command `niche`: reproduce all, judge claims, predict rows, calibrate. A thin skin; the work is elsewhere."""

import argparse
import sys
from collections.abc import Sequence

from compendium.cli import cite, claims, figures, notebooks, posterior, review, sensitivity, site, sweep, therapy
from niche.errors import NicheError

_ABOUT = "An executable, falsifiable review of how nerves help cancer take over bone."
_MODULES = notebooks, review, claims, cite, posterior, therapy, sweep, sensitivity, site, figures
_EPILOG = "niche COMMAND --help says more. Errors in what was given end with code 2."


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command; returns its exit code."""
    given = _parser().parse_args(arguments)
    from compendium.run.stop import Interrupted

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
    for module in _MODULES:
        module.add(commands)
    return parser


if __name__ == "__main__":
    sys.exit(main())
