"""Results put in their place: all prepared first, then moved in one go, and what is the same already is not touched."""

import os
import shutil
from collections.abc import Collection, Iterable, Mapping
from pathlib import Path

from compendium.run.stop import held_back
from niche.errors import NicheError
from niche.files import write_together


def files(folder: Path) -> dict[Path, bytes]:
    """Every file under a folder, by its path from there."""
    return {path.relative_to(folder): path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()}


def put_in_place(contents: Mapping[Path, bytes], near: Path, remove: Iterable[Path] = ()) -> list[Path]:
    """`niche.files.write_together`, with signals that ask to stop held back until all is in its place."""
    return write_together(contents, near, remove, held_back(late=True))


def refuse_unwritable(folders: Iterable[Path]) -> None:
    """Raise `NicheError` if results could not be put in one of these folders, before anything is computed."""
    for folder in folders:
        if folder.exists() and not (folder.is_dir() and os.access(folder, os.W_OK | os.X_OK)):
            raise NicheError(f"{folder} cannot be written to; the results would go there")


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


def tidy_folder(folder: Path) -> None:
    """Remove a scratch folder; what cannot be removed stays."""
    shutil.rmtree(folder, ignore_errors=True)
