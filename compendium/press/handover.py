"""Files that were drawn are checked, what is wrong is said, and then all are put in their place at once."""

import hashlib
import json
import math
import sys
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from compendium.figures.journals import Journal
from compendium.press.contents import FigureContents
from compendium.press.linting import Fault, lint
from compendium.press.redrawing import NotDrawn, Redrawn
from niche.errors import NicheError

REPORT = "figures.json"


class Made(NamedTuple):
    """A file that waits to be handed over: its name in the folder, where it lies now, the figure it shows."""

    name: str
    path: Path
    owner: str


def told(one: Redrawn) -> dict[str, Any]:
    """What the report says of a figure."""
    return {
        "figure": one.figure.key,
        "from": one.way,
        "data_sha256": one.figure.entry["csv_sha256"],
        "layout": list(one.faults),
        "notes": list(one.notes),
    }


def hand_over(
    place: Path,
    work: Path,
    made: Sequence[Made],
    figures: Sequence[Mapping[str, Any]],
    failed: Sequence[NotDrawn],
    asked: Journal,
    report: str = REPORT,
) -> int:
    """Check every file, say what is wrong, then put all of them in their place at once; 1 if anything is wrong.

    Parameters
    ----------
    work
        a scratch folder on the same file system
    figures
        what `told` gives of each
    failed
        figures that are named as missing; their files of an earlier call stay
    """
    from compendium.run.publish import put_in_place
    from niche import __version__

    checked = [(one, *lint(one.path, asked)) for one in made]
    bad = _say(checked, figures, failed)
    kept, gone = _before(place / report, None if report != REPORT else {one.owner for one in made}, asked)
    kept["figures"] += figures
    kept["files"] += [_entry(*one) for one in checked]
    said = {"profile": asked.name, "niche": __version__} | {
        "figures": sorted(kept["figures"], key=lambda one: str(one["figure"])),
        "files": sorted(kept["files"], key=lambda one: str(one["file"])),
    }
    if failed:
        said["failed"] = [{"figure": one.figure.key, "why": one.why} for one in failed]
    text = json.dumps(said, indent=1, sort_keys=True, ensure_ascii=False) + "\n"
    new = {place / one.name: one.path.read_bytes() for one in made} | {place / report: text.encode()}
    put_in_place(new, work, [place / name for name in gone if place / name not in new])
    ending = f"; {bad} with faults" * bool(bad) + f"; {len(failed)} figures could not be drawn" * bool(failed)
    print(f"{len(made)} files for {asked.title} are in {place}{ending}")
    return int(bad > 0 or bool(failed))


Checked = tuple[Made, list[Fault], FigureContents]


def _say(checked: Sequence[Checked], figures: Sequence[Mapping[str, Any]], failed: Sequence[NotDrawn]) -> int:
    """Say what is wrong, each note once; returns how many files and layouts have faults."""
    noted: Counter[str] = Counter()
    bad = 0
    for one, faults, _ in checked:
        for fault in faults:
            if fault.breaks:
                print(str(fault).replace(str(one.path), one.name), file=sys.stderr)
            else:
                noted[f"{fault.rule}: {fault.found}; asked: {fault.asked}"] += 1
        bad += any(fault.breaks for fault in faults)
    for about in figures:
        for said in about["layout"]:
            print(f"{about['figure']}: {said}", file=sys.stderr)
        for note in about["notes"]:
            print(f"{about['figure']}: note: {note}")
        bad += bool(about["layout"])
    for missing in failed:
        print(f"{missing.figure.key}: not drawn: {missing.why}", file=sys.stderr)
    for note, count in noted.items():
        print(f"note, {count} file{'s' * (count > 1)}: {note}")
    return bad


def _entry(one: Made, faults: Sequence[Fault], seen: FigureContents) -> dict[str, Any]:
    return {
        "file": one.name,
        "figure": one.owner,
        "sha256": hashlib.sha256(one.path.read_bytes()).hexdigest(),
        "width_mm": _digits(seen.width),
        "height_mm": _digits(seen.height),
        "faults": [{"rule": f.rule, "found": f.found, "asked": f.asked, "breaks": f.breaks} for f in faults],
        "not_seen": list(seen.blind),
    }


def refuse_other(report: Path, asked: Journal) -> None:
    """Raise `NicheError`, before anything is drawn, if this report is of another journal or none of ours."""
    _before(report, set(), asked)


def _before(report: Path, again: Collection[str] | None, asked: Journal) -> tuple[dict[str, list[Any]], list[str]]:
    """What the folder had from an earlier call: the entries of other figures, and files of these that may go.

    Parameters
    ----------
    again
        the figures that are made again; None: a report of one figure, of which nothing is kept
    """
    try:
        old = json.loads(report.read_text(encoding="utf-8"))
        if old["profile"] != asked.name:
            raise NicheError(f"{report.parent} holds figures for {old['profile']}; name another folder")
        if again is None:
            return {"figures": [], "files": []}, []
        mine = [one for one in old["files"] if one["figure"] in again]
        kept = {
            "figures": [one for one in old["figures"] if one["figure"] not in again],
            "files": [one for one in old["files"] if one["figure"] not in again],
        }
        return kept, [str(one["file"]) for one in mine if ".." not in Path(one["file"]).parts]
    except (FileNotFoundError, NotADirectoryError):
        return {"figures": [], "files": []}, []
    except (ValueError, KeyError, TypeError) as error:
        if isinstance(error, NicheError):
            raise
        raise NicheError(f"{report} is not a report of niche figures; name another folder") from None


def _digits(value: float) -> float | None:
    return None if math.isnan(value) else round(value, 2)
