"""Of the results of a run what is news, and what is the committed results once more but for the last digits."""

import json
import re
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import NamedTuple

from compendium.run.agree import disagreement

_HASHED = re.compile(rb'\bid="[a-z][0-9a-f]{10}"')


class Settled(NamedTuple):
    """What is to be written, and what was found.

    Attributes
    ----------
    contents
        every file by its place; one that agrees with the committed one has the committed bytes
    equal
        files whose bytes differ and that agree
    beyond
        in words, where a file disagrees with the committed one
    """

    contents: dict[Path, bytes]
    equal: list[Path]
    beyond: list[str]


def settle(contents: Mapping[Path, bytes], root: Path, read: Callable[[Path], bytes | None] | None = None) -> Settled:
    """Put the committed bytes in the place of new ones that agree with them (`compendium.run.agree`).

    Data are compared first: a picture agrees if its table and its drawing do, and in a text a number may be rounded
    the other way if all tables of its claim agree.

    Parameters
    ----------
    contents
        every file of a run, by its place below `root`
    read
        the committed bytes of a place, None if there are none; by itself what stands there
    """
    committed = {path: (read or _read)(path) for path in contents}
    found = Settled(dict(contents), [], [])
    agrees = dict[Path, bool]()
    for path in sorted(contents, key=_order):
        old, new = committed[path], contents[path]
        if old is None:
            agrees[path] = False
            continue
        if path.name == "manifest.json":
            new = found.contents[path] = _with_kept_tables(old, new, path.parent, agrees)
        said = disagreement(path.name, old, new, data_agree=_data_agree(path, agrees))
        if path.suffix == ".svg" and _HASHED.search(old) and not _HASHED.search(new):
            said = said or "its ids were hashes"
        if said and path.suffix == ".png" and _size(old) == _size(new):
            beside = [path.with_suffix(kind) for kind in (".csv", ".svg")]
            said = "" if all(agrees.get(one) for one in beside) else said
        agrees[path] = not said
        if said and ".csv_sha256:" not in said:  # of a table that is told itself
            found.beyond.append(f"{path.relative_to(root).as_posix()}: {said}")
        elif not said and old != new:
            found.contents[path] = old
            found.equal.append(path)
    return found


def _size(png: bytes) -> bytes:
    """Width and height of a picture, as its file begins."""
    return png[16:24]


def _read(path: Path) -> bytes | None:
    return path.read_bytes() if path.is_file() else None


def _order(path: Path) -> tuple[int, Path]:
    kinds = {".csv": 0, ".svg": 2, ".png": 3, ".ipynb": 5, ".md": 5}
    return kinds.get(path.suffix, 4), path


def _data_agree(path: Path, agrees: Mapping[Path, bool]) -> bool:
    """Whether the tables that a text or drawing is about agree: those of its claim, of a report all."""
    data = {one: yes for one, yes in agrees.items() if one.suffix == ".csv"}
    if path.suffix == ".ipynb":
        claim = path.stem.partition("_")[2]
        return all(yes for one, yes in data.items() if one.parent.name == claim)
    return all(yes for one, yes in data.items() if one.parent == path.parent or path.suffix == ".md")


def _with_kept_tables(old: bytes, new: bytes, folder: Path, agrees: Mapping[Path, bool]) -> bytes:
    """A new manifest that describes the tables as they are kept."""
    try:
        before, now = (json.loads(one)["figures"] for one in (old, new))
        content = json.loads(new)
    except (ValueError, KeyError, TypeError):
        return new
    for name in now:
        if agrees.get(folder / f"{name}.csv") and "csv_sha256" in before.get(name, {}):
            content["figures"][name]["csv_sha256"] = before[name]["csv_sha256"]
    return (json.dumps(content, indent=2, sort_keys=True, ensure_ascii=False) + "\n").encode()


def changes_in_words(found: Settled, most: int = 20) -> Iterator[str]:
    """What a person is told, line by line."""
    if found.equal:
        many = "files differ" if len(found.equal) > 1 else "file differs"
        yield f"equal, {len(found.equal)} {many} in the last digits; the committed bytes stay"
    yield from (f"differs: {line}" for line in found.beyond[:most])
    if len(found.beyond) > most:
        yield f"differs: {len(found.beyond) - most} more files"
