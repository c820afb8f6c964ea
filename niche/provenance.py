"""What depends on what."""

import hashlib
from pathlib import Path

from niche.lookups import ANY, whole


def parameters_hash(root: Path) -> str:
    """One number for everything in params/ that results depend on: SHA-256 over names and contents."""
    total = hashlib.sha256()
    folder = root / "params"
    with whole(ANY):
        for path in sorted(folder.rglob("*"), key=lambda path: path.relative_to(folder).as_posix()):
            if path.is_file() and not path.name.startswith("."):
                total.update(path.relative_to(folder).as_posix().encode() + b"\0")
                total.update(hashlib.sha256(path.read_bytes()).digest())
    return total.hexdigest()
