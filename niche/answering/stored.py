"""params/answers.json: what the fit says of each proposition, kept with the hash of what was frozen before it."""

import json
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any

import msgspec
import numpy as np

from niche.answering.check import check_answer
from niche.answering.coverage_record import CoverageAnswer
from niche.answering.mechanism import unasked
from niche.answering.records import AnswerFile, FittedAnswer
from niche.errors import NicheError, shown, unknown
from niche.files import write_whole
from niche.inference.freeze import freeze_hash
from niche.params.lock import locked
from niche.params.records import root
from niche.params.schema import parse
from niche.params.yaml_files import Spot
from niche.propositions.reading import read_propositions

FILE = "answers.json"
_DIGITS = 5


@lru_cache(maxsize=2)
def read_answers(folder: Path | None = None) -> AnswerFile:
    """The stored answers; without a file, none of any proposition.

    Raises
    ------
    NicheError
        with file and key: text that is no JSON, an unknown key, word or proposition with the nearest name, a word that
        the numbers beside it do not carry, answers that rest on another freeze
    """
    file = (folder or root()) / FILE
    try:
        content = json.loads(file.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return AnswerFile(freeze=_frozen(), propositions={})
    except ValueError as error:  # no JSON, or no UTF-8
        raise NicheError(f"{FILE} is not readable as JSON ({error}); make it again from the fit") from None
    found = parse(AnswerFile, content, FILE)
    if found.freeze != _frozen():
        raise NicheError(
            f"{FILE}, freeze: {found.freeze!r} is another freeze than that of params/frozen ({_frozen()!r}): its "
            "answers rest on other atoms or rules. Fit again, and write the answers of that fit"
        )
    return _checked(found)


def write_answers(
    answers: Mapping[str, FittedAnswer],
    *,
    fit: str = "",
    verified: Mapping[str, tuple[int, int]] | None = None,
    coverage: CoverageAnswer | None = None,
    folder: Path | None = None,
) -> Path:
    """Write the answers of a fit, all or nothing; returns the file.

    Parameters
    ----------
    answers
        by proposition, such as "05a"; those that are missing are said to be not yet computed
    fit
        hash of the posterior
    verified
        by claim, how many published numbers the code gives as printed, of how many
    coverage
        of papers that were left out

    Raises
    ------
    NicheError
        as `read_answers`; or if a frozen table moved
    """
    given = AnswerFile(freeze_hash(), dict(sorted(answers.items())), fit, dict(verified or {}), coverage)
    content = _rounded(msgspec.to_builtins(given, enc_hook=_plain))
    _checked(parse(AnswerFile, content, FILE))
    text = json.dumps(content, indent=1, ensure_ascii=False, allow_nan=False) + "\n"
    read_answers.cache_clear()
    return write_whole((folder or root()) / FILE, text)


def _frozen() -> str:
    """The hash of the lock; that the tables are those of the lock is tested with them, since it takes seconds."""
    return locked()


def _checked(found: AnswerFile) -> AnswerFile:
    known, spot = read_propositions(), Spot(FILE)
    for name, answer in found.propositions.items():
        here = spot.at("propositions", name)
        if name not in known:
            raise here.error(unknown("proposition", name, known))
        one = known[name]
        if unasked(one) and answer.mechanism.word != "untested":
            raise here.at("mechanism", "word").error(
                f"{answer.mechanism.word!r} of what cannot be asked: {unasked(one)}"
            )
        check_answer(answer, one.asserts, here)
    return found


def _plain(value: Any) -> Any:
    """A number of NumPy as Python's own."""
    if isinstance(value, np.generic):
        return value.item()
    raise NicheError(f"an answer holds numbers, text and lists of them, got {shown(value)}")


def _rounded(value: object) -> object:
    """Numbers as they are kept: so many digits, so that another machine's last bits make no other file."""
    if isinstance(value, float):
        return float(f"{value:.{_DIGITS}g}")
    if isinstance(value, dict):
        return {key: _rounded(one) for key, one in value.items()}
    if isinstance(value, list | tuple):
        return [_rounded(one) for one in value]
    return value
