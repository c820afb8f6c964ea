"""What `niche figures` does: redraw or compose in a scratch folder, hold files against the rules, then hand over."""

import hashlib
import json
import math
import sys
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from pathlib import Path
from typing import Any

from compendium.figures.house_style import drawn_for, journal_look
from compendium.figures.journals import Journal, journal
from compendium.figures.saving import default_folder
from compendium.press import composing, redrawing
from compendium.press import rerun as _rerun
from compendium.press.committed import Committed, committed
from compendium.press.linting import lint
from compendium.press.redrawing import Redrawn
from compendium.press.seen import look_at
from niche.errors import NicheError

REPORT = "figures.json"


def check_figure(files: Sequence[Path], profile: str) -> int:
    """Say what each file breaks; 1 if any rule is broken. Raises `NicheError` for a file that cannot be read."""
    asked = journal(profile)
    broken = 0
    for file in files:
        faults, seen = lint(file, asked)
        for fault in faults:
            print(fault)
        broken += any(fault.breaks for fault in faults)
        said = "" if any(fault.breaks for fault in faults) else f"{file}: keeps the rules of {asked.title}"
        if seen.blind:
            said += f"{'; ' if said else f'{file}: '}not seen here: {', '.join(seen.blind)}"
        if said:
            print(said)
    return int(broken > 0)


def redraw(names: Sequence[str], profile: str, out: Path | None, width: float | None, jobs: int | None) -> int:
    """Redraw these figures into `out`; 1 if a file breaks a rule."""
    asked = journal(profile)
    _allowed(width, asked)
    wanted = committed(names, default_folder())
    place = _place(out, asked)
    with redrawing.scratch(place) as work:
        drawn = _draw(wanted, {one.key: width for one in wanted}, asked, work, jobs)
        contents = {f"{one.figure.claim}/{file}": one.folder / file for one in drawn for file in one.files}
        owner = {f"{one.figure.claim}/{file}": one.figure.key for one in drawn for file in one.files}
        return _hand_over(place, work, contents, owner, [_told(one) for one in drawn], asked)


def compose(given: Sequence[str], rows: str | None, profile: str, out: Path | None, jobs: int | None) -> int:
    """One figure of several panels, as `out` with the endings of the journal; 1 if a file breaks a rule."""
    asked = journal(profile)
    plan = composing.sheet(given, rows, asked)
    if out is None:
        raise NicheError("--compose needs -o NAME: what the figure is called, without an ending")
    chosen = {letter: committed([name], default_folder()) for letter, name in plan.panels.items()}
    for letter, found in chosen.items():
        if len(found) != 1:
            raise NicheError(
                f"panel {letter}: name one figure of {plan.panels[letter]}: {', '.join(f.name for f in found)}"
            )
    kinds = [kind for kind in asked.write if kind in composing.KINDS]
    with redrawing.scratch(_place(out.parent, asked)) as work:
        stems: dict[str, Path] = {}
        told: list[dict[str, Any]] = []
        for letter, (one,) in chosen.items():  # the same figure may come at two widths
            (drawn,) = _draw([one], {one.key: plan.widths[letter]}, asked, work / letter, jobs)
            stems[letter] = drawn.folder / one.name
            if any(Path(file).stem != one.name for file in drawn.files):
                raise NicheError(f"panel {letter}: {one.key} is higher than a page of {asked.title}")
            told.append({**_told(drawn), "panel": letter})
        seen = {letter: look_at(Path(f"{stem}.{kinds[0]}")) for letter, stem in stems.items()}
        sizes = {letter: (found.width, found.height) for letter, found in seen.items()}
        panels, height = composing.place_panels(plan.rows, stems, sizes, asked)
        with drawn_for(journal_look(profile)):
            for kind in kinds:
                page = composing.compose_panels(panels, plan.width, height, asked, kind)
                (work / f"{out.name}.{kind}").write_bytes(page)
        contents = {f"{out.name}.{kind}": work / f"{out.name}.{kind}" for kind in kinds}
        if "eps" in asked.write:
            print("note: no EPS of a composed figure; the TIFF is what the journal prefers")
        owner = dict.fromkeys(contents, out.name)
        return _hand_over(_place(out.parent, asked), work, contents, owner, told, asked, f"{out.name}.json")


def _allowed(width: float | None, asked: Journal) -> None:
    low, high = 40.0, asked.widths["double"]
    if width is not None and not low <= width <= high:
        raise NicheError(f"--width: {low:g} to {high:g} mm for {asked.title}, got {width:g}")


