"""The tables of docs/drugs.md, written from the data: `python -m compendium.site.drugs docs/drugs.md`."""

import sys
from collections.abc import Iterable, Mapping
from pathlib import Path

from niche.kinetics.held import Lesion, Sustained
from niche.kinetics.table import Drug, Kinetics, read_drugs
from niche.kinetics.verify import CheckOutcome, outcomes
from niche.params.records import Parameter
from niche.text import between_marks, long_number, markdown_table

_WORDS = {
    "molar_mass": "molar mass",
    "weight": "body mass",
    "clearance_exponent": "effect of weight",
    "volume_exponent": "effect of weight",
    "unbound": "unbound share",
    "bioavailability": "share absorbed",
    "ka": "speed of absorption",
}


def page_with(text: str, drugs: Mapping[str, Drug] | None = None) -> str:
    """A page with its tables renewed, each between lines <!-- name --> and <!-- /name -->.

    Raises
    ------
    NicheError
        for a page that has no place for one of the tables
    """
    for name, table in tables(read_drugs() if drugs is None else drugs).items():
        text = between_marks(text, name, table, "the page")
    return text


def tables(drugs: Mapping[str, Drug]) -> dict[str, str]:
    """Every table as Markdown, by its name."""
    full = sorted((d for d in drugs.values() if isinstance(d, Kinetics)), key=lambda d: d.name.lower())
    held = sorted((d for d in drugs.values() if isinstance(d, Sustained)), key=lambda d: d.name.lower())
    lesions = sorted((d for d in drugs.values() if isinstance(d, Lesion)), key=lambda d: d.name.lower())
    checked = {d.name: outcomes(d) for d in full}
    return {
        "counts": _counts(full, held, lesions, checked),
        "full": markdown_table(
            ("drug", "what it is", "routes", "single doses behind it", "half held at, nM unbound", "assumed", "checks"),
            (_full(d, checked[d.name]) for d in full),
        ),
        "notes": "\n".join(f"- **{d.name}.** {d.note}" for d in full if d.note),
        "sustained": markdown_table(
            ("drug", "what it is", "species", "dose", "level over affinity, and share held", "why no more is said"),
            (_held(d) for d in held),
        ),
        "lesions": markdown_table(
            ("lesion", "how it was given", "what is removed", "species", "share left", "half of the loss back after"),
            (row for d in lesions for row in _lesion(d)),
        ),
        "checks": markdown_table(
            ("drug", "what", "regimen", "published", "here", "compared with", "verdict"),
            (_check(one) for d in full for one in checked[d.name]),
        ),
    }


def _counts(
    full: list[Kinetics], held: list[Sustained], lesions: list[Lesion], checked: dict[str, list[CheckOutcome]]
) -> str:
    drugs: list[Drug] = [*full, *held, *lesions]
    every = [entry for drug in drugs for entry in drug.parameters()]
    kinds = [sum(entry.kind == kind for entry in every) for kind in ("measured", "derived", "assumed")]
    done = [one for results in checked.values() for one in results]
    apart = [one for one in done if one.check.against == "independent"]
    return (
        f"{len(full)} drugs with full kinetics, {len(held)} with a sustained level, {len(lesions)} lesions; "
        f"{len(every)} numbers, of which {kinds[0]} measured, {kinds[1]} derived and {kinds[2]} assumed. "
        f"{sum(one.holds for one in done)} of {len(done)} published checks hold; of the {len(apart)} that had no part "
        f"in setting the numbers, {sum(one.holds for one in apart)} hold."
    )


def _full(drug: Kinetics, results: list[CheckOutcome]) -> tuple[str, ...]:
    held = [
        f"{name} {_number(entry)}"
        + (f" (in the body {_number(drug.effective[name])})" if name in drug.effective else "")
        for name, entry in drug.targets.items()
    ]
    assumed = [_WORDS.get(e.name, e.name.replace("_", " ")) for e in drug.entries.values() if e.kind == "assumed"]
    for route, numbers in drug.routes.items():
        assumed += [f"{_WORDS.get(e.name, e.name)} {route}" for e in numbers.values() if e.kind == "assumed"]
    assumed += [f"affinity at {e.name}" for e in drug.targets.values() if e.kind == "assumed"]
    assumed += [f"level in the body at {e.name}" for e in drug.effective.values() if e.kind == "assumed"]
    return (
        drug.name,
        _about(drug.about, drug.system),
        ", ".join(drug.routes),
        " to ".join(dict.fromkeys(drug.studied)),
        "; ".join(held) or "-",
        ", ".join(dict.fromkeys(assumed)) or "nothing",
        f"{sum(one.holds for one in results)} of {len(results)}",
    )


def _held(drug: Sustained) -> tuple[str, ...]:
    doses = "; ".join(dict.fromkeys(one.dose for one in drug.held.values()))
    levels = [f"{one.target} {_number(one.over_kd)}, {100 * one.share:.0f} %" for one in drug.held.values()]
    return drug.name, drug.about, drug.system, doses, "; ".join(levels), drug.why


def _lesion(drug: Lesion) -> Iterable[tuple[str, ...]]:
    for i, one in enumerate(drug.removes):
        if one.left.value >= 1:
            back = "nothing is lost"
        elif one.half_time is None:
            back = "never" + (" (*assumed*)" if one.never_kind == "assumed" else "")
        else:
            back = _days(one.half_time)
        first = (drug.name, drug.given) if i == 0 else ("", "")
        yield *first, one.what, one.species, _number(one.left), back


def _check(one: CheckOutcome) -> tuple[str, ...]:
    check = one.check
    verdict = ("holds" if one.holds else "**missed**") + (f": {check.missed}" if check.missed else "")
    unit = "" if check.unit == "1" else f" {check.unit}"
    found = ", ".join(long_number(x) for x in one.found)
    given = "; ".join(check.reading.given)
    return one.drug, check.what, given, f"{check.published}{unit}", f"{found}{unit}", check.against, verdict


def _days(entry: Parameter) -> str:
    text = f"{entry.value:.3g} days" if entry.value >= 1 else f"{entry.value * 24:.3g} h"
    return f"*{text}*" if entry.kind == "assumed" else text


def _number(entry: Parameter) -> str:
    """A number, in italics if it is assumed."""
    return f"*{long_number(entry.value)}*" if entry.kind == "assumed" else long_number(entry.value)


def _about(about: str, system: str) -> str:
    return about if system == "human" else f"{about} ({system})"


def write_page(arguments: list[str]) -> int:
    """Renew the tables of the page named, and say so."""
    if len(arguments) != 1:
        sys.stderr.write("usage: python -m compendium.site.drugs docs/drugs.md\n")
        return 2
    path = Path(arguments[0])
    path.write_text(page_with(path.read_text(encoding="utf-8")), encoding="utf-8")
    sys.stdout.write(f"{path} renewed\n")
    return 0


if __name__ == "__main__":
    sys.exit(write_page(sys.argv[1:]))
