"""The generated parts of docs/prior-predictive.md and docs/structure-mends.md."""

from collections.abc import Iterable, Sequence
from pathlib import Path

from niche.analysis.mends import Shown
from niche.analysis.prior_predictive import Direction
from niche.files import write_whole
from niche.params.records import root
from niche.text import between_marks, markdown_table, number

WHOLE = ("mouse", "human", "MDA-231-luc", "4T1", "breast cancer patient")  # kinds whose table is printed whole


def spread(values: Sequence[float]) -> str:
    """5, 50 and 95 % as text."""
    low, middle, high = (number(value, 2) for value in values)
    return f"{middle} ({low} to {high})"


def decided(found: Iterable[Direction]) -> str:
    """Where nearly all prior draws agree on a direction, in how many kinds of host, and which physics forces it."""
    groups: dict[tuple[str, str], list[Direction]] = {}
    kinds: dict[tuple[str, str], int] = {}
    for one in found:
        kinds[one.treatment, one.read] = kinds.get((one.treatment, one.read), 0) + 1
        if one.forced:
            groups.setdefault((one.treatment, one.read), []).append(one)
    rows = []
    for (treatment, read), some in groups.items():
        ups = [one.up for one in some]
        share = f"{min(ups):.2f}" if min(ups) == max(ups) else f"{min(ups):.2f} to {max(ups):.2f}"
        why = some[0].why or "**not known**"
        rows.append([treatment, read, share, f"{len(some)} of {kinds[treatment, read]}", why])
    return markdown_table(["treatment", "read-out", "P(up)", "kinds of host", "what forces it"], rows)


def whole(found: Iterable[Direction], kind: str) -> str:
    """P(up) of each treatment and read-out of a kind, and the fold that the draws span."""
    some = [one for one in found if one.kind == kind]
    reads = list(dict.fromkeys(one.read for one in some))
    rows = []
    for treatment in dict.fromkeys(one.treatment for one in some):
        by = {one.read: one for one in some if one.treatment == treatment}
        rows.append([treatment, *(_cell(by[read]) for read in reads)])
    return markdown_table(["treatment", *reads], rows)


def _cell(one: Direction) -> str:
    if one.still > 0.5:
        return "="
    mark = "**" if one.forced else ""
    return f"{mark}{one.up:.2f}{mark} {number(one.fold[0], 2)}-{number(one.fold[2], 2)}"


def tone(found: Iterable[Direction]) -> str:
    """The most that half the tone moves, in any kind of host."""
    some = [one for one in found if one.treatment == "half the tone"]
    far = max(some, key=lambda one: max(one.fold[2], 1 / one.fold[0]))
    moved = max(one.tenfold for one in some)
    return (
        f"Of {len({one.kind for one in some})} kinds of host, half the tone moves no read-out tenfold in more than "
        f"{moved:.1%} of draws; its widest interval is that of {far.read} in {far.kind}, {number(far.fold[0], 2)} to "
        f"{number(far.fold[2], 2)} fold."
    )


def directions_page(found: Sequence[Direction], draws: int) -> str:
    """The generated part of docs/prior-predictive.md."""
    kinds = {one.kind for one in found}
    forced = sum(one.forced for one in found)
    lines = [
        f"{len(kinds)} kinds of host, {len({(one.kind, one.treatment) for one in found})} treated arms, {len(found)} "
        f"contrasts of {draws} prior draws each. In {forced} of them (P(up) above 0.9 or below 0.1) nearly all draws "
        f"agree; each is forced by physics, not by a sign in a prior:",
        "",
        decided(found),
        "",
        tone(found),
    ]
    for kind in WHOLE:
        lines += ["", f"### {kind[0].upper()}{kind[1:]}", "", whole(found, kind)]
    return "\n".join(lines)


def mends_page(found: Iterable[Shown]) -> str:
    """The generated part of docs/structure-mends.md."""
    rows = []
    for one in found:
        mend = one.mend
        rows.append([mend.name, mend.fault, mend.shows, spread(one.before), spread(one.after), mend.known, mend.switch])
    names = ["", "fault", "number that shows it", "before", "after", "published or assumed", "switch"]
    return markdown_table(names, rows)


def renew(page: str, mark: str, text: str) -> Path:
    """Write the generated part of a page of docs anew."""
    path = root().parent / "docs" / page
    write_whole(path, between_marks(path.read_text(encoding="utf-8"), mark, text, str(path)))
    return path
