"""Files that are replaced whole: each is written beside its place and renamed, so that nobody ever sees half of one."""

import errno
import os
import secrets
import tempfile
from collections.abc import Iterable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager, nullcontext, suppress
from pathlib import Path

from niche.errors import NicheError

_FULL = (errno.ENOSPC, getattr(errno, "EDQUOT", errno.ENOSPC))


def write_whole(path: Path, content: bytes | str, *, sync: bool = False) -> Path:
    """Write a file, all of it or nothing; returns its path.

    Parameters
    ----------
    content
        text is written as UTF-8 with newlines as they are
    sync
        wait until the disk has it, so that a power cut leaves the old file or the new one

    Raises
    ------
    NicheError
        if the disk is full; the old file is then as it was
    OSError
        as `open` does; the old file is then as it was
    """
    with prepared(path) as beside, beside.open("wb") as file:
        file.write(_bytes(content))
        if sync:
            file.flush()
            os.fsync(file.fileno())
    return path


@contextmanager
def prepared(path: Path) -> Iterator[Path]:
    """A path beside `path` for other programs to write to, which takes its place in the end, or goes on an error.

    Raises
    ------
    NicheError
        if the disk is full
    """
    beside = path.with_name(f".{path.name}.{secrets.token_hex(6)}")
    try:
        yield beside
        beside.replace(path)
    except BaseException as error:
        with suppress(OSError):
            beside.unlink(missing_ok=True)
        if isinstance(error, OSError) and error.errno in _FULL:
            raise NicheError(f"no room is left on the disk for {path}; what was there before is kept") from None
        raise


def write_together(
    contents: Mapping[Path, bytes | str],
    near: Path,
    remove: Iterable[Path] = (),
    moving: AbstractContextManager[object] | None = None,
) -> list[Path]:
    """Write several files and delete others, all or none; returns the paths that changed.

    Parameters
    ----------
    near
        a folder on the same file system, looked at by nobody, in which the new files are prepared: nothing is
        changed until all of them are complete, and then each is moved over the old one, whole
    moving
        a context in which the moves are done, such as one that holds signals back

    Raises
    ------
    OSError
        if one cannot be put in its place; those that were are put back as they were
    """
    changed = {path: data for path, data in contents.items() if not _holds(path, data)}
    gone = [path for path in remove if path.is_file()]
    near.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=".publish-", dir=near) as stage:
        ready = {}
        for number, (path, data) in enumerate(changed.items()):
            ready[path] = Path(stage) / str(number)
            ready[path].write_bytes(_bytes(data))
            path.parent.mkdir(parents=True, exist_ok=True)
        with moving or nullcontext():
            _all_or_none(ready, gone)
    return [*changed, *gone]


def _all_or_none(ready: Mapping[Path, Path], gone: Iterable[Path]) -> None:
    """Move files over others and delete some; if one step fails, undo those before it."""
    before: dict[Path, bytes | None] = {}
    try:
        for path, prepared_file in ready.items():
            former = path.read_bytes() if path.exists() else None
            prepared_file.replace(path)
            before[path] = former
        for path in gone:
            former = path.read_bytes()
            path.unlink()
            before[path] = former
    except BaseException:
        for path, data in before.items():
            with suppress(OSError):
                path.unlink(missing_ok=True) if data is None else write_whole(path, data)
        raise


def _bytes(content: bytes | str) -> bytes:
    return content.encode() if isinstance(content, str) else content


def _holds(path: Path, data: bytes | str) -> bool:
    return path.is_file() and path.read_bytes() == _bytes(data)
