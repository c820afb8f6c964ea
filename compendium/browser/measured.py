"""What was ever measured, for the page: each measurement as a question, as `niche.support` has them.

The page looks for the nearest measurements by the same rule (`niche.supporting.distance`): groups of what is alike,
costs and bounds travel as data, so that none of them is written twice. Texts are kept once, and named by their place.
"""

import math
from collections.abc import Mapping, Sequence
from typing import Any

from niche.atoms.build import SITE
from niche.experiment.protocol import LIGANDS
from niche.model.observables import OBSERVABLES
from niche.params.layers import read_registry
from niche.supporting import distance
from niche.supporting.beyond import plural
from niche.supporting.groups import OWN, Groups, read_groups
from niche.supporting.questions import CULTURE, IN_BONE, Asked, Given, asked
from niche.supporting.words import cited, found

_COLUMNS = (
    *("system", "strain", "tumour", "bone", "place", "read_out"),
    *("lasting", "onset", "ended", "done", "around", "against_none"),
    *("atom", "paper", "found"),
)


class Texts:
    """Texts, each kept once."""

    def __init__(self) -> None:
        self.all: list[str] = []
        self._places: dict[str, int] = {}

    def place(self, text: str) -> int:
        """The place of a text, which is kept if it is new."""
        if text not in self._places:
            self._places[text] = len(self.all)
            self.all.append(text)
        return self._places[text]


def measured(of: Sequence[Asked] | None = None) -> dict[str, Any]:
    """Measurements as questions, ready for JSON, and the rule by which they are held against another.

    Trials are not among them: they are predicted by virtual patients, whom the page has not.

    Parameters
    ----------
    of
        None: all that hosts are simulated for

    Returns
    -------
    dict
        "texts", "rows" (places of texts and numbers, in the order of "columns"), "read_outs", "treatments" and
        "tumours" (what each is like), "rule" (costs and bounds)
    """
    texts, groups = Texts(), read_groups()
    some = asked() if of is None else of
    rows = [_row(one, texts) for one in some]
    return {
        "columns": list(_COLUMNS),
        "texts": texts.all,
        "rows": rows,
        **_groups(some, groups),
        "many": {name: plural(name) for name in read_registry().systems},
        "rule": {
            "cost": dict(distance.COST),
            "dose": _steps(distance.DOSE),
            "time": _steps(distance.TIME),
            "tests": distance.TESTS,
            "late": distance.LATE,
            "over": distance.OVER,
            "soon": distance.SOON,
            "rodents": list(distance.RODENTS),
            "in_bone": list(IN_BONE),
            "site": SITE,
            "own": OWN,
            "culture": CULTURE,
        },
    }


def _row(one: Asked, texts: Texts) -> list[Any]:
    q, place = one.question, texts.place
    onset = None if q.onset is None else _number(q.onset)
    return [
        *map(place, (q.system, q.strain, q.tumour, q.bone, q.place, q.read_out)),
        _number(q.lasting),
        onset,
        _number(q.ended),
        [_given(each, texts) for each in q.done],
        [_given(each, texts) for each in q.around],
        int(q.against_none),
        *map(place, (one.atom.name, cited(one.atom.paper), found(one.atom))),
    ]


def _given(one: Given, texts: Texts) -> list[Any]:
    amount = None if one.amount is None else _number(one.amount)
    return [texts.place(one.kind), texts.place(one.name), amount, texts.place(one.unit), texts.place(one.said)]


def _number(value: float) -> float | str:
    """A number as JSON has it; "inf" for one without end."""
    return "inf" if math.isinf(value) else float(value)


def _steps(steps: Sequence[tuple[float, float]]) -> list[list[float | str]]:
    return [[_number(bound), cost] for bound, cost in steps]


def _groups(some: Sequence[Asked], groups: Groups) -> Mapping[str, Any]:
    """What each read-out, treatment and tumour line is like, of all that the page offers or a measurement has."""
    book = read_registry()
    given = {each.name for one in some for each in (*one.question.done, *one.question.around)}
    given |= {"stress", *LIGANDS, *book.drugs, *book.conditions}
    tumours = {one.question.tumour for one in some} | set(book.lines)
    read_outs = {one.question.read_out for one in some} | set(OBSERVABLES)
    return {
        "read_outs": {name: [(one := groups.read_out(name)).kind, sorted(one.same)[0]] for name in sorted(read_outs)},
        "treatments": {name: groups.treatment(name) for name in sorted(given)},
        "tumours": {name: list(groups.tumour(name)) for name in sorted(tumours - {""})},
    }
