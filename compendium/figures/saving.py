"""Saving a figure so that the same inputs give the same bytes, with the data drawn and a manifest beside it."""

import io
import json
import os
import re
import shutil
import tempfile
from collections.abc import Mapping
from contextlib import suppress
from errno import EISDIR
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from compendium.figures.fit_to_print import problems
from compendium.figures.fitting import fit_to_page
from compendium.figures.formats import write_formats
from compendium.figures.house_style import laid_out, look
from compendium.figures.pictures import few_colours, plain_svg
from niche.errors import NicheError
from niche.params.records import root
from niche.provenance import digest_bytes

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.figure import Figure

DIGITS = 5
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")
_PATH = re.compile(r"(^|[\s\"'(=])(~?/(home|root|tmp|work|Users|mnt|var|private)/|~/|file:|[A-Za-z]:[\\/])")


def rounded(data: "pd.DataFrame | Mapping[str, Any]") -> "pd.DataFrame":
    """The table with every number at 5 significant digits: what is drawn, and what the CSV says.

    Whole numbers and text stay as they are; -0 becomes 0.

    Raises
    ------
    NicheError
        for columns of unlike lengths, repeated names, or an infinite number
    """
    import pandas as pd

    try:
        table = pd.DataFrame(data).reset_index(drop=True)
    except ValueError as error:
        raise NicheError(f"the data of a figure are columns of one length: {error}") from None
    if not table.columns.is_unique:
        raise NicheError(f"a column of the data stands there twice: {list(table.columns)}")
    for name in table.columns:
        column = table[name]
        if pd.api.types.is_object_dtype(column) and column.map(lambda v: v is None or isinstance(v, float | int)).all():
            column = column.astype(float)
        if pd.api.types.is_float_dtype(column):
            values = column.to_numpy(dtype=float)
            if np.isinf(values).any():
                raise NicheError(f"column {name!r} has an infinite number, which cannot be drawn")
            column = pd.Series([float(f"{v:.{DIGITS - 1}e}") + 0.0 for v in values], dtype=float)
        table[name] = column
    return table


def save(
    figure: "Figure",
    claim_id: str,
    name: str,
    data: "pd.DataFrame | Mapping[str, Any]",
    *,
    caption: str,
    alt: str,
    out: str | Path | None = None,
    inputs: Mapping[str, Any] | None = None,
) -> Path:
    """Write `<out>/<claim_id>/<name>` as .svg, .png (150 dpi, few colours) and .csv, and its entry in manifest.json.

    With NICHE_FIGURE_DRAFT set, only a .png: half of the time of a short run would be drawing. With NICHE_FIGURE_PRESS
    set, as for a release, also .pdf, and the .png has 300 dpi and all colours.

    The same inputs give the same bytes on one platform with one lock.

    Parameters
    ----------
    data
        the rounded table that the figure was drawn from (what each plot returns, or `rounded(...)`)
    caption, alt
        what is shown, and what somebody who cannot see it needs to know
    out
        None or "" is `figures/` of the repository
    inputs
        how the figure was made (draws, seed, run, ...); no dates, no paths. Of what code and parameters it was
        made figures/made-of.json says

    Returns
    -------
    Path
        the folder

    Raises
    ------
    NicheError
        for data that are not rounded, text below 6 pt or cut off, or a folder that cannot be written (then
        nothing half written is left)
    """
    for what, text in (("claim", claim_id), ("figure", name)):
        if not isinstance(text, str) or not _NAME.fullmatch(text):
            raise NicheError(f"name of a {what}: letters, digits, '.', '-' and '_', got {text!r}")
    for what, text in (("a caption", caption), ("an alt text", alt)):
        if not isinstance(text, str) or not text.strip():
            raise NicheError(f"figure {claim_id}/{name} needs {what}")
    table = rounded(data)
    if not _same(table, data):
        raise NicheError(
            f"the data of {claim_id}/{name} are not rounded: draw compendium.figures.rounded(data), and save that"
        )
    entry_of = {"drawn": how} if (how := getattr(figure, "drawn", None)) else {}
    if look().journal is not None:
        return _keep(figure, (Path(out) if out else default_folder()) / claim_id, name, table)
    from niche import __version__

    csv = as_csv(table)
    entry = {
        "caption": " ".join(caption.split()),
        "alt": " ".join(alt.split()),
        "files": [f"{name}.{kind}" for kind in sorted(("csv", *formats()))],
        **entry_of,
        "csv_sha256": digest_bytes(csv),
        "inputs": dict(inputs or {}),
        "niche": __version__,
    }
    _check_entry(entry, f"{claim_id}/{name}")
    folder = (Path(out) if out else default_folder()) / claim_id
    with laid_out(figure):
        if faults := problems(figure):
            raise NicheError(f"figure {claim_id}/{name} is not fit to print: {'; '.join(faults)}")
        try:
            _write(figure, folder, name, csv, claim_id, entry)
        except OSError as error:
            raise NicheError(
                f"figure {claim_id}/{name} cannot be written to {folder}: {error.strerror or error}"
            ) from error
    if shown := getattr(figure, "saved_as", None):
        drawing, picture = folder / f"{name}.svg", folder / f"{name}.png"
        shown(drawing.read_bytes()) if "svg" in formats() else shown(None, picture.read_bytes())
    return folder


def _keep(figure: "Figure", folder: Path, name: str, table: "pd.DataFrame") -> Path:
    """What `save` does while a journal is in force: its formats, the data, and what is wrong with the layout."""
    folder.mkdir(parents=True, exist_ok=True)
    faults = fit_to_page(figure)
    files = write_formats(figure, folder, name)
    (folder / f"{name}.csv").write_bytes(as_csv(table))
    told = json.dumps({"files": files, "faults": faults})
    (folder / f"{name}.redrawn.json").write_text(told, encoding="utf-8")
    return folder


