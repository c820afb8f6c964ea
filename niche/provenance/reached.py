"""Which definitions a function reaches: its own, those whose names it uses, theirs, and so on; nothing is run."""

import ast
from collections.abc import Collection, Iterable

from niche.provenance.digests import digest
from niche.provenance.sources import Module, Sources, Statement, Target, installed


def reached_code(*starts: str, sources: Sources | None = None, without: Collection[str] = ()) -> dict[str, str]:
    """By module, a short hash of those of its definitions that are reached.

    Parameters
    ----------
    starts
        modules, as "niche.evidence.laboratory", or single definitions, as "niche.units:factor"
    without
        modules and packages that are not followed, because what they do is known to be no part of the result

    Raises
    ------
    ValueError
        for a start that is not there: a hash of nothing would never be stale
    """
    walk = _Walk(sources or installed(), tuple(without))
    for start in starts:
        module, _, name = start.partition(":")
        if (found := walk.sources.module(module)) is None or (name and name not in {*found.units, *found.bound}):
            raise ValueError(f"provenance: there is no {start}")
        walk.reach((module, name))
    return walk.digests()


def reached_text(text: str, *, sources: Sources | None = None) -> dict[str, str]:
    """The same for a piece of code outside the packages, such as the cells of a notebook."""
    walk = _Walk(sources or installed(), ())
    alone = Module("", walk.sources.base / "cells.py", ast.parse(text), None)
    for units in [*alone.units.values()]:
        for unit in units:
            walk.follow(alone, unit)
    for target in alone.bound.values():
        walk.effects(target[0])
    return walk.digests()


def code_digest(*starts: str, sources: Sources | None = None, without: Collection[str] = ()) -> str:
    """One hash of all that `reached_code` finds."""
    return digest(reached_code(*starts, sources=sources, without=without))


class _Walk:
    """What was reached so far."""

    def __init__(self, sources: Sources, without: tuple[str, ...]) -> None:
        self.sources, self._without = sources, without
        self._seen: set[Target] = set()
        self._found: dict[str, set[tuple[str, str]]] = {}

    def digests(self) -> dict[str, str]:
        return {module: digest(sorted(found)) for module, found in sorted(self._found.items())}

    def reach(self, target: Target) -> None:
        """A definition of a module; "" is all of the module."""
        waiting = [target]
        while waiting:
            one = waiting.pop()
            if one not in self._seen and not self._left_out(one[0]):
                self._seen.add(one)
                waiting += self._next(one)

    def follow(self, module: Module, unit: Statement) -> None:
        """All that one statement uses."""
        for target in self._targets(module, unit):
            self.reach(target)

    def effects(self, name: str) -> None:
        """What is done when a module is imported."""
        self.reach((name, " import"))

    def _left_out(self, module: str) -> bool:
        return any(module == one or module.startswith(f"{one}.") for one in self._without)

    def _next(self, target: Target) -> list[Target]:
        name, wanted = target
        module = self.sources.module(name)
        if module is None:
            return []
        if wanted == " import":
            parent = name.rpartition(".")[0]
            return [*([(parent, wanted)] if parent else []), *self._take(module, "", module.units[""])]
        found: list[Target] = [(name, " import")]
        if wanted == "":
            for defined, units in module.units.items():
                found += self._take(module, defined, units)
            return found + [self._plain(one) for one in module.bound.values()]
        if wanted in module.units:
            return found + self._take(module, wanted, module.units[wanted])
        if wanted in module.bound:
            return [*found, self._plain(module.bound[wanted])]
        return found + self._take(module, "__getattr__", module.units.get("__getattr__", []))

    def _take(self, module: Module, name: str, units: Iterable[Statement]) -> list[Target]:
        found: list[Target] = []
        for unit in units:
            self._found.setdefault(module.name, set()).add((name, unit.text))
            found += self._targets(module, unit)
        return found

    def _targets(self, module: Module, unit: Statement) -> list[Target]:
        bound = module.bound | unit.bound
        found = [self._asked(bound[path[0]], path[1:]) for path in unit.names if path[0] in bound]
        found += [(module.name, path[0]) for path in unit.names if path[0] in module.units]
        # An import inside of a function whose name is then not used is for what it does.
        found += [(target[0], " import") for target in unit.bound.values()]
        for mentioned in unit.mentioned:
            found += self._mentioned(module, mentioned)
        return found

    def _asked(self, target: Target, path: tuple[str, ...]) -> Target:
        """What `name.path` is, where `name` is bound to a target."""
        module, name = self._plain(target)
        for part in path:
            if name:  # an attribute of a definition
                break
            below = f"{module}.{part}"
            known = self.sources.module(module)
            if known is not None and (part in known.units or part in known.bound):
                module, name = self._plain((module, part))
            elif self.sources.module(below) is not None:
                module = below
            else:
                name = part
        return module, name

    def _plain(self, target: Target) -> Target:
        """A module imported by `from package import module` as the module itself."""
        module, name = target
        known = self.sources.module(module)
        if not name or (known is not None and (name in known.units or known.bound.get(name, target) != target)):
            return target
        below = f"{module}.{name}"
        return (below, "") if self.sources.module(below) is not None else target

    def _mentioned(self, module: Module, text: str) -> list[Target]:
        if text.endswith(".py"):  # a file that is read as text: one of the same folder
            place = module.name if module.package else module.name.rpartition(".")[0]
            return [(f"{place}.{text.removesuffix('.py')}", "")]
        if text.endswith("."):  # any module of a package, chosen later
            return [(name, "") for name in self.sources.inside(text.removesuffix("."))]
        parts = text.split(".")
        for cut in range(len(parts), 1, -1):
            if self.sources.module(".".join(parts[:cut])) is not None:
                return [self._plain((".".join(parts[:cut]), parts[cut] if cut < len(parts) else ""))]
        return []
