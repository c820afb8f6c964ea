"""Modules as definitions: what each says without comments and docstrings, and which names it uses."""

import ast
import re
from collections.abc import Iterator
from functools import cache, cached_property
from pathlib import Path
from typing import NamedTuple

from niche.lookups import ANY, whole
from niche.provenance.digests import digest

PACKAGES = ("niche", "compendium")
_MODULE = re.compile(rf"\b(?:{'|'.join(PACKAGES)})(?:\.\w+)+\.?")  # a module that is named in a text
_NO_CHANGE = ("ctx", "kind", "type_comment")
_NAMED = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)

Target = tuple[str, str]  # a module, and a name in it; "" is the module itself


class Statement(NamedTuple):
    """One statement at the top of a module.

    Attributes
    ----------
    text
        a hash of it without comments and docstrings
    names
        what it uses, each a name with the attributes that are asked of it, as ("np", "exp")
    bound
        what imports inside of it bind
    mentioned
        modules and files that it names in a text
    """

    text: str
    names: frozenset[tuple[str, ...]]
    bound: dict[str, Target]
    mentioned: frozenset[str]


class Module:
    """A module read, and not run.

    Attributes
    ----------
    units
        by the name that is defined, the statements that define it; under "" what is done when it is imported
    bound
        what its imports bind; of a package with a stub (`__init__.pyi`) also what the stub says
    """

    def __init__(self, name: str, file: Path, tree: ast.Module, stub: ast.Module | None) -> None:
        self.name, self.file, self.package = name, file, file.stem == "__init__"
        self.units: dict[str, list[Statement]] = {"": []}
        self.bound: dict[str, Target] = {}
        for node in stub.body if stub else ():
            self.bound |= self._bindings(node)
        for node in _without_docstring(tree.body):
            self._add(node)

    def _add(self, node: ast.stmt) -> None:
        if isinstance(node, ast.If) and ast.unparse(node.test) in ("TYPE_CHECKING", "__name__ == '__main__'"):
            return
        if isinstance(node, ast.Import | ast.ImportFrom):
            self.bound |= self._bindings(node)
            return
        unit, names = self.unit(node), _defined(node)
        for name in names:
            self.units.setdefault(name, []).append(unit)
        if not isinstance(node, (*_NAMED, ast.Assign, ast.AnnAssign)) or not names:
            self.units[""].append(unit)
            self.bound |= unit.bound  # imports inside of `try` or `if`

    def unit(self, node: ast.stmt) -> Statement:
        """One statement."""
        bound: dict[str, Target] = {}
        for inner in ast.walk(node):
            bound |= self._bindings(inner)
        words = [one.value for one in _constants(node) if isinstance(one.value, str)]
        mentioned = {found for word in words for found in _MODULE.findall(word)}
        mentioned |= {word for word in words if word.endswith(".py") and "/" not in word}
        return Statement(digest(canonical(node)), frozenset(_used(node)), bound, frozenset(mentioned))

    def _bindings(self, node: ast.AST) -> dict[str, Target]:
        if isinstance(node, ast.Import):
            ours = [one for one in node.names if one.name.partition(".")[0] in PACKAGES]
            return {
                one.asname or one.name.partition(".")[0]: (one.name if one.asname else _top(one), "") for one in ours
            }
        if isinstance(node, ast.ImportFrom):
            base = self._from(node)
            if base.partition(".")[0] in PACKAGES:
                return {one.asname or one.name: (base, one.name) for one in node.names}
        return {}

    def _from(self, node: ast.ImportFrom) -> str:
        """The module that names are imported from, whole if it was said by dots."""
        if not node.level:
            return node.module or ""
        parts = self.name.split(".")
        parts = parts[: len(parts) - node.level + self.package]
        return ".".join([*parts, *([node.module] if node.module else [])])


