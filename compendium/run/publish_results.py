"""The end of a run: say how it went, and put the results where they belong."""

import json
import sys
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from compendium.run import changed as changed_inputs
from compendium.run import made_of, publish, report
from compendium.run.plan import Request, Task
from compendium.run.settle import changes_in_words, settle
from niche.errors import NicheError
from niche.provenance import parameters_hash


@dataclass(frozen=True)
class NotebookResult:
    """What came of a task: the notebook's text, or in one line what went wrong."""

    task: Task
    text: str = ""
    error: str | None = None


def publish_results(
    request: Request,
    root: Path,
    registry: Any,
    values: Mapping[str, Any],
    work: Path,
    results: Sequence[NotebookResult],
) -> bool:
    """Report, and move the results to their place. Returns whether the scratch folder is still needed."""
    good = [result for result in results if not result.error]
    failed = [result for result in results if result.error]
    refused = request.committed and bool(failed)
    place = root if request.committed and not refused else work if request.output is None else request.output.resolve()
    changed: list[Path] = []
    if good and place == root:
        changed = _put_in_place(request, root, registry, values, work, good)
    elif good:
        publish.put_in_place(_elsewhere(place, registry, values, work, good), work)
    for one in registry.answers([result.task.claim.id for result in good]) if good else ():
        print(f"{one.number:02d} {one.title}\n   {one.sentence}", flush=True)
    for result in failed:
        _complain(f"{result.task.path.name} failed: {result.error}")
    if refused:
        _complain("notebooks/, figures/ and README.md are as they were")
    if failed:
        _complain(f"the failed notebooks as far as they came, and their logs, are in {work / 'run'}")
    elif place == work:
        publish.tidy_folder(work / "run")
    if place == root:
        print(f"{len(changed) or 'no'} files changed in notebooks/, figures/ and README.md", flush=True)
    elif good:
        print(f"results are in {place}", flush=True)
    return bool(failed) or place == work


def refresh(root: Path, registry: Any, values: Mapping[str, Any]) -> None:
    """Let figures/made-of.json name the inputs of today, if none of the results depends on what changed in them."""
    stored = _stored(root)
    if stored is None or stored["parameters_sha256"] != parameters_hash(root):
        content = made_of.made_of_text(root, stored["notebooks"] if stored else {})
        publish.put_in_place({root / "figures" / made_of.FILE: content.encode()}, root / "scratch")
        print(f"figures/{made_of.FILE} names the parameters of today", flush=True)


def _put_in_place(
    request: Request, root: Path, registry: Any, values: Mapping[str, Any], work: Path, good: Sequence[NotebookResult]
) -> list[Path]:
    """Take over what is news; returns the paths that changed."""
    from niche.answering.text import markdown  # late: half of the science hangs on it

    _refuse_edited(good)
    made, keys = _files(root, work, good)
    first = settle(made, root)
    ran = {result.task.claim.id for result in good}
    names = [name for name in registry.claim_ids() if name in ran or (root / "figures" / name).is_dir()]
    told = _report(root, registry, values, {name: _entries(root / "figures" / name, first.contents) for name in names})
    readme = root / "README.md"
    table = markdown(registry.answers())
    told[readme] = report.readme_with(readme.read_text(encoding="utf-8"), table).encode()
    whole = settle(made | told, root)
    contents = whole.contents | {root / "figures" / made_of.FILE: _made_of(request, root, good, keys, whole.contents)}
    changed = publish.put_in_place(contents, work, _stale(root, contents, good))
    for line in changes_in_words(whole):
        print(line, flush=True)
    return changed


