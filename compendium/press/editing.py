"""What `niche figures` does: redraw or compose in a scratch folder, hold files against the rules, then hand over."""

from bisect import bisect_left
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from compendium.figures.house_style import MM, drawn_for, journal_look
from compendium.figures.journals import Journal, journal
from compendium.figures.saving import default_folder
from compendium.press import composing, layout, redrawing
from compendium.press import rerun as _rerun
from compendium.press.committed import Committed, committed, refuse_edited
from compendium.press.handover import REPORT, Made, hand_over, refuse_other, told
from compendium.press.linting import lint
from compendium.press.redrawing import NotDrawn, Redrawn, TableFigure
from compendium.press.seen import look_at
from niche.errors import NicheError


def check_figure(files: Sequence[Path], profile: str) -> int:
    """Say what each file breaks; 1 if any rule is broken, 2 if one cannot be read. The others are checked all the
    same."""
    asked = journal(profile)
    worst = 0
    for file in files:
        try:
            faults, seen = lint(file, asked)
        except NicheError as error:
            print(f"{file}: not checked: {error}")
            worst = 2
            continue
        for fault in faults:
            print(fault)
        broken = any(fault.breaks for fault in faults)
        worst = max(worst, int(broken))
        if seen.blind:
            said = "" if broken else f"breaks no rule of {asked.title} in what was seen; "
            print(f"{file}: {said}not seen: {'; '.join(seen.blind)}")
        elif not broken:
            print(f"{file}: keeps the rules of {asked.title}")
    return worst


def redraw(names: Sequence[str], profile: str, out: Path | None, width: float | None, jobs: int | None) -> int:
    """Redraw these figures into `out`; 1 if a file breaks a rule, or a figure could not be drawn."""
    asked = journal(profile)
    _allowed(width, asked)
    wanted = committed(names, default_folder())
    place = _place(out, asked)
    refuse_other(place / REPORT, asked)
    with redrawing.scratch(place) as work:
        panels, failed = _panels(wanted)
        found = sorted(failed + _draw(panels, width, asked, work, jobs), key=lambda one: one.figure.key)
        drawn = [one for one in found if isinstance(one, Redrawn)]
        lost = [one for one in found if isinstance(one, NotDrawn)]
        if not drawn:
            raise NicheError("; ".join(f"{one.figure.key}: {one.why}" for one in lost) or "there is no figure")
        made = [
            Made(f"{one.figure.claim}/{file}", one.folder / file, one.figure.key) for one in drawn for file in one.files
        ]
        return hand_over(place, work, made, [told(one) for one in drawn], lost, asked)


def compose(
    given: Sequence[str], rows: str | None, profile: str, out: Path | None, jobs: int | None, scale: bool = False
) -> int:
    """One figure of several panels, as `out` with the endings of the journal; 1 if a file breaks a rule.

    Parameters
    ----------
    scale
        a page that would be too high is drawn wider and shrunk, as far as its text stays readable
    """
    asked = journal(profile)
    plan = layout.sheet(given, rows, asked)
    if out is None or not out.name:
        raise NicheError("--compose needs -o NAME: what the figure is called, without an ending")
    chosen = {letter: _one_figure(letter, name) for letter, name in plan.panels.items()}
    kinds = [kind for kind in asked.write if kind in composing.KINDS]
    place = _place(out.parent, asked)
    refuse_other(place / f"{out.name}.json", asked)
    panels = {letter: _Panel(one, redrawing.table_figure(one)) for letter, one in chosen.items()}
    size = _size(plan, panels, asked, scale)
    with redrawing.scratch(place) as work:
        stems: dict[str, Path] = {}
        figures = []
        for letter, panel in panels.items():  # the same figure may come at two widths
            (drawn,) = _draw([panel], plan.widths[letter] / size, asked, work / letter, jobs)
            if isinstance(drawn, NotDrawn):
                raise NicheError(f"panel {letter}: {drawn.figure.key}: {drawn.why}")
            stems[letter] = drawn.folder / panel.figure.name
            figures.append({**told(drawn), "panel": letter, "scale": round(size, 3)})
        seen = {letter: look_at(Path(f"{stem}.{kinds[0]}")) for letter, stem in stems.items()}
        sizes = {letter: (plan.widths[letter], found.height * size) for letter, found in seen.items()}
        placed, height = layout.place_panels(plan.rows, stems, sizes, asked)
        made = [Made(f"{out.name}.{kind}", work / f"{out.name}.{kind}", out.name) for kind in kinds]
        with drawn_for(journal_look(profile)):
            for one, kind in zip(made, kinds, strict=True):
                one.path.write_bytes(composing.compose_panels(placed, plan.width, height, asked, kind))
        return hand_over(place, work, made, figures, [], asked, f"{out.name}.json")


