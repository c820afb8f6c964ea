"""Hashes of what a result depends on, the same on every machine."""

import hashlib
import json
from pathlib import Path
from typing import Any

from niche.lookups import ANY, whole

_SHORT = 16  # digits of the hash of one part: enough to tell two versions of it


def digest_bytes(content: bytes) -> str:
    """SHA-256 of a file as 64 hexadecimal digits, the same for either end of line."""
    return hashlib.sha256(content.replace(b"\r\n", b"\n")).hexdigest()


def digest(content: Any) -> str:
    """A short hash of text, numbers, lists and mappings, through their JSON; of anything else in them, its `str`."""
    text = json.dumps(content, sort_keys=True, ensure_ascii=False, default=str)
    return hashlib.sha256(text.encode()).hexdigest()[:_SHORT]


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
