"""What the papers say of each proposition, without any model."""

import argparse
import json
from typing import Any


def add(commands: Any) -> None:
    """Tell the parser of this command."""
    about = "say what the papers alone say of each proposition: arrows, sign test, pool, certainty, a word"
    one = commands.add_parser(
        "evidence",
        help=about,
        description=about.capitalize() + ".",
        epilog="Nothing is simulated. docs/evidence-answers.md says how an answer is reached.",
    )
    one.add_argument(
        "propositions", nargs="*", metavar="PROPOSITION", help="such as 05a, with all it is made of (default: a table)"
    )
    one.add_argument("--json", action="store_true", help="print JSON instead of text")
    one.set_defaults(run=_evidence)


def _evidence(given: argparse.Namespace) -> int:
    from niche.propositions.answer import evidence_answer, evidence_answers
    from niche.propositions.text import as_json, details, table

    named = dict.fromkeys(given.propositions)
    answers = [evidence_answer(name) for name in named] if named else evidence_answers()
    if given.json:
        print(json.dumps([as_json(one) for one in answers], indent=1, ensure_ascii=False, allow_nan=False))
    elif named:
        print("\n\n".join(details(one) for one in answers))
    else:
        print(table(answers))
    return 0