def _place(out: Path | None, asked: Journal) -> Path:
    from compendium.run.plan import repository
    from compendium.run.publish import refuse_folder

    root = repository()
    place = (out or root / "scratch" / asked.name).resolve()
    if out is not None:
        refuse_folder(place, root)
    return place


def _draw(
    wanted: Sequence[Committed], widths: Mapping[str, float | None], asked: Journal, work: Path, jobs: int | None
) -> list[Redrawn]:
    """Each figure from its table if that is the figure, else from its notebook; all of one call have one width."""
    done, rest = [], []
    for one in wanted:
        found = redrawing.from_table(one, asked.name, widths[one.key], work / "tables" / one.claim)
        print(f"{one.key}: {'from its table' if found else 'from its notebook'}", flush=True)
        if found:
            done.append(found)
        else:
            rest.append(one)
    if rest:
        (width,) = {widths[one.key] for one in rest}
        done += _rerun.from_notebooks(rest, asked.name, width, work / "notebooks", jobs)
    return sorted(done, key=lambda one: one.figure.key)


def _told(one: Redrawn) -> dict[str, Any]:
    return {
        "figure": one.figure.key,
        "from": one.way,
        "data_sha256": one.figure.entry["csv_sha256"],
        "layout": list(one.faults),
        "notes": list(one.notes),
    }


def _hand_over(
    place: Path,
    work: Path,
    contents: Mapping[str, Path],
    owner: Mapping[str, str],
    told: Sequence[Mapping[str, Any]],
    asked: Journal,
    report: str = REPORT,
) -> int:
    """Check every file, say what is wrong, then put all of them in their place at once."""
    from compendium.run.publish import put_in_place
    from niche import __version__

    files: list[dict[str, Any]] = []
    noted: Counter[str] = Counter()
    bad = 0
    for name, path in contents.items():
        faults, seen = lint(path, asked)
        for fault in faults:
            if fault.breaks:
                print(str(fault).replace(str(path), name), file=sys.stderr)
            else:
                noted[f"{fault.rule}: {fault.found}; asked: {fault.asked}"] += 1
        bad += any(fault.breaks for fault in faults)
        files.append(
            {
                "file": name,
                "figure": owner[name],
                "sha256": hashlib.sha256(path.read_bytes()).hexdigest(),
                "width_mm": _digits(seen.width),
                "height_mm": _digits(seen.height),
                "faults": [{"rule": f.rule, "found": f.found, "asked": f.asked, "breaks": f.breaks} for f in faults],
                "not_seen": list(seen.blind),
            }
        )
    for one in told:
        for fault in one["layout"]:
            print(f"{one['figure']}: {fault}", file=sys.stderr)
        for note in one["notes"]:
            print(f"{one['figure']}: note: {note}")
        bad += bool(one["layout"])
    for note, count in noted.items():
        print(f"note, {count} file{'s' * (count > 1)}: {note}")
    kept, gone = _before(place / report, None if report != REPORT else set(owner.values()), asked)
    kept["figures"] += told
    kept["files"] += files
    said = {"profile": asked.name, "niche": __version__} | {
        "figures": sorted(kept["figures"], key=lambda one: str(one["figure"])),
        "files": sorted(kept["files"], key=lambda one: str(one["file"])),
    }
    text = json.dumps(said, indent=1, sort_keys=True, ensure_ascii=False) + "\n"
    new = {place / name: path.read_bytes() for name, path in contents.items()} | {place / report: text.encode()}
    put_in_place(new, work, [place / name for name in gone if place / name not in new])
    print(f"{len(contents)} files for {asked.title} are in {place}" + (f"; {bad} with faults" if bad else ""))
    return int(bad > 0)


def _before(report: Path, again: Collection[str] | None, asked: Journal) -> tuple[dict[str, list[Any]], list[str]]:
    """What the folder had from an earlier call: the entries of other figures, and files of these that may go.

    again : the figures that are made again; None: a report of one figure, of which nothing is kept
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
    except FileNotFoundError:
        return {"figures": [], "files": []}, []
    except (ValueError, KeyError, TypeError) as error:
        if isinstance(error, NicheError):
            raise
        raise NicheError(f"{report} is not a report of niche figures; name another folder") from None


def _digits(value: float) -> float | None:
    return None if math.isnan(value) else round(value, 2)