@dataclass(frozen=True)
class _Panel:
    """A figure that is to be a panel, and how its table draws it, or None if its notebook has to."""

    figure: Committed
    table: TableFigure | None

    def height(self, width: float, asked: Journal) -> float:
        """mm at this width; of a figure of a notebook, as high as it is at the least."""
        if self.table is not None:
            with drawn_for(journal_look(asked.name, width)):
                return float(self.table.drawn().get_size_inches()[1] / MM)
        before = look_at(self.figure.folder / f"{self.figure.name}.svg")
        return before.height * width / before.width


def _size(plan: layout.ComposedSheet, panels: Mapping[str, _Panel], asked: Journal, scale: bool) -> float:
    """By how much the panels are shrunk, before any of them is written. Raises `NicheError` if the page is too high."""
    limit, small = float(asked.value("max_height")), min(asked.text, asked.small)
    least = float(asked.value("text_min")) / small

    def heights(size: float) -> dict[str, float]:
        return {x: size * panel.height(plan.widths[x] / size, asked) for x, panel in panels.items()}

    found = heights(1.0)
    if layout.page_height(plan.rows, found, asked) <= limit:
        return 1.0
    sizes = [percent / 100 for percent in range(98, 0, -2) if percent / 100 >= least] if scale else []
    first = bisect_left(sizes, True, key=lambda size: layout.page_height(plan.rows, heights(size), asked) <= limit)
    if first < len(sizes):
        print(f"shrunk to {100 * sizes[first]:.0f} %: the smallest text is {small * sizes[first]:.1f} pt")
        return sizes[first]
    each = ", ".join(f"{letter} {high:.0f}" for letter, high in found.items())
    said = (
        f"the page would be {layout.page_height(plan.rows, found, asked):.0f} mm high (panels, mm: {each}), and "
        f"{asked.title} allows {limit:g}. What is lower where it is wider is given a row of its own, or "
        "widths; or take fewer panels"
    )
    if scale:
        said += f". --scale does not help: text would be below {asked.value('text_min'):g} pt"
    elif least < 1:
        said += f"; or --scale, which shrinks the page as far as text stays {asked.value('text_min'):g} pt"
    raise NicheError(said)


def _one_figure(letter: str, name: str) -> Committed:
    found = committed([name], default_folder())
    if len(found) != 1:
        raise NicheError(f"panel {letter}: name one figure of {name}: {', '.join(one.key for one in found)}")
    refuse_edited(found[0])
    return found[0]


def _allowed(width: float | None, asked: Journal) -> None:
    low, high = layout.LEAST, asked.widths["double"]
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


def _panels(wanted: Sequence[Committed]) -> tuple[list[_Panel], list[Redrawn | NotDrawn]]:
    """Each figure with its table if that is the figure; and those that cannot be drawn."""
    found, failed = list[_Panel](), list[Redrawn | NotDrawn]()
    for one in wanted:
        try:
            refuse_edited(one)
            found.append(_Panel(one, redrawing.table_figure(one)))
        except Exception as error:  # whatever is wrong with one figure, the others can be drawn
            failed.append(NotDrawn(one, _why(error)))
    return found, failed


def _draw(
    panels: Sequence[_Panel], width: float | None, asked: Journal, work: Path, jobs: int | None
) -> list[Redrawn | NotDrawn]:
    """Each figure at this width, or its own: from its table, or from its notebook."""
    done, rest = list[Redrawn | NotDrawn](), list[Committed]()
    for panel in panels:
        one = panel.figure
        print(f"{one.key}: from its {'table' if panel.table else 'notebook'}", flush=True)
        if panel.table is None:
            rest.append(one)
            continue
        try:
            done.append(redrawing.from_table(panel.table, asked.name, width, work / "tables" / one.claim))
        except OSError:  # of the folder, not of the figure
            raise
        except Exception as error:
            done.append(NotDrawn(one, _why(error)))
    if rest:
        done += _rerun.from_notebooks(rest, asked.name, width, work / "notebooks", jobs)
    return done


def _why(error: Exception) -> str:
    return str(error) if isinstance(error, NicheError) else f"{type(error).__name__}: {error}"