class Sources:
    """The packages below a folder, each module read when it is first asked for.

    Attributes
    ----------
    base
        the folder that holds `niche` and `compendium`
    now
        read all files at once, so that what is edited later is not seen
    """

    def __init__(self, base: Path, *, now: bool = False) -> None:
        self.base = base
        self._read: dict[str, Module | None] = {}
        self._texts: dict[Path, str] | None = None
        if now:
            files = [file for package in PACKAGES for file in (base / package).rglob("*.py*")]
            with whole(ANY):  # hashed, not used
                self._texts = {
                    file: file.read_text(encoding="utf-8") for file in files if file.suffix in (".py", ".pyi")
                }

    def module(self, name: str) -> Module | None:
        """A module by its name, or None if there is none."""
        if name not in self._read:
            self._read[name] = self._parse(name)
        return self._read[name]

    def inside(self, package: str) -> list[str]:
        """Every module below a package, by name."""
        folder = self.base.joinpath(*package.split("."))
        with whole(ANY):
            return sorted(_dotted(file.relative_to(self.base)) for file in folder.rglob("*.py"))

    @cached_property
    def names(self) -> list[str]:
        """Every module there is."""
        return [name for package in PACKAGES for name in self.inside(package)]

    def _parse(self, name: str) -> Module | None:
        place = self.base.joinpath(*name.split("."))
        for file in (place.with_suffix(".py"), place / "__init__.py"):
            text, stub = self._text(file), self._text(file.with_suffix(".pyi"))
            if text is not None:
                return Module(name, file, ast.parse(text), ast.parse(stub) if stub is not None else None)
        return None

    def _text(self, file: Path) -> str | None:
        if self._texts is not None:
            return self._texts.get(file)
        with whole(ANY):  # hashed, not used
            return file.read_text(encoding="utf-8") if file.is_file() else None


@cache
def installed() -> Sources:
    """The code that runs now, as it stood when it was first asked for."""
    return Sources(Path(__file__).resolve().parents[2])


def source_digest(text: str) -> str:
    """A short hash of a piece of code without comments, docstrings and layout."""
    return digest(canonical(ast.parse(text)))


def canonical(node: object) -> str:
    """The text of a syntax tree without comments, docstrings and layout, the same in each version of Python."""
    if isinstance(node, ast.AST):
        parts = []
        for field in node._fields:
            value = getattr(node, field, None)
            if field == "body" and isinstance(node, (*_NAMED, ast.Module)):
                value = _without_docstring(node.body)
            if value is not None and value != [] and field not in _NO_CHANGE:
                parts.append(f"{field}={canonical(value)}")
        return f"{type(node).__name__}({','.join(parts)})"
    return f"[{','.join(map(canonical, node))}]" if isinstance(node, list) else repr(node)


def _without_docstring(body: list[ast.stmt]) -> list[ast.stmt]:
    first = body[0] if body else None
    said = isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant) and isinstance(first.value.value, str)
    return body[1:] if said else body


def _constants(node: ast.AST) -> Iterator[ast.Constant]:
    """Every constant, but for docstrings."""
    if isinstance(node, ast.Constant):
        yield node
    for field, value in ast.iter_fields(node):
        inner = _without_docstring(value) if field == "body" and isinstance(node, _NAMED) else value
        for one in inner if isinstance(inner, list) else [inner]:
            if isinstance(one, ast.AST):
                yield from _constants(one)


def _used(node: ast.AST) -> Iterator[tuple[str, ...]]:
    """Every name, with the attributes that are asked of it."""
    path: tuple[str, ...] = ()
    while isinstance(node, ast.Attribute):
        path, node = (node.attr, *path), node.value
    if isinstance(node, ast.Name):
        yield (node.id, *path)
        return
    for inner in ast.iter_child_nodes(node):
        yield from _used(inner)


def _defined(node: ast.stmt) -> list[str]:
    """The names that a statement binds at the top of a module."""
    if isinstance(node, _NAMED):
        return [node.name]
    stored = [one for one in ast.walk(node) if isinstance(one, ast.Name) and isinstance(one.ctx, ast.Store)]
    inner = [one.name for one in ast.walk(node) if isinstance(one, _NAMED)]
    return [*dict.fromkeys([*(one.id for one in stored), *inner])]


def _top(one: ast.alias) -> str:
    return one.name.partition(".")[0]


def _dotted(path: Path) -> str:
    parts = path.with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)
