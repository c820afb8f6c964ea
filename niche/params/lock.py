"""The lock of what was fixed before the first fit: a hash of each frozen table, and of all of them by date."""

import json
from functools import lru_cache
from pathlib import Path
from typing import Any

from niche.errors import NicheError
from niche.params.records import root

LOCK = "lock.json"


@lru_cache(maxsize=2)
def read_lock(folder: Path | None = None) -> dict[str, Any]:
    """The lock. Raises `NicheError` where nothing was frozen yet."""
    file = (folder or root() / "frozen") / LOCK
    try:
        return dict(json.loads(file.read_text(encoding="utf-8")))
    except FileNotFoundError:
        raise NicheError(f"{file} is missing: nothing is frozen yet; run 'niche freeze --why ...'") from None
    except ValueError as error:
        raise NicheError(f"{file} is not readable ({error})") from None


def locked(folder: Path | None = None) -> str:
    """The hash of the last freeze. Whether tables moved since is not looked at: `niche.inference.freeze` does that."""
    return str(read_lock(folder)["history"][-1]["hash"])


def refuse_other_freeze(path: Path, rests_on: str, freeze: str) -> None:
    """Raise `NicheError` if a fit rests on the tables of another freeze."""
    if rests_on != freeze:
        raise NicheError(
            f"{path} rests on the freeze {rests_on[:12]}, and the tables of params/ are those of "
            f"{freeze[:12]}: its draws say nothing of them. Run 'niche fit'"
        )
