"""What differs between the inputs of the committed results and those of now, as findings."""

from collections.abc import Iterator, Mapping
from typing import Any

from compendium.review.findings import Finding


def input_differences(
    before: Mapping[str, Mapping[str, Any]], now: Mapping[str, Mapping[str, Any]], notebooks: set[str]
) -> Iterator[Finding]:
    """What differs between the inputs of the committed results and those of now.

    Of code and packages it is only told that they changed: the rerun shows whether that matters.

    Parameters
    ----------
    notebooks
        paths of the notebooks that are reviewed
    """
    for path in sorted({*before, *now}):
        if path.endswith(".ipynb") and path not in notebooks:
            continue
        counts = path.startswith(("params/", "notebooks/"))
        old, new = before.get(path), now.get(path)
        if old is None or new is None:
            what = "was not there when the results were made" if old is None else "is gone"
            yield Finding("input", path, what, counts=counts)
        elif old["sha256"] != new["sha256"]:
            yield from _parts(path, old.get("parts", {}), new.get("parts", {}), counts)


def _parts(path: str, old: Mapping[str, str], new: Mapping[str, str], counts: bool) -> Iterator[Finding]:
    changed = [name for name in sorted({*old, *new}) if old.get(name) != new.get(name)]
    if not changed:
        yield Finding(
            "input", path, "other wording, the same entries" if new else "another content", counts=counts and not new
        )
    for name in changed:
        if name not in old or name not in new:
            yield Finding("input", path, f"{name} was {'added' if name in new else 'removed'}", counts=counts)
            continue
        was, value = (entry[name].partition(" ")[2] for entry in (old, new))
        if was != value:
            yield Finding("input", path, f"{name}: another value", was or "–", value or "–", counts)
        else:
            yield Finding("input", path, f"{name}: another entry, the same value", counts=counts)
