"""Drugs, their levels, and trials."""

import argparse
import sys
import time
from pathlib import Path
from typing import Any

from compendium.cli.plotting import add_plot, check_plot, write_plot
from niche.errors import NicheError, unknown
from niche.files import prepared

_SAID_EVERY = 10.0  # seconds


def add(commands: Any) -> None:
    """Tell the parser of these commands."""
    about = "list drugs and lesions, and what is known of each"
    table = commands.add_parser("drugs", help=about, description=about.capitalize() + ".")
    table.add_argument("names", nargs="*", metavar="NAME", help="only these (default: all)")
    table.set_defaults(run=_drugs)

    about = "the level of a drug under a regimen, and the share of its targets that it holds"
    level = commands.add_parser(
        "levels",
        help=about,
        description=about[0].upper() + about[1:] + ".",
        epilog="A regimen is written as on a ward chart: '120 mg sc every 4 weeks from day 28 for 2 years', '40 mg po "
        "bid', '8 mg/kg iv then 6 mg/kg every 3 weeks x 5'; docs/drugs.md has all ways. The first day is day 0. "
        "Nothing here is for treating patients.",
    )
    level.add_argument("drug", metavar="DRUG")
    level.add_argument("regimens", nargs="+", metavar="REGIMEN")
    level.add_argument("--days", required=True, metavar="TIME", help="how long, in days or as '2 years'")
    level.add_argument(
        "--people", type=int, metavar="N", help="that differ as the source says (default: a typical one)"
    )
    level.add_argument("--weight", type=float, metavar="KG", help="body mass (default: that of the source)")
    level.add_argument("--surface", type=float, metavar="M2", help="body surface, for doses such as 75 mg/m2")
    level.add_argument(
        "--height", type=float, metavar="CM", help="gives the surface of a person with the weight (Mosteller)"
    )
    level.add_argument(
        "--beyond-sources",
        action="store_true",
        help="let a dose of more than a hundred times the most that the source used pass",
    )
    level.add_argument("--seed", type=int, default=1, metavar="N", help="which people (default: 1)")
    level.add_argument("--figure", type=Path, metavar="FILE", help="draw it too (.pdf, .svg or .png)")
    level.set_defaults(run=_levels)

    about = "published rows of trials beside virtual trials of the same design"
    trial = commands.add_parser("trials", help=about, description=about.capitalize() + ".")
    trial.add_argument("rows", nargs="*", metavar="ROW", help="ids such as CL001 (default: all of params/trials)")
    sizes = (
        ("draws", 40, "parameter sets, between which trials differ"),
        ("patients", 15, "courses of each line in a draw"),
        ("trials", 200, "virtual trials"),
        ("seed", 1, ""),
    )
    for name, n, said in sizes:
        trial.add_argument(f"--{name}", type=int, default=n, metavar="N", help=f"{said} (default: {n})".strip())
    add_plot(trial, "draw published beside virtual trials")
    trial.set_defaults(run=_trials)


def _drugs(given: argparse.Namespace) -> int:
    from compendium.cli.levels_text import drug_text
    from niche.kinetics import read_drugs

    table = read_drugs()
    for name in given.names:
        if name not in table:
            raise unknown("drug", name, table)
    print("\n".join(drug_text(table[name]) for name in given.names or sorted(table, key=str.lower)))
    return 0


def _levels(given: argparse.Namespace) -> int:
    from compendium.cli.levels_text import levels_text
    from niche.kinetics import levels

    if given.figure is not None and given.figure.suffix not in (".pdf", ".svg", ".png"):
        raise NicheError(f"--figure: {given.figure} should end in .pdf, .svg or .png")
    if given.figure is not None and not given.figure.parent.is_dir():
        raise NicheError(f"--figure: there is no folder {given.figure.parent}")
    found = levels(
        given.drug,
        given.regimens,
        _length(given.days),
        weight=given.weight,
        people=given.people,
        seed=given.seed,
        surface=given.surface,
        height=given.height,
        beyond_sources=given.beyond_sources,
        progress=_Progress(),
    )
    for warning in found.warnings:
        print(f"niche: warning: {warning}", file=sys.stderr)
    print(levels_text(found))
    if given.figure is not None:
        from compendium.figures import levels as draw

        figure, _ = draw({", ".join(given.regimens): found})
        with prepared(given.figure) as beside:
            figure.savefig(beside, format=given.figure.suffix[1:])
    return 0


def _length(text: str) -> float:
    """Days, as a plain number or as a time with its unit."""
    from niche import units

    try:
        return units.days(float(text), "--days")
    except ValueError:  # no number, or one that is not finite: the error says how a time is written
        return units.days(text, "--days")


class _Progress:
    """Says on stderr how long many people will take, once some are done; nothing of few."""

    def __init__(self) -> None:
        self.began = self.said = time.monotonic()

    def __call__(self, done: int, of: int) -> None:
        now = time.monotonic()
        if done < of and (now - self.said > _SAID_EVERY or self.said == self.began):
            left = (now - self.began) * (of - done) / done
            print(f"niche: {done:,} of {of:,} people, about {_short_time(left)} to go", file=sys.stderr, flush=True)
            self.said = now


def _short_time(seconds: float) -> str:
    return f"{seconds:.0f} s" if seconds < 90 else f"{seconds / 60:.0f} min"


def _trials(given: argparse.Namespace) -> int:
    from niche.trials import VirtualPatients, predict_row, prediction_table, read_trials
    from niche.trials.rows import trial_row

    check_plot(given.plot)
    for row in given.rows:
        trial_row(row)
    ward = VirtualPatients(given.draws, given.patients, given.seed)
    sizes = {"ward": ward, "trials": given.trials, "seed": given.seed}
    found = [predict_row(row, **sizes) for row in given.rows or read_trials()[1]]
    print(prediction_table(found))
    if given.plot:
        from compendium.figures import trials

        write_plot(trials(found), given.plot)
    for warning in dict.fromkeys(ward.warnings.values()):
        print(f"niche: warning: {warning}", file=sys.stderr)
    return 0