def formats() -> dict[str, int]:
    """The kinds of picture that are written, with their dpi."""
    if os.environ.get("NICHE_FIGURE_DRAFT"):
        return {"png": 150}
    if os.environ.get("NICHE_FIGURE_PRESS"):
        return {"pdf": 300, "svg": 300, "png": 300}
    return {"svg": 300, "png": 150}


def as_csv(table: "pd.DataFrame") -> bytes:
    """A rounded table as its file."""
    return table.to_csv(index=False, lineterminator="\n", float_format=f"%.{DIGITS}g").encode()


def _write(figure: "Figure", folder: Path, name: str, csv: bytes, claim_id: str, entry: dict[str, Any]) -> None:
    """Everything beside first, then renamed, the manifest last; folders made here go again if that fails."""
    made = [parent for parent in (folder, *folder.parents) if not parent.exists()]
    beside: Path | None = None
    try:
        folder.mkdir(parents=True, exist_ok=True)
        beside = Path(tempfile.mkdtemp(prefix=".making-", dir=folder))
        manifest = _manifest(folder / "manifest.json", claim_id)
        manifest["figures"][name] = entry
        _draw(figure, beside, name, entry)
        (beside / f"{name}.csv").write_bytes(csv)
        text = json.dumps(manifest, indent=2, sort_keys=True, ensure_ascii=False, allow_nan=False) + "\n"
        (beside / "manifest.json").write_text(text, encoding="utf-8", newline="\n")
        files = (*entry["files"], "manifest.json")
        for file in files:
            if (folder / file).is_dir():
                raise IsADirectoryError(EISDIR, f"{file} is a folder")
        for file in files:
            (beside / file).replace(folder / file)
    finally:
        if beside is not None:
            shutil.rmtree(beside, ignore_errors=True)
        for parent in made:  # where nothing was written
            with suppress(OSError):
                parent.rmdir()


def metadata(entry: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    """What each format says about a figure, by its entry in the manifest; no dates."""
    about, maker = {"Title": entry["caption"]}, f"niche {entry['niche']}"
    return {
        "pdf": {**about, "Subject": entry["alt"], "Creator": maker, "CreationDate": None},
        "svg": {**about, "Description": entry["alt"], "Creator": maker, "Date": None},
        "png": {**about, "Description": entry["alt"], "Software": maker},
    }


def drawn_svg(figure: "Figure", name: str, entry: Mapping[str, Any]) -> bytes:
    """A figure as the SVG that is committed of it."""
    data = io.BytesIO()
    figure.savefig(data, format="svg", dpi=300, metadata=metadata(entry)["svg"])
    return plain_svg(data.getvalue(), name)


def _draw(figure: "Figure", folder: Path, name: str, entry: Mapping[str, Any]) -> None:
    about = metadata(entry)
    for kind, dpi in formats().items():
        data = io.BytesIO()
        if kind == "svg":
            data.write(drawn_svg(figure, name, entry))
        else:
            figure.savefig(data, format=kind, dpi=dpi, metadata=about[kind])
        small = kind == "png" and dpi < 300
        picture = few_colours(data.getvalue(), about=about["png"]) if small else data.getvalue()
        (folder / f"{name}.{kind}").write_bytes(picture)


def _manifest(file: Path, claim_id: str) -> dict[str, Any]:
    if not file.exists():
        return {"claim": claim_id, "figures": {}}
    try:
        found = json.loads(file.read_text(encoding="utf-8"))
    except ValueError as error:
        raise NicheError(f"{file} is not JSON ({error}); remove it and make the figures of this claim again") from None
    if not isinstance(found, dict) or found.get("claim") != claim_id or not isinstance(found.get("figures"), dict):
        raise NicheError(f"{file} is not the manifest of {claim_id!r}")
    return found


def _check_entry(entry: Mapping[str, Any], where: str) -> None:
    try:
        texts = [json.dumps(entry, allow_nan=False)]
    except (TypeError, ValueError) as error:
        raise NicheError(
            f"inputs of {where} must be text, finite numbers, lists and mappings of them: {error}"
        ) from None
    texts = [entry["caption"], entry["alt"], *_leaves(entry["inputs"])]
    for text in texts:
        if _PATH.search(text) or Path(text).is_absolute():
            raise NicheError(f"{where}: a manifest names no path of a machine, got {text!r}")


def _leaves(value: Any) -> list[str]:
    if isinstance(value, Mapping):
        return [leaf for pair in value.items() for item in pair for leaf in _leaves(item)]
    if isinstance(value, list | tuple):
        return [leaf for item in value for leaf in _leaves(item)]
    return [value] if isinstance(value, str) else []


def _same(table: "pd.DataFrame", data: Any) -> bool:
    import pandas as pd

    given = pd.DataFrame(data).reset_index(drop=True)
    numbers = [name for name in table.columns if pd.api.types.is_float_dtype(table[name])]
    return all(
        np.array_equal(table[name].to_numpy(float), given[name].to_numpy(float), equal_nan=True) for name in numbers
    )


def default_folder() -> Path:
    """Where figures go unless told: $NICHE_FIGURES (a check sets it), else the repository's figures/."""
    if os.environ.get("NICHE_FIGURES"):
        return Path(os.environ["NICHE_FIGURES"])
    base = root().parent
    if not (base / "pyproject.toml").exists():
        raise NicheError("niche is installed without its repository: say where the figures go, out='folder'")
    return base / "figures"
