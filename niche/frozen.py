"""A mapping that nobody changes, and that can be pickled and copied, which Python's own read-only view cannot."""

from collections.abc import Iterator, Mapping
from typing import Any, TypeVar

K = TypeVar("K")
V = TypeVar("V")


class Frozen(Mapping[K, V]):
    """The entries of a mapping as they are now; what is done to that mapping later does not reach them."""

    __slots__ = ("_entries",)

    def __init__(self, entries: Mapping[K, V]) -> None:
        self._entries = dict(entries)

    def __getitem__(self, key: K) -> V:
        return self._entries[key]

    def __iter__(self) -> Iterator[K]:
        return iter(self._entries)

    def __len__(self) -> int:
        return len(self._entries)

    def __or__(self, other: Mapping[K, V]) -> dict[K, V]:
        return {**self._entries, **other}

    def __ror__(self, other: Mapping[K, V]) -> dict[K, V]:
        return {**other, **self._entries}

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self._entries!r})"

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), (self._entries,)
