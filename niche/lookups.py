"""Which entries of the big tables of `params/` were looked up: on what a result depends, noted where it is read.

A table is read whole, to be checked, though a claim uses a few of its entries. Files, folders and modules are noted
from outside (`compendium.run.trace_inputs`); what is used of a table only the table can tell.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from typing import TypeVar

T = TypeVar("T")

LOOKED_UP: set[tuple[str, str]] = set()  # (table, name); grows only
WHOLE: ContextVar[str] = ContextVar("whole", default="")
ANY = "*"


class Noted(Mapping[str, T]):
    """A table that notes the name of every entry that is looked up, and all of them if somebody goes through them.

    Asking for names (`in`, iteration) notes nothing: that a name is new or gone counts as a change for every reader.
    """

    def __init__(self, table: str, entries: Mapping[str, T]) -> None:
        self._table, self._entries = table, dict(entries)
        LOOKED_UP.add((table, ANY))

    def __getitem__(self, name: str) -> T:
        found = self._entries[name]
        LOOKED_UP.add((self._table, name))
        return found

    def __contains__(self, name: object) -> bool:
        return name in self._entries

    def __iter__(self) -> Iterator[str]:
        return iter(self._entries)

    def __len__(self) -> int:
        return len(self._entries)

    def __repr__(self) -> str:
        return repr(self._entries)


def plain(table: Mapping[str, T]) -> Mapping[str, T]:
    """The entries of a table without noting: for a check of what was given, whose answer is no part of a result."""
    return table._entries if isinstance(table, Noted) else table


@contextmanager
def whole(table: str) -> Iterator[None]:
    """The files of a table are opened in here to read all of it; its entries are noted one by one, later.

    "*" stands for every file: they are hashed, not used.
    """
    before = WHOLE.set(table)
    try:
        yield
    finally:
        WHOLE.reset(before)
