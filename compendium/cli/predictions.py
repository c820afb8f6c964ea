"""Predictions of experiments that nobody has published: list them, score one, choose and record new ones."""

import argparse
import json
from typing import Any

from niche.errors import NicheError

_USE = "say: niche predictions, niche predictions score ID VALUE [SE], niche predictions again ID, --choose or --write"


def add(commands: Any) -> None:
    """Tell the parser of this command."""
    about = "list predictions on record, score one by a measurement, or choose experiments and put them on record"
    one = commands.add_parser(
        "predictions",
        help=about,
        description=about.capitalize() + ".",
        epilog="VALUE is the measured ratio, SE the standard error of its natural logarithm. docs/predictions.md "
        "says how experiments are chosen and how a score is read.",
    )
    words = "score ID VALUE [SE], or again ID; nothing lists all"
    one.add_argument("action", nargs="*", metavar="WORD", help=words)
    one.add_argument("--choose", action="store_true", help="simulate the candidates and rank them; writes nothing")
    one.add_argument("--write", action="store_true", help="the same, and put the chosen on record")
    one.add_argument("--count", type=int, default=10, help="how many to choose (default: 10)")
    one.add_argument("--draws", type=int, default=1000, help="of the posterior (default: 1000)")
    one.add_argument("--seed", type=int, default=1, help="which draws (default: 1)")
    one.add_argument("--posterior", choices=("calibrated", "prior"), default="calibrated", help="with --choose")
    one.add_argument("--json", action="store_true", help="print JSON instead of text")
    one.set_defaults(run=_predictions)


def _predictions(given: argparse.Namespace) -> int:
    if given.choose or given.write:
        return _choose(given)
    match given.action:
        case []:
            return _list(given)
        case ["score", name, value]:
            return _score(given, name, value, None)
        case ["score", name, value, se]:
            return _score(given, name, value, se)
        case ["again", name]:
            return _again(given, name)
    raise NicheError(f"niche predictions {' '.join(given.action)}: {_USE}")


def _list(given: argparse.Namespace) -> int:
    import msgspec

    from niche.predictions.table import read_predictions
    from niche.predictions.text import listing

    found = list(read_predictions().values())
    if given.json:
        print(json.dumps([msgspec.to_builtins(one) for one in found], indent=1, ensure_ascii=False))
    else:
        print(listing(found))
    return 0


def _score(given: argparse.Namespace, name: str, value: str, se: str | None) -> int:
    from niche.predictions.scores import score
    from niche.predictions.table import prediction
    from niche.predictions.text import scored

    one = prediction(name)
    found = score(one, _number("VALUE", value), None if se is None else _number("SE", se))
    if given.json:
        inside = {"inside_50": found.inside_50, "inside_90": found.inside_90}
        print(json.dumps({"id": one.id, **found._asdict(), **inside}, indent=1))
    else:
        print(scored(one, found))
    return 0


def _number(what: str, text: str) -> float:
    try:
        return float(text)
    except ValueError:
        raise NicheError(f"{what} is a number, got {text!r}; {_USE}") from None


def _again(given: argparse.Namespace, name: str) -> int:
    from niche.evidence.laboratory import Laboratory
    from niche.predictions.making import again
    from niche.predictions.table import prediction

    one = prediction(name)
    median, low, high = again(one, Laboratory(given.draws, given.seed, given.posterior))
    print(f"{one.id}: on record {one.median:.3g} ({one.low_90:.2g} to {one.high_90:.2g})")
    print(f"  simulated again, by today's model and draws: {median:.3g} ({low:.2g} to {high:.2g})")
    return 0


def _choose(given: argparse.Namespace) -> int:
    from datetime import date

    from niche.evidence.laboratory import Laboratory
    from niche.predictions.candidates import read_candidates
    from niche.predictions.making import choice, hashes, predictions
    from niche.predictions.table import check_new, write_predictions
    from niche.predictions.text import choice_text

    if given.action:
        raise NicheError(f"--choose and --write stand alone; {_USE}")
    if given.count < 1:
        raise NicheError(f"--count is a whole number from 1, got {given.count}")
    known = read_candidates()
    if given.write:
        if given.posterior != "calibrated":
            raise NicheError("only what the fitted model says is put on record: leave --posterior out, or --choose")
        made_of = hashes()
        known = check_new(known)
    found = choice(known, Laboratory(given.draws, given.seed, given.posterior), given.count)
    print(choice_text(found))
    if given.write:
        print(f"wrote {write_predictions(predictions(found.chosen, date.today(), *made_of))}")
    return 0