def _files(
    place: Path, work: Path, good: Iterable[NotebookResult]
) -> tuple[dict[Path, bytes], dict[str, dict[str, Any]]]:
    """Notebooks and figures by where they go, and the key of each claim's notebook, as far as there is one."""
    contents, keys = dict[Path, bytes](), dict[str, dict[str, Any]]()
    for result in good:
        name = result.task.claim.id
        contents[place / "notebooks" / result.task.path.name] = result.text.encode()
        for path, data in publish.files(work / "figures" / name).items():
            if path.as_posix() == changed_inputs.FILE:
                keys[name] = json.loads(data)
            else:
                contents[place / "figures" / name / path] = data
    return contents, keys


def _elsewhere(
    place: Path, registry: Any, values: Mapping[str, Any], work: Path, good: Sequence[NotebookResult]
) -> dict[Path, bytes]:
    """Every file of a run whose results are not taken over."""
    contents, _ = _files(place, work, good)
    names = [result.task.claim.id for result in good]
    entries = {name: _entries(place / "figures" / name, contents) for name in names}
    return contents | _report(place, registry, values, entries)


def _report(
    place: Path, registry: Any, values: Mapping[str, Any], entries: Mapping[str, Mapping[str, Any]]
) -> dict[Path, bytes]:
    """The report on some claims.

    Parameters
    ----------
    entries
        their figures
    """
    claims = registry.answers(list(entries)) if entries else ()
    return {
        place / "figures" / "report.md": report.as_markdown(claims, entries, values).encode(),
        place / "figures" / "report.json": report.as_json(claims, entries, values).encode(),
    }


def _entries(folder: Path, contents: Mapping[Path, bytes]) -> dict[str, Any]:
    """What the manifest of a claim's figures says of each; nothing if there is none."""
    path = folder / "manifest.json"
    try:
        found = json.loads(contents[path] if path in contents else path.read_bytes())["figures"]
    except (OSError, ValueError, KeyError, TypeError):
        found = {}
    pictures = {one.stem for one in contents if one.parent == folder and one.suffix == ".png"}
    there = pictures or {one.stem for one in folder.glob("*.png")}
    return {name: found.get(name, {}) for name in sorted(there)}


def _made_of(
    request: Request,
    root: Path,
    good: Iterable[NotebookResult],
    keys: Mapping[str, dict[str, Any]],
    contents: Mapping[Path, bytes],
) -> bytes:
    """figures/made-of.json: the keys of the notebooks that ran, with the results as they are kept.

    If only some ran, the list of all inputs stays: other results are of other inputs than those of today.
    """
    stored = _stored(root)
    notebooks = dict(stored["notebooks"]) if stored and request.claims else {}
    for result in good:
        name, folder = result.task.claim.id, root / "figures" / result.task.claim.id
        notebooks.pop(name, None)
        if name in keys:
            kept = {path.relative_to(folder): data for path, data in contents.items() if path.parent == folder}
            text = contents[root / "notebooks" / result.task.path.name]
            notebooks[name] = keys[name] | {"results": changed_inputs.results_key(text, kept)}
    if request.claims and stored:
        return made_of.as_text(stored | {"notebooks": notebooks}).encode()
    return made_of.made_of_text(root, notebooks).encode()


def _stored(root: Path) -> dict[str, Any] | None:
    """What figures/made-of.json says; None if there is none that can be read: a run writes it again."""
    try:
        return made_of.stored(root)
    except NicheError:
        return None


def _complain(text: str) -> None:
    print(f"niche: {text}", file=sys.stderr, flush=True)


def _refuse_edited(good: Iterable[NotebookResult]) -> None:
    for task in (result.task for result in good):
        if not task.path.is_file() or task.path.read_bytes() != task.before:
            raise NicheError(f"{task.path.name} was edited while it ran; nothing was changed, so run it again")


def _stale(root: Path, contents: Mapping[Path, bytes], good: Iterable[NotebookResult]) -> list[Path]:
    """Files of former runs in the figure folders of these claims that this run did not make."""
    folders = [root / "figures" / result.task.claim.id for result in good]
    return [path for folder in folders for path in sorted(folder.rglob("*")) if path.is_file() and path not in contents]
