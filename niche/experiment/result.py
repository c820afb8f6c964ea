"""What happened to hosts: a labelled table that xarray can save, read by the field's own names."""

from collections.abc import Hashable
from html import escape
from importlib import import_module
from typing import Any

import xarray as xr

from niche.errors import NicheError

# Who says what measurements have to say: named and not imported, so that nothing here knows of papers.
SUPPORT = "niche.supporting.of_result"


def variable_name(name: str) -> str:
    """The name under which a read-out stands in a file: BV/TV as BV_TV, because files take a slash for a folder."""
    return name.replace("/", "_")


def named_as(data: xr.Dataset, name: Any) -> Any:
    """The name of a variable of a table, as it stands there, for a name as the field writes it; else the name given."""
    if isinstance(name, str) and name not in data.variables and variable_name(name) in data.variables:
        return variable_name(name)
    return name


class Result(xr.Dataset):
    """An `xarray.Dataset` whose variables may also be asked for as the field writes them.

    `result["BV/TV"]` and `result.BV_TV` are the same variable, whose attribute `long_name` is "BV/TV". It is saved and
    read as any other Dataset; `Result.of(xarray.open_dataset(file))` reads a saved one by the field's names again.
    """

    __slots__ = ()

    @classmethod
    def of(cls, table: xr.Dataset) -> "Result":
        """A table that was saved, or that xarray made of several, as a `Result`."""
        return cls(table.data_vars, table.coords, table.attrs)

    def evidence(self) -> list[str]:
        """Sentences: which read-outs measurements test, and what lies beyond all that was measured. Slow the first time
        (seconds: all papers are read); empty for a table that does not say what was done to whom."""
        try:
            return list(import_module(SUPPORT).lines(self))
        except NicheError as error:  # a result can be looked at whatever is wrong with the papers
            return [f"Evidence: not known ({error})"]

    def __repr__(self) -> str:
        return "\n".join([super().__repr__(), *self.evidence()])

    def _repr_html_(self) -> str:
        said = "".join(f"<p>{escape(line)}</p>" for line in self.evidence())
        return str(super()._repr_html_()) + said

    def __getitem__(self, key: Any) -> Any:
        """A variable by either of its names, or some of them as a table."""
        if isinstance(key, list | tuple):
            return super().__getitem__([named_as(self, one) for one in key])
        return super().__getitem__(named_as(self, key))

    def __contains__(self, key: object) -> bool:
        """Whether there is a variable of that name, as the field or as a file writes it."""
        return super().__contains__(key) or super().__contains__(named_as(self, key))

    def __setitem__(self, key: Any, value: Any) -> None:
        """Put a variable in the place of one that is there under either name, or add it."""
        super().__setitem__(named_as(self, key) if isinstance(key, Hashable) else key, value)
