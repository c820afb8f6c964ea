"""What the last bits of a simulation depend on besides what was asked: this package, its numbers, three libraries."""

import platform
from functools import lru_cache
from importlib.metadata import PackageNotFoundError, version

import niche
from niche.params.posterior import posterior_digest
from niche.params.records import root
from niche.provenance import Tables, code_digest, digest

_LIBRARIES = ("numpy", "scipy", "numba")
_TABLES = ("model", "systems", "lines", "drugs", "conditions", "kinetics", "coupling")
_CHUNK = "compendium.sweep.chunks"  # what each process does with a chunk


@lru_cache(maxsize=1)
def identity() -> dict[str, str]:
    """Version of niche, hashes of its code and of params/, versions of Python and of the libraries that compute.

    Two processes whose answers differ here may differ in the last bits, so their shards are never put together.
    Not in it is the processor: the libraries choose instructions by its kind.
    """
    found = {"niche": niche.__version__, "code": code_digest(_CHUNK), "params": _numbers()}
    return found | {"python": ".".join(platform.python_version_tuple()[:2])} | {n: _version(n) for n in _LIBRARIES}


def differs(one: dict[str, str], other: dict[str, str]) -> str:
    """What differs between two identities, in words; "" if nothing does."""
    names = [name for name in {**one, **other} if one.get(name) != other.get(name)]
    return ", ".join(f"{name} {one.get(name, 'unknown')} against {other.get(name, 'unknown')}" for name in names)


def _numbers() -> str:
    """Of all entries of params/ that a host can be made of, with the draws; words about them are no part."""
    tables = Tables(root())
    entries = {t: {name: tables.entry(t, name, words=False) for name in tables.table(t)} for t in _TABLES}
    return digest([entries, posterior_digest()])


def _version(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:
        return "none"
