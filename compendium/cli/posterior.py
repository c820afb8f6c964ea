"""Fit the model, and score the fit."""

import argparse
import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

from niche.errors import NicheError


def add(commands: Any) -> None:
    """Tell the parser of these commands."""
    about = "fit the model to every row that it can be asked, and keep the chains"
    fit = commands.add_parser(
        "fit",
        help=about,
        description=about.capitalize() + ".",
        epilog="Stopped or out of time, the same command goes on from where it was. The exit code is 1 until every "
        "parameter has converged; those that have not are named.",
    )
    for name, said in (
        ("starts", "points from which the search climbs (default: 16)"),
        ("walkers", "walkers of each of the two ensembles, a multiple of 4 (default: 24)"),
        ("steps", "most steps of each walker"),
        ("seed", "of the random numbers"),
        ("workers", "processes (default: 2)"),
    ):
        _whole_number(fit, name, said)
    fit.add_argument("--minutes", type=float, metavar="N", help="most time that this run may take (default: 110)")
    fit.add_argument("--work", type=Path, metavar="FOLDER", help="where to keep what is done (scratch/fit)")
    fit.add_argument("--restart", action="store_true", help="discard what was done before")
    fit.add_argument(
        "--confirm",
        action="store_true",
        help="do not fit: check whether the shipped draws, and the tables made with them, are still those of today's "
        "code and numbers, and if so let them say that",
    )
    fit.set_defaults(run=_fit)

    about = "leave out papers, and fit again without each mechanism that a proposition asserts"
    out = commands.add_parser(
        "left-out",
        help=about,
        description=about.capitalize() + ", from the shipped fit; what is done stands in params/left_out.",
        epilog="Stopped or out of time, the same command goes on from where it was. What rests on other draws or other "
        "tables is done again.",
    )
    out.add_argument("propositions", nargs="*", metavar="05a", help="only the mechanisms of these (default: all)")
    _whole_number(out, "workers", "processes (default: 2)")
    out.add_argument(
        "--look", action="store_true", help="only what needs no chain: trials, and who speaks to each mechanism"
    )
    out.add_argument("--minutes", type=float, metavar="N", help="most time that this run may take (default: 230)")
    out.add_argument("--work", type=Path, metavar="FOLDER", help="where to keep what is done (scratch/left_out)")
    out.set_defaults(run=_left_out)

    about = "put the answers together from the fit and what was left out of it, and write params/answers.json"
    answer = commands.add_parser("answer", help=about, description=about.capitalize() + ".")
    answer.set_defaults(run=_answer)


def _whole_number(command: argparse.ArgumentParser, name: str, said: str) -> None:
    command.add_argument(f"--{name}", type=int, metavar="N", help=said)


def _fit(given: argparse.Namespace) -> int:
    from compendium.run.stop import Interrupted, stoppable
    from niche.inference.diagnostics import NotConverged
    from niche.inference.fitting import fit_all
    from niche.inference.shipping import ship, told_of

    if given.confirm:
        return _confirm()
    names = ("starts", "walkers", "steps", "seed", "workers", "minutes")
    chosen = {name: getattr(given, name) for name in names if getattr(given, name) is not None}
    try:
        with stoppable():
            found, made_of = fit_all(**chosen, work=given.work, restart=given.restart)
            made = {"depends": made_of, **told_of(found.table, found.acceptance, found.steps)}
            ship(found.objective, found.chains, found.parts, found.sampler, made)
    except NotConverged as error:
        print(f"niche: {error}", file=sys.stderr)
        return 1
    except Interrupted:
        print("niche: what is done is kept; the same command goes on from there", file=sys.stderr)
        raise
    print(f"{len(found.objective.keys)} parameters have converged after {found.steps} steps of each walker")
    return 0


def _left_out(given: argparse.Namespace) -> int:
    from compendium.run.stop import Interrupted, stoppable
    from niche.inference.leaving import leave_out

    chosen = {name: getattr(given, name) for name in ("workers", "minutes") if getattr(given, name) is not None}
    try:
        with stoppable():
            missing = leave_out(tuple(given.propositions), **chosen, work=given.work, chains=not given.look)
    except Interrupted:
        print("niche: what is done is kept; the same command goes on from there", file=sys.stderr)
        raise
    if missing:
        print(f"niche: {len(missing)} are not done yet ({', '.join(missing)}); run it again", file=sys.stderr)
    return 1 if missing else 0


def _answer(given: argparse.Namespace) -> int:
    from niche.analysis.published import VERIFICATION, verified
    from niche.answering.assembling import assembled
    from niche.answering.sources import sources
    from niche.answering.stored import write_answers
    from niche.predictions.telling import untold, write_telling

    read = sources()
    if untold(read):  # the candidates are simulated once for each fit, and again when trials are there
        write_telling(read)
        read = sources()
    found = assembled(read)
    write_answers(found.answers, fit=found.fit, coverage=found.coverage, verified={VERIFICATION: verified()})
    words = [one.mechanism.word for one in found.answers.values()]
    for word in dict.fromkeys(words):
        print(f"{words.count(word):3} {word}")
    asked = [one.mechanism for one in found.answers.values() if one.mechanism.word_without_labs]
    others = sum(one.word != one.word_without_labs for one in asked)
    print(f"with whole laboratories left out {others} of {len(asked)} words are others")
    for every in found.coverage.classes[:1]:
        held = ", ".join(f"{level.held} of {level.rows} in {100 * level.level:.0f} %" for level in every.levels)
        print(f"{every.papers} papers left out; numbers inside their intervals: {held}")
    return 0


def _confirm() -> int:
    """Key what is stored anew where it still holds; the exit code is 1 if something does not."""
    from niche.analysis import stored
    from niche.analysis.vouch import confirm_stored
    from niche.inference.current import confirm

    checks: list[tuple[str, Callable[[], list[str]]]] = [("the posterior", confirm)]
    checks += [(f"the table of {kind}", partial(confirm_stored, kind)) for kind in (stored.MUTANTS, stored.SENSITIVITY)]
    lacking = {f"the table of {kind}" for kind in (stored.MUTANTS, stored.SENSITIVITY) if not stored.is_made(kind)}
    failed = 0
    for name, check in checks:
        if name in lacking:
            print(f"{name} was not made yet")
            continue
        try:
            changed = check()
        except NicheError as error:
            print(f"niche: {name}: {error}", file=sys.stderr)
            failed = 1
            if name == "the posterior":  # all others are made with it
                break
            continue
        more = f" and {len(changed) - 3} more" if len(changed) > 3 else ""
        said = f"still holds, though {', '.join(changed[:3])}{more} changed" if changed else "is current"
        print(f"{name} {said}", flush=True)
    return failed
