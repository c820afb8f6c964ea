"""Thousands to millions of hosts: simulate a specification in chunks, on this machine or on a Dask cluster."""

import argparse
import sys
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Any

from compendium.cli.plotting import add_plot, check_plot, write_plot
from niche.errors import NicheError
from niche.text import aligned, number

if TYPE_CHECKING:
    from compendium.sweep import Progress, Summary, Sweep


def add(commands: Any) -> None:
    """Tell the parser of these commands."""
    about = "simulate many hosts over ranges of parameters, inputs and doses"
    command = commands.add_parser(
        "sweep",
        help=about,
        description=about.capitalize() + ".",
        epilog="Finished chunks are files; stopped or killed, the same command goes on from them. docs/sweeps.md says "
        "what a specification may hold, and how a cluster is used.",
    )
    command.add_argument("spec", type=Path, metavar="SPEC", help="a YAML file like docs/examples/sweep.yaml")
    command.add_argument("--scheduler", metavar="ADDRESS", help="of a Dask scheduler, or its .json file")
    command.add_argument("--output", "-o", type=Path, metavar="FOLDER", help="default: sweeps/ and the name of SPEC")
    command.add_argument("--workers", type=int, metavar="N", help="processes of this machine (default: all cores)")
    command.add_argument(
        "--wait", type=float, default=60, metavar="SECONDS", help="for a first worker of the scheduler (default: 60)"
    )
    add_plot(command, "draw readings over one or two factors")
    command.set_defaults(run=_sweep)


def _sweep(given: argparse.Namespace) -> int:
    from compendium.sweep import connected, read_spec, sweep, where

    check_plot(given.plot)
    if given.workers is not None and (given.workers < 1 or given.scheduler):
        raise NicheError(
            "--workers is a whole number of at least 1, and without --scheduler, whose workers do the work"
        )
    spec = read_spec(given.spec)
    if given.plot:
        from compendium.figures.swept import can_draw

        can_draw(spec.names)
    output = given.output or where(spec, given.spec.stem)
    points = "fresh hosts" if spec.draws is None else f"points x {spec.draws:,} hosts"
    print(f"{given.spec}: {spec.points:,} {points} = {spec.size:,}, into {output}", flush=True)
    with ExitStack() as stack:
        executor = None
        if given.scheduler:
            executor = stack.enter_context(connected(given.scheduler, wait=given.wait))
        tell = stack.enter_context(_Progress(output))
        try:
            found = sweep(spec, output, executor=executor, workers=given.workers, tell=tell)
        except KeyboardInterrupt:
            tell.close()
            print(f"niche: stopped; what is finished is kept in {output}, the same command goes on", file=sys.stderr)
            return 130
    print(_text(spec, found, output))
    if given.plot:
        from compendium.figures.swept import swept

        write_plot(swept(output / "points.csv", spec.names, list(spec.readings)), given.plot)
    for warning in found.warnings:
        print(f"niche: warning: {warning}", file=sys.stderr)
    return 0


class _Progress:
    """A bar with the time left; where tqdm is not installed, nothing moves."""

    def __init__(self, output: Path) -> None:
        self._output, self._bar = output, None

    def __enter__(self) -> "_Progress":
        return self

    def __exit__(self, *error: object) -> None:
        self.close()

    def __call__(self, state: "Progress") -> None:
        if self._bar is None:
            self._bar = self._begun(state)
        if self._bar is not None:
            self._bar.set_postfix(failed=state.failed, refresh=False)
            self._bar.update(state.hosts - self._bar.n)

    def close(self) -> None:
        """Leave the screen as it is."""
        if self._bar is not None:
            self._bar.close()
            self._bar = None

    def _begun(self, state: "Progress") -> Any:
        if state.done:
            print(f"{state.done:,} of {state.chunks:,} chunks are there already", flush=True)
        for chunk in state.damaged:
            print(f"the shard of chunk {chunk} is truncated or altered: it is simulated again", flush=True)
        try:
            from tqdm import tqdm  # late: not everybody has it
        except ImportError:
            return None
        # A log is not a terminal: there a line every half minute is enough.
        every = 0.1 if sys.stderr.isatty() else 30.0
        return tqdm(total=state.size, initial=state.hosts, unit="host", unit_scale=True, mininterval=every)


def _text(spec: "Sweep", found: "Summary", output: Path) -> str:
    heads = ["read", "hosts", "nothing to read", *(f"{100 * q:g} %" for q in spec.quantiles)]
    rows = [[one.name, f"{one.hosts:,}", f"{one.unread:,}", *map(number, one.quantiles)] for one in found.lines]
    lines = [aligned([heads, *rows], right=range(1, len(heads)))]
    if found.failed:
        lines.append(f"{found.failed:,} of {found.hosts:,} hosts failed and are in no number above:")
        lines += [f"  {one}" for one in found.named]
        lines += [f"  ... all in {output / 'failed.csv'}"] if found.failed > len(found.named) else []
    return "\n".join([*lines, f"each point: {output / 'points.csv'}"])
