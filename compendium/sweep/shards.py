"""Finished chunks on disk: each written beside its place and renamed, with what it is of and a checksum.

A shard is a plain .npz; its `header` (JSON) names the sweep, the identity of who made it and the hash of the rest.
"""

import hashlib
import json
import time
import zipfile
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from compendium.sweep.chunks import Part, Shard, chunk_count
from compendium.sweep.identity import differs, identity
from compendium.sweep.specification import Sweep
from niche.errors import NicheError
from niche.files import prepared, write_whole

FORMAT = 1
_ARRAYS = ("points", "values", "status", "rows")
_OLD = 3600.0  # seconds after which a file that was being written is no longer


class Damaged(NicheError):
    """A shard that is truncated or altered: it is simulated again."""


def sweep_key(sweep: Sweep, made: dict[str, str] | None = None) -> str:
    """What a shard must have been made of to belong to a sweep: the specification and the identity."""
    text = json.dumps([FORMAT, sweep.text, made or identity()], sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()


class Folder:
    """The shards of one sweep. Nothing in it is ever overwritten but shards that are damaged.

    Raises
    ------
    NicheError
        if the folder holds another sweep, or this one made by another version; both are left alone
    """

    def __init__(self, path: Path, sweep: Sweep) -> None:
        self.path, self.sweep, self.key = path, sweep, sweep_key(sweep)
        self._refuse_another()
        (path / "shards").mkdir(parents=True, exist_ok=True)
        for left in (path / "shards").glob(".*"):  # of a run that was killed while it wrote
            if time.time() - left.stat().st_mtime > _OLD:
                left.unlink(missing_ok=True)
        about = {"key": self.key, "made": identity(), "hosts": sweep.size, "chunks": chunk_count(sweep)}
        about |= {"specification": json.loads(sweep.text)}
        write_whole(path / "sweep.json", json.dumps(about, indent=1, ensure_ascii=False) + "\n", sync=True)

    def _refuse_another(self) -> None:
        file = self.path / "sweep.json"
        try:
            about = json.loads(file.read_text(encoding="utf-8"))
            found, made = str(about["key"]), dict(about["made"])
        except FileNotFoundError:
            return
        except (ValueError, KeyError, TypeError) as error:
            raise NicheError(f"{file} is not readable ({error}); give another --output") from None
        if found != self.key:
            why = differs(made, identity())
            what = f"the same program in another version ({why})" if why else "another specification"
            raise NicheError(
                f"{self.path} holds the shards of {what}; they are left alone: give another --output, or delete them"
            )

    def file(self, chunk: int) -> Path:
        """Where a chunk's shard stands."""
        return self.path / "shards" / f"{chunk:08d}.npz"

    def save(self, shard: Shard) -> None:
        """Put a shard in its place, whole or not at all. Raises `NicheError` if the disk is full."""
        arrays = {name: np.asarray(getattr(shard, name)) for name in _ARRAYS}
        header = {
            "format": FORMAT,
            "sweep": self.key,
            "made": dict(shard.made),
            "chunk": shard.chunk,
            "part": list(shard.part),
            "warnings": list(shard.warnings),
            "sha256": _digest(arrays),
        }
        content = arrays | {"header": np.array(json.dumps(header, sort_keys=True))}
        # What a power cut leaves of a shard, its checksum tells: there is no need to wait for the disk.
        with prepared(self.file(shard.chunk)) as beside, beside.open("wb") as out:
            np.savez(out, **content)  # type: ignore[arg-type]

    def load(self, chunk: int) -> Shard:
        """A shard, checked.

        Raises
        ------
        FileNotFoundError
            if it is not there
        Damaged
            if it is truncated or altered
        NicheError
            if it is of another sweep or version
        """
        file = self.file(chunk)
        try:
            with file.open("rb") as stream, np.load(stream, allow_pickle=False) as found:
                arrays = {name: found[name] for name in _ARRAYS}
                header = json.loads(str(found["header"]))
            whole = header["sha256"] == _digest(arrays) and header["chunk"] == chunk
        except FileNotFoundError:
            raise
        except (zipfile.BadZipFile, ValueError, KeyError, EOFError, OSError) as error:
            raise Damaged(f"{file} is not readable ({error})") from None
        if header.get("format") != FORMAT or header.get("sweep") != self.key:
            why = differs(header.get("made", {}), identity()) or "it is of another specification"
            raise NicheError(
                f"{file} does not belong to this sweep: {why}. It is left alone; move it away, or give another --output"
            )
        if not whole:
            raise Damaged(f"{file} does not have the contents that its checksum is of")
        points, values, status, rows = (arrays[name] for name in _ARRAYS)
        held, said = Part(*header["part"]), tuple(header["warnings"])
        return Shard(chunk, held, points, values, status, rows, said, header["made"])

    def found(self) -> tuple[list[int], list[int]]:
        """Chunks that are finished, and those whose shard is damaged."""
        finished, damaged = [], []
        for file in sorted((self.path / "shards").glob("[0-9]*.npz")):
            chunk = int(file.stem)
            try:
                self.load(chunk)
            except Damaged:
                damaged.append(chunk)
            else:
                finished.append(chunk)
        return finished, damaged

    def shards(self) -> Iterator[Shard]:
        """Every shard in order, one at a time. Raises as `load`."""
        return (self.load(chunk) for chunk in range(chunk_count(self.sweep)))


def _digest(arrays: dict[str, np.ndarray]) -> str:
    digest = hashlib.sha256()
    for name, array in sorted(arrays.items()):
        digest.update(f"{name} {array.dtype.str} {array.shape}\n".encode() + np.ascontiguousarray(array).tobytes())
    return digest.hexdigest()
