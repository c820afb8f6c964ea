"""The generated parts of docs/imaging.md and its figure: `python -m compendium.site.imaging_page`, about a minute."""

import argparse
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np

from compendium.claims.imaging import (
    MOST,
    NERVE,
    OTHERS,
    REFERENCE,
    Against,
    FirstSeen,
    against_published,
    first_seen,
    folds_needed,
    in_periosteum,
    looks,
)
from compendium.figures.fit_to_print import problems
from compendium.figures.formats import svg
from compendium.figures.house_style import laid_out
from compendium.figures.lesion_seen import lesion_seen
from niche.errors import NicheError
from niche.files import write_whole
from niche.imaging import lesion, modality, read_imaging
from niche.imaging.forward import excess
from niche.imaging.modalities import marrow_over_heart
from niche.params.records import root
from niche.text import between_marks, markdown_table

DIAMETERS = (5.0, 10.0, 20.0, 40.0)  # mm
MICE = ("MIBG SPECT of a mouse", "HED PET of a mouse")
SCANNERS = {"SPECT of mice": MICE[0], "PET of mice": MICE[1], "PET": "HED PET", "SPECT": "MIBG SPECT"}
PIXEL = 0.1  # mm, of the pictures
SHOWN_FOLD, SHOWN_RADIUS, SHOWN_RIM = 100.0, 5.0, 0.3  # of the lesion in the pictures: mm but for the fold
LOOKED, FOLDS = (2.0, 10.0, 30.0), (5.0, 100.0)  # diameter [mm], fibres in the rim over normal marrow


def heart_fold() -> float:
    """How many times the fibres of normal marrow heart muscle has, by what they take up."""
    return 1 / marrow_over_heart({name: one.value for name, one in read_imaging().nerves.items()})


def pictures(pixel: float = PIXEL, pixels: int = 241) -> dict[str, np.ndarray]:
    """One lesion as the tissue is and as scanners show its fibres in one tracer, over normal marrow."""
    one = lesion(SHOWN_RADIUS, rim=SHOWN_RIM, rim_fibres=SHOWN_FOLD, core_fibres=0.3)
    nerve, made = modality("HED PET"), {"fibres": one.slice("sympathetic", pixel, pixels)}
    for heading, name in SCANNERS.items():
        scanner = modality(name)._replace(floor=nerve.floor, gain=nerve.gain)
        made[f"{heading}, {scanner.fwhm:g} mm"] = 1 + excess(one, scanner, pixel, pixels) / nerve.normal
    return made


def published_table(found: Sequence[Against]) -> str:
    """Pooled sensitivities beside calculated ones."""
    rows = [
        [
            one.modality,
            "lesions" if one.by_lesion else "patients",
            f"{one.specificity:.3f}",
            f"{one.published:.3f}",
            f"{one.calculated:.2f} ({one.interval[0]:.2f} to {one.interval[1]:.2f})",
            one.source,
        ]
        for one in found
    ]
    return markdown_table(
        ["modality", "counted", "specificity", "sensitivity, published", "calculated", "published by"], rows
    )


def lead_table(found: FirstSeen, names: Sequence[str] = (*OTHERS, *NERVE)) -> str:
    """Sizes at first sight and days ahead of scintigraphy."""
    rows = []
    for name in names:
        sizes = found.diameter[name]
        ahead = found.lead(name)
        known = ahead[np.isfinite(ahead)]
        days = _spread(known) if len(known) and name != REFERENCE else "–"
        size = _spread(sizes[np.isfinite(sizes)]) if np.isfinite(sizes).any() else "–"
        rows.append([name, size, f"{np.isinf(sizes).mean():.0%}", days])
    return markdown_table(
        ["modality", "diameter at first sight, mm", f"never up to {MOST:g} mm", f"days ahead of {REFERENCE}"], rows
    )


