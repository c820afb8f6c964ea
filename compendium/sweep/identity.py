"""What the last bits of a simulation depend on besides what was asked: this package, its numbers, three libraries."""

import ast
import hashlib
import platform
from functools import lru_cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import niche
from niche.inference.manifest import code_hash
from niche.params.records import root

_LIBRARIES = ("numpy", "scipy", "numba")
_FOLDERS = ("model", "systems", "lines", "drugs", "conditions", "kinetics", "coupling", "posterior")
_PACKAGE = Path(niche.__file__).parent


@lru_cache(maxsize=1)
def identity() -> dict[str, str]:
    """Version of niche, hashes of its code and of params/, versions of Python and of the libraries that compute.

    Two processes whose answers differ here may differ in the last bits, so their shards are never put together.
    Not in it is the processor: the libraries choose instructions by its kind.
    """
    found = {"niche": niche.__version__, "code": code_hash(*_modules())[:16], "params": _numbers()[:16]}
    return found | {"python": ".".join(platform.python_version_tuple()[:2])} | {n: _version(n) for n in _LIBRARIES}


def differs(one: dict[str, str], other: dict[str, str]) -> str:
    """What differs between two identities, in words; "" if nothing does."""
    names = [name for name in {**one, **other} if one.get(name) != other.get(name)]
    return ", ".join(f"{name} {one.get(name, 'unknown')} against {other.get(name, 'unknown')}" for name in names)


def _modules() -> list[str]:
    """Every module of niche that a chunk imports, directly or not, and those that the compiled solver is made of."""
    found = {f"model/{file.stem}" for file in (_PACKAGE / "model").glob("*.py")} | {
        "evidence/laboratory",
        "experiment/solution",
    }
    found |= {f"solver/{name}" for name in ("integrator", "lanes", "straight")}
    waiting = list(found)
    while waiting:
        tree = ast.parse((_PACKAGE / f"{waiting.pop()}.py").read_text(encoding="utf-8"))
        for name in _imported(tree):
            for path in (name.replace(".", "/"), f"{name.replace('.', '/')}/__init__".lstrip("/")):
                if path not in found and (_PACKAGE / f"{path}.py").is_file() and path != "__init__":
                    found.add(path)
                    waiting.append(path)
    return sorted(found)


def _imported(tree: ast.AST) -> set[str]:
    """Names under `niche` that a module imports, at its top or later."""
    found = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found |= {one.name for one in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found |= {node.module, *(f"{node.module}.{one.name}" for one in node.names)}
    return {name.removeprefix("niche.") for name in found if name.startswith("niche.")}


def _numbers() -> str:
    digest = hashlib.sha256()
    for folder in _FOLDERS:
        for file in sorted((root() / folder).glob("*.*")):
            digest.update(f"{folder}/{file.name}\n".encode() + file.read_bytes().replace(b"\r\n", b"\n"))
    return digest.hexdigest()


def _version(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:
        return "none"
