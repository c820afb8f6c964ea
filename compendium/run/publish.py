"""Results put in their place: all prepared first, then moved in one go, and what is the same already is not touched."""

import os
import shutil
import tempfile
from collections.abc import Collection, Iterable, Mapping
from contextlib import suppress
from pathlib import Path

from compendium.run.stop import held_back
from niche.errors import NicheError


def files(folder: Path) -> dict[Path, bytes]:
    """Every file under a folder, by its path from there."""
    return {path.relative_to(folder): path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()}


def put_in_place(contents: Mapping[Path, bytes], near: Path, remove: Iterable[Path] = ()) -> list[Path]:
    """Write `contents` (by path) and delete `remove`; returns the paths that changed.

    near : a folder on the same file system, not looked at by anybody, in which the new files are prepared: nothing
        is changed until all of them are complete, and then each is moved over the old one, whole
    raises : OSError if one cannot be put in its place; those that were are put back as they were
    """
    changed = {path: data for path, data in contents.items() if not _is(path, data)}
    gone = [path for path in remove if path.is_file()]
    near.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=".publish-", dir=near) as stage:
        ready = {}
        for number, (path, data) in enumerate(changed.items()):
            ready[path] = Path(stage) / str(number)
            ready[path].write_bytes(data)
            path.parent.mkdir(parents=True, exist_ok=True)
        with held_back(late=True):
            _all_or_none(ready, gone)
    return [*changed, *gone]


def _all_or_none(ready: Mapping[Path, Path], gone: Iterable[Path]) -> None:
    """Move files over others and delete some; if one step fails, undo those before it."""
    before: dict[Path, bytes | None] = {}
    try:
        for path, prepared in ready.items():
            former = path.read_bytes() if path.exists() else None
            prepared.replace(path)
            before[path] = former
        for path in gone:
            former = path.read_bytes()
            path.unlink()
            before[path] = former
    except OSError:
        for path, data in before.items():
            with suppress(OSError):
                path.unlink(missing_ok=True) if data is None else path.write_bytes(data)
        raise


def refuse_unwritable(folders: Iterable[Path]) -> None:
    """Raise `NicheError` if results could not be put in one of these folders, before anything is computed."""
    for folder in folders:
        if folder.exists() and not (folder.is_dir() and os.access(folder, os.W_OK | os.X_OK)):
            raise NicheError(f"{folder} cannot be written to; the results would go there")


def _is(path: Path, data: bytes) -> bool:
    return path.is_file() and path.read_bytes() == data


def refuse_paths(contents: Mapping[Path, bytes], folders: Collection[Path]) -> None:
    """Raise `NicheError` if a file names one of these folders: it would be another file on another machine."""
    for path, data in contents.items():
        for folder in folders:
            before, found, after = data.partition(str(folder).encode())
            if found:
                line = (before.rpartition(b"\n")[2] + found + after.partition(b"\n")[0]).decode(errors="replace")
                said = line.strip()
                raise NicheError(
                    f"{path.name} names a folder of this machine, so it would differ on another: "
                    f"{said if len(said) < 200 else str(folder)}"
                )


def refuse_folder(folder: Path, root: Path) -> None:
    """Raise `NicheError` if results written to `folder` would mix with the committed ones."""
    place, root = folder.resolve(), root.resolve()
    taken = [root / name for name in ("notebooks", "figures", "params", "niche", "compendium", "tests")]
    if place == root or any(place == other or other in place.parents for other in taken):
        raise NicheError(f"--output {folder}: the committed results are there; name another folder")
    if folder.exists() and not folder.is_dir():
        raise NicheError(f"--output {folder}: this is a file; name a folder")


def tidy(folder: Path) -> None:
    """Remove a scratch folder; what cannot be removed stays."""
    shutil.rmtree(folder, ignore_errors=True)
