"""The end of a run: say how it went, and put the results where they belong."""

import json
import sys
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from compendium.run import made_of, publish, report
from compendium.run.plan import Request, Task
from niche.errors import NicheError
from niche.verdicts.record import Verdict


@dataclass(frozen=True)
class Result:
    """What came of a task: the notebook's text and its verdict, or in one line what went wrong."""

    task: Task
    text: str = ""
    record: Mapping[str, Any] = field(default_factory=dict)
    error: str | None = None

    @property
    def differs(self) -> bool:
        """Whether the verdict is not the one that the registry expects."""
        return not self.error and bool(self.record["verdict"] != self.task.claim.expected or self.record.get("changed"))


def publish_results(
    request: Request, root: Path, registry: Any, values: Mapping[str, Any], work: Path, results: Sequence[Result]
) -> bool:
    """Report, and move the results to their place. Returns whether the scratch folder is still needed."""
    good = [result for result in results if not result.error]
    failed = [result for result in results if result.error]
    different = [result for result in good if request.judged and result.differs]
    refused = request.committed and bool(failed or different)
    place = root if request.committed and not refused else work if request.output is None else request.output.resolve()
    changed: list[Path] = []
    if good:
        contents = _contents(place, root, registry, values, work, good)
        if place == root and not request.claims:  # else some results are of other inputs than those of today
            contents |= _made_of(root)
        changed = publish.put_in_place(contents, work, _stale(place, contents, good) if place == root else ())
        print(f"\n{registry.table([Verdict.from_dict(result.record) for result in good])}\n", flush=True)
    for result in failed:
        _complain(f"{result.task.path.name} failed: {result.error}")
    for result in different:
        _complain(f"{result.task.claim.id} is {result.record['verdict']!r}, expected {result.task.claim.expected!r}")
        for change in result.record.get("changed", ()):
            _complain(f"{result.task.claim.id}, row or control {change}")
    if refused:
        _complain("notebooks/, figures/ and README.md are as they were")
    if failed:
        _complain(f"the failed notebooks as far as they came, and their logs, are in {work / 'run'}")
    elif place == work:
        publish.tidy(work / "run")
    if place == root:
        print(f"{len(changed) or 'no'} files changed in notebooks/, figures/ and README.md", flush=True)
    elif good:
        print(f"results are in {place}" + ("" if request.judged else "; not judged"), flush=True)
    return bool(failed) or place == work


def refresh(root: Path, registry: Any, values: Mapping[str, Any]) -> None:
    """Let the report name the parameters of today, if none of the results depends on what changed in them."""
    try:
        stored = json.loads((root / "figures" / "report.json").read_text(encoding="utf-8"))["parameters_sha256"]
    except (OSError, ValueError, KeyError, TypeError):
        stored = ""
    if stored != report.parameters_hash(root):
        publish.put_in_place(_contents(root, root, registry, values, root, ()) | _made_of(root), root / "scratch")
        print("the report names the parameters of today", flush=True)


def _made_of(root: Path) -> dict[Path, bytes]:
    return {root / "figures" / made_of.FILE: made_of.made_of_text(root).encode()}


def _complain(text: str) -> None:
    print(f"niche: {text}", file=sys.stderr, flush=True)


def _contents(
    place: Path, root: Path, registry: Any, values: Mapping[str, Any], work: Path, good: Sequence[Result]
) -> dict[Path, bytes]:
    """Every file that the run makes, by where it goes."""
    contents = {place / "notebooks" / result.task.path.name: result.text.encode() for result in good}
    records = {result.task.claim.id: result.record for result in good}
    folders = {name: work / "figures" / name for name in records}
    for name, folder in folders.items():
        for path, data in publish.files(folder).items():
            contents[place / "figures" / name / path] = data
    if place == root:
        _refuse_edited(good)
        for name in registry.claim_ids():
            stored = root / "figures" / name / "verdict.json"
            if name not in records and stored.is_file():
                records[name], folders[name] = report.read_verdict(stored, name), stored.parent
    ordered = [records[name] for name in registry.claim_ids() if name in records]
    table = registry.markdown([Verdict.from_dict(record) for record in ordered])
    number = report.parameters_hash(root)
    text = report.as_markdown(ordered, values, number, table, folders)
    contents[place / "figures" / "report.md"] = text.encode()
    contents[place / "figures" / "report.json"] = report.as_json(ordered, values, number).encode()
    if place == root:
        readme = root / "README.md"
        contents[readme] = report.readme_with(readme.read_text(encoding="utf-8"), table).encode()
    return contents


def _refuse_edited(good: Iterable[Result]) -> None:
    for task in (result.task for result in good):
        if not task.path.is_file() or task.path.read_bytes() != task.before:
            raise NicheError(f"{task.path.name} was edited while it ran; nothing was changed, so run it again")


def _stale(root: Path, contents: Mapping[Path, bytes], good: Iterable[Result]) -> list[Path]:
    """Files of former runs in the figure folders of these claims that this run did not make."""
    folders = [root / "figures" / result.task.claim.id for result in good]
    return [path for folder in folders for path in sorted(folder.rglob("*")) if path.is_file() and path not in contents]
