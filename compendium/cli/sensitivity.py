"""What each head hangs on, and which propositions notice when the model is broken."""

import argparse
import json
from typing import Any

from compendium.cli.plotting import add_plot, check_plot, write_plot
from niche.errors import NicheError


def add(commands: Any) -> None:
    """Tell the parser of these commands."""
    about = "rank the parameters that the head of a proposition hangs on, or find the range in which it keeps its side"
    ask = commands.add_parser(
        "sensitivity",
        help=about,
        description=about.capitalize() + ".",
        epilog="The head is the one contrast of the model that stands for a proposition (params/propositions). --all "
        "does every proposition, writes params/sensitivity, and goes on from where it was stopped.",
    )
    ask.add_argument("proposition", nargs="?", metavar="PROPOSITION", help="such as 05a")
    ask.add_argument(
        "--method", choices=("sobol", "morris"), default="sobol", help="Morris alone, or also Sobol (default)"
    )
    ask.add_argument(
        "--samples",
        type=int,
        metavar="N",
        help="base samples of Sobol, a power of 2 (default: 1024), or trajectories of Morris (default: 40)",
    )
    ask.add_argument(
        "--inputs",
        choices=("posterior", "prior"),
        default="posterior",
        help="how parameters vary: each by itself as the posterior leaves it (default), or by its prior",
    )
    ask.add_argument(
        "--range",
        nargs="+",
        metavar="PARAMETER",
        help="hold these at values of their prior instead, and say where the head keeps its side",
    )
    ask.add_argument("--draws", type=int, default=100, metavar="N", help="of the posterior, for --range (default: 100)")
    ask.add_argument("--seed", type=int, default=1, metavar="N", help="of the random numbers (default: 1)")
    ask.add_argument("--json", action="store_true", help="print JSON instead of tables")
    add_plot(ask, "draw what the head of one proposition hangs on")
    ask.add_argument("--all", action="store_true", help="every proposition, into params/sensitivity")
    _long(ask)
    ask.set_defaults(run=_sensitivity)

    about = "break the model in one place at a time, and say which supported propositions notice"
    broken = commands.add_parser(
        "mutate",
        help=about,
        description=about.capitalize() + ".",
        epilog="Couplings are switched off, turned round and doubled; fitted parameters move by two posterior standard "
        "deviations. With PLACEs nothing is written; without, params/sensitivity and docs/mutants.md are renewed, and "
        "a run that was stopped goes on.",
    )
    broken.add_argument(
        "places",
        nargs="*",
        metavar="PLACE",
        help="a coupling such as b2_rankl, or a fitted parameter such as model:kill (default: all)",
    )
    broken.add_argument("--draws", type=int, default=60, metavar="N", help="parameter sets (default: 60)")
    broken.add_argument("--seed", type=int, default=1, metavar="N", help="which ones (default: 1)")
    _long(broken)
    broken.set_defaults(run=_mutate)


def _long(command: argparse.ArgumentParser) -> None:
    command.add_argument("--jobs", "-j", type=int, metavar="N", help="processes (default: one per core)")
    command.add_argument("--restart", action="store_true", help="discard what was done before")


def _sensitivity(given: argparse.Namespace) -> int:
    from compendium.claims import hangs_on as told
    from niche.analysis import campaign
    from niche.propositions.reading import proposition

    check_plot(given.plot)
    if given.plot and (given.all or given.range):
        raise NicheError("--plot draws what one head hangs on: neither with --all nor with --range")
    if given.all == (given.proposition is not None):
        raise NicheError("name one proposition, or give --all")
    if given.all:
        sizes = dict(campaign.SURVEY) | {"seed": given.seed} | ({"samples": given.samples} if given.samples else {})
        tables = campaign.survey(sizes, workers=_jobs(given), restart=given.restart)
        print(told.survey_table(tables))
        return 0
    proposition(given.proposition)  # known, or the nearest name
    tables = _ranges(given) if given.range else _ranked(given)
    print(json.dumps(tables, indent=1) if given.json else told.hangs_on_tables(tables))
    if given.plot:
        from compendium.figures.hangs_on import hangs_on

        write_plot(hangs_on(tables), given.plot)
    return 0


def _ranked(given: argparse.Namespace) -> dict:
    from tqdm import tqdm

    from niche.analysis import campaign
    from niche.analysis.sensitivity import runs, sensitivity

    one = given.proposition
    with tqdm(total=runs(one, given.method, given.samples), unit="host", unit_scale=True, leave=False) as bar:
        sizes = {"method": given.method, "samples": given.samples, "seed": given.seed, "inputs": given.inputs}
        return campaign.tables_of(sensitivity(one, **sizes, seen=bar.update))


def _ranges(given: argparse.Namespace) -> dict:
    from tqdm import tqdm

    from niche.analysis import campaign
    from niche.analysis.robustness import sweep_parameter

    swept = sweep_parameter(given.proposition, given.range, draws=given.draws, seed=given.seed)
    with tqdm(swept, total=len(given.range), unit="parameter", leave=False) as bar:
        return {"sweeps": [row for found in bar for row in campaign.rows_of(found)]}


def _mutate(given: argparse.Namespace) -> int:
    from tqdm import tqdm

    from compendium.claims import hangs_on as told
    from niche.analysis import campaign
    from niche.analysis.mutants import chosen, try_out

    if given.draws < 10:
        raise NicheError(f"--draws: a share of fewer than 10 draws says nothing, got {given.draws}")
    if given.places:
        some = chosen(given.places)
        rows = [
            campaign.row_of(try_out(one, given.draws, given.seed)) for one in tqdm(some, unit="mutant", leave=False)
        ]
        print(told.mutant_table(rows))
        return 0
    rows = campaign.trial({"draws": given.draws, "seed": given.seed}, workers=_jobs(given), restart=given.restart)
    told.renew(rows)
    print(told.mutant_table(rows, short=True))
    return 0


def _jobs(given: argparse.Namespace) -> int | None:
    if given.jobs is not None and given.jobs < 1:
        raise NicheError(f"--jobs must be at least 1, got {given.jobs}")
    return given.jobs
