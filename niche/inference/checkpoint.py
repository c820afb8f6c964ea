"""What a calibration has done so far, in a folder: a run that was killed goes on from there."""

import hashlib
import json
import shutil
import zipfile
from pathlib import Path

import numpy as np

from niche.files import prepared

Arrays = dict[str, np.ndarray]


class Store:
    """Named sets of arrays in `work`/<key>, each written beside its place and renamed, so none is ever half there.

    Attributes
    ----------
    settings
        whatever the numbers depend on; another value of any is another folder
    """

    def __init__(self, work: Path, settings: dict, restart: bool = False) -> None:
        text = json.dumps(settings, sort_keys=True, indent=1)
        self.folder = work / hashlib.sha256(text.encode()).hexdigest()[:16]
        if restart:
            shutil.rmtree(self.folder, ignore_errors=True)
        self.folder.mkdir(parents=True, exist_ok=True)
        for left in self.folder.glob(".*"):  # of a run that was killed while it wrote
            left.unlink()
        (self.folder / "settings.json").write_text(text + "\n", encoding="utf-8")

    def save(self, name: str, arrays: Arrays) -> None:
        """Put a set of arrays there, all of it or nothing."""
        with prepared(self.folder / f"{name}.npz") as beside, beside.open("wb") as file:
            np.savez(file, **arrays)  # type: ignore[arg-type]

    def load(self, name: str) -> Arrays | None:
        """A set of arrays, or None if it is not there or not readable (then it is made again)."""
        try:
            with np.load(self.folder / f"{name}.npz", allow_pickle=False) as found:
                return {key: found[key] for key in found.files}
        except (FileNotFoundError, zipfile.BadZipFile, ValueError, EOFError, OSError):
            return None