def needed_table(found: Mapping[str, np.ndarray]) -> str:
    """Fibres needed, by tracer and size."""
    rows = [[name, *(_spread(column) for column in values.T)] for name, values in found.items()]
    return markdown_table(["tracer", *(f"{d:g} mm" for d in DIAMETERS)], rows)


def looks_table(draws: int, seed: int) -> str:
    """What lesions look like, as shares of draws: a row for each tracer, a column for each diameter and fold."""
    rows = []
    for name in (*NERVE, *MICE):
        counted = looks(name, LOOKED, FOLDS, draws, seed)
        shares = [counted[d, fold] for d in LOOKED for fold in FOLDS]
        rows.append([name, *(", ".join(f"{look} {n / draws:.0%}" for look, n in c.most_common()) for c in shares)])
    return markdown_table(["tracer", *(f"{d:g} mm, {fold:g} times" for d in LOOKED for fold in FOLDS)], rows)


def _spread(values: np.ndarray) -> str:
    low, middle, high = np.quantile(values, (0.05, 0.5, 0.95), method="nearest")
    return f"{_plain(middle)} ({_plain(low)} to {_plain(high)})"


def _plain(value: float) -> str:
    """Two significant digits, without a power of ten."""
    return f"{float(f'{value:.2g}'):,.10g}"


class Results(NamedTuple):
    """What the page shows: lesions in marrow, with their rim in periosteum, fibres needed by tracer, and the rest."""

    marrow: FirstSeen
    periosteum: FirstSeen
    folds: Mapping[str, np.ndarray]
    published: Sequence[Against]
    looks: str


def results(draws: int = 40, seed: int = 1) -> Results:
    """Everything computed, before anything is drawn."""
    marrow, rims = first_seen(draws=draws, seed=seed), first_seen(NERVE, draws, seed, in_periosteum(draws, seed))
    return Results(
        marrow,
        FirstSeen(marrow.diameter | rims.diameter, marrow.days | rims.days),  # the others do not read fibres
        {name: folds_needed(name, DIAMETERS, draws, seed) for name in NERVE},
        against_published(5 * draws, seed),
        looks_table(draws, seed),
    )


def write(made: Results, docs: Path | None = None) -> list[Path]:
    """The figure and the tables of docs/imaging.md anew; returns the files. Raises `NicheError` for an unfit figure."""
    base = docs or root().parent / "docs"
    page, drawing = base / "imaging.md", base / "_static" / "imaging.svg"
    sizes = {name: made.marrow.diameter[name] for name in (*OTHERS, *NERVE)}
    sizes |= {f"{name}, periosteum": made.periosteum.diameter[name] for name in NERVE}
    figure, _ = lesion_seen(pictures(), PIXEL, DIAMETERS, made.folds, heart_fold(), sizes, MOST)
    if faults := problems(figure):
        raise NicheError(f"{drawing.name} is not fit to print: {'; '.join(faults)}")
    parts = {
        "published": published_table(made.published),
        "lead": f"{lead_table(made.marrow)}\n\n{_first(made.marrow)}",
        "periosteum": f"{lead_table(made.periosteum, NERVE)}\n\n{_first(made.periosteum)}",
        "needed": needed_table(made.folds),
        "looks": made.looks,
    }
    text = page.read_text(encoding="utf-8")
    for mark, part in parts.items():
        text = between_marks(text, mark, part, str(page))
    with laid_out(figure):
        write_whole(drawing, svg(figure, "imaging"))
    write_whole(page, text)
    return [page, drawing]


def _first(found: FirstSeen) -> str:
    wins = ", ".join(f"{name} {found.wins(name).mean():.0%}" for name in NERVE)
    return f"Draws in which a nerve tracer sees the lesion before all others: {wins}."


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="Write the tables and the figure of docs/imaging.md anew.")
    parser.add_argument("--draws", type=int, default=40)
    print(*write(results(parser.parse_args().draws)), sep="\n")
