"""Run everything again in a scratch folder, compare, and write the report: whole or not at all."""

import json
import shutil
import tempfile
import time
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from compendium.review import codecheck, compare, content, crate, environment, page
from compendium.review.findings import Finding, ordered
from compendium.review.inputs import input_differences
from compendium.review.rerun import Rerun, rerun
from compendium.run import made_of, publish, report
from compendium.run.plan import CELL_TIMEOUT, Request, Task, plan_run, repository
from compendium.run.stop import stoppable
from niche.errors import NicheError
from niche.params.records import read_yaml
from niche.provenance import digest_bytes

PAGES = ("review.html", "review.md", "review.json")
_BESIDE = ("LICENSE", "LICENSE-text", "CITATION.cff")


def review(
    claims: Sequence[str] = (),
    folder: Path | None = None,
    *,
    fast: bool = False,
    jobs: int | None = None,
    timeout: float = CELL_TIMEOUT,
    said: Path | None = None,
    root: Path | None = None,
    registry: Any = None,
) -> int:
    """Write a reviewer's report into a new folder; returns 0 if all holds, 1 if something differs or did not run.

    Parameters
    ----------
    claims
        ids; none means all
    folder
        made; one that holds anything is refused. None: scratch/review or the next free name
    said
        a YAML file of what only people can say in codecheck.yml
    root, registry
        stand in for the repository and `niche.answering.claim` in tests

    Raises
    ------
    NicheError
        for input that cannot be used, before any kernel starts
    Interrupted
        if stopped
    """
    root = (root or repository()).resolve()
    if registry is None:
        from niche.answering import claim as registry  # late: slow
    place = _place(folder, root)
    people = codecheck.given(said)
    with stoppable():
        request = Request(tuple(claims), fast=fast, output=place, jobs=jobs, timeout=timeout)
        values, tasks = plan_run(request, root, registry)
        stored = made_of.stored(root)
        place.parent.mkdir(parents=True, exist_ok=True)
        stage = Path(tempfile.mkdtemp(prefix=".review-", dir=place.parent))
        try:
            began, started = time.monotonic(), _now()
            results = rerun(request, tasks, stage / "run", stage / "report" / "codecheck")
            times = {
                "started": started,
                "ended": _now(),
                "seconds": round(time.monotonic() - began, 1),
                "claims": {one.task.claim.id: round(one.seconds, 1) for one in results},
            }
            run = {"kind": "fast" if fast else "full", "parameters": dict(values)}
            told = {one.id: one for one in registry.answers([task.claim.id for task in tasks])}
            document = _write(stage / "report", root, results, told, stored, run, times, people)
            if place.is_dir():
                place.rmdir()  # it is empty; were it not, this would refuse
            (stage / "report").rename(place)
        finally:
            publish.tidy_folder(stage)
    _say(document, place)
    return 0 if document["holds"] else 1


def _place(folder: Path | None, root: Path) -> Path:
    """Where the report goes, if nothing is there."""
    if folder is None:
        names = ("review", *(f"review-{number}" for number in range(2, 10_000)))
        return next(root / "scratch" / name for name in names if not (root / "scratch" / name).exists())
    publish.refuse_folder(folder, root)
    if folder.is_dir() and any(folder.iterdir()):
        raise NicheError(f"--output {folder}: this folder is not empty; name a new one. Nothing in it was touched")
    return folder.resolve()


def _write(
    folder: Path,
    root: Path,
    results: Sequence[Rerun],
    told: Mapping[str, Any],
    stored: Mapping[str, Any] | None,
    run: Mapping[str, Any],
    times: Mapping[str, Any],
    people: Mapping[str, Any],
) -> dict[str, Any]:
    """Everything of the report into a folder that holds the rerun's results; returns what the page says.

    Parameters
    ----------
    told
        the answers to each claim
    """
    folder.mkdir(parents=True, exist_ok=True)
    now = made_of.read_inputs(root)
    environs = environment.read_environment(root)
    alike = stored is not None and stored["environment"] == report.environment()
    found = {one.task.claim.id: _claim(root, folder, one, run["kind"] == "full", alike) for one in results}
    findings = [finding for group in found.values() for finding in group]
    findings += _inputs(root, [one.task for one in results], stored, now)
    findings += environment.environment_differences(environs, (root / "requirements.lock").is_file())
    for name in _BESIDE:
        if (root / name).is_file():
            shutil.copyfile(root / name, folder / name)
    taken = _copy_inputs(root, folder, now)
    outputs = {path.as_posix(): digest_bytes(data) for path, data in publish.files(folder / "codecheck").items()}
    outputs = {f"codecheck/{path}": digest for path, digest in outputs.items()}
    if not crate.available():
        findings.append(Finding("bundle", crate.METADATA, "not written: pip install 'niche[review]'", counts=False))
    citation = read_yaml(root / "CITATION.cff") if (root / "CITATION.cff").is_file() else {}
    claims = [content.claim_section(one, found[one.task.claim.id], told[one.task.claim.id]) for one in results]
    summary = content.review_summary(claims, findings, run["kind"] == "full", stored is not None)
    said = codecheck.configuration(_manifest(folder, outputs), citation, summary, people)
    (folder / codecheck.NAME).write_text(
        codecheck.write_codecheck(said, times["ended"]), encoding="utf-8", newline="\n"
    )
    document = content.document(
        title=citation.get("title", "niche"),
        version=citation.get("version", ""),
        authors=", ".join(one["name"] for one in said["paper"]["authors"]) or "the authors",
        license=_list(citation.get("license")) or ["see-the-file-LICENSE"],
        summary=summary,
        run=dict(run),
        findings=ordered(findings),
        claims=claims,
        open=[one._asdict() for one in codecheck.unmet(folder / codecheck.NAME)],
        environment=environs,
        inputs=taken,
        outputs=outputs,
        times=dict(times),
    )
    shown = page.pictures(document, root, folder)
    texts = (page.write_page(document, shown), page.write_plain(document), _json(document))
    for name, text in zip(PAGES, texts, strict=True):
        (folder / name).write_text(text, encoding="utf-8", newline="\n")
    if crate.available():
        main = "reproduce" if "reproduce" in taken else results[0].task.path.relative_to(root).as_posix()
        paths = {f"inputs/{path}": digest for path, digest in taken.items()}
        crate.write_crate(
            folder, document, main=f"inputs/{main}", inputs=paths, outputs=outputs, pages=(*PAGES, codecheck.NAME)
        )
    return document


def _claim(root: Path, folder: Path, one: Rerun, full: bool, alike: bool) -> list[Finding]:
    """What differs for one claim.

    Parameters
    ----------
    alike
        whether the versions that drew the committed figures are those of today
    """
    name = one.task.claim.id
    stored, made = root / "figures" / name, folder / "codecheck" / "figures" / name
    found = list(compare.altered(name, stored))
    if one.error:
        return [Finding("failed", name, one.error), *found]
    if not (stored / "manifest.json").is_file():
        return [Finding("stored", name, "no result of this claim is committed"), *found]
    if full:
        found += compare.notebook(one.task.path.name, one.task.before, one.notebook)
        found += compare.figures(name, stored, made, alike)
    return found


def _inputs(
    root: Path, tasks: Sequence[Task], stored: Mapping[str, Any] | None, now: Mapping[str, Any]
) -> list[Finding]:
    """Inputs that are not those of the committed results, and results that were made with others."""
    if stored is None:
        what = "missing, so single inputs were not compared; niche reproduce writes it"
        return [Finding("input", f"figures/{made_of.FILE}", what, counts=False)]
    names = {task.path.relative_to(root).as_posix() for task in tasks}
    return list(input_differences(stored["files"], now, names))


def _copy_inputs(root: Path, folder: Path, now: Mapping[str, Mapping[str, Any]]) -> dict[str, str]:
    """The inputs, copied below inputs/; their hashes by path."""
    for path in now:
        copy = folder / "inputs" / path
        copy.parent.mkdir(parents=True, exist_ok=True)
        copy.write_bytes(made_of.content(root / path))
    return {path: entry["sha256"] for path, entry in now.items()}


def _manifest(folder: Path, outputs: Mapping[str, str]) -> list[tuple[str, str]]:
    """The outputs for codecheck.yml, each with what it is."""
    told = []
    for path in outputs:
        where = Path(path)
        entry = compare.figure_entries(folder / where.parent).get(where.stem, {})
        other = {"manifest.json": "what the figures were made of"}
        comment = entry.get("caption") or other.get(where.name, "executed notebook")
        told.append((path, f"{where.parent.name}: {comment}"))
    return told


def _json(document: Mapping[str, Any]) -> str:
    return json.dumps(document, indent=1, ensure_ascii=False) + "\n"


def _list(value: Any) -> list[str]:
    return [str(one) for one in value] if isinstance(value, list) else [str(value)] if value else []


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")


def _say(document: Mapping[str, Any], place: Path) -> None:
    print(f"\n{document['summary']}", flush=True)
    for one in document["findings"]:
        if one["counts"]:
            pair = f" ({one['committed'] or '–'} -> {one['now'] or '–'})" if one["committed"] or one["now"] else ""
            print(f"  {one['where']}: {one['what']}{pair}")
    print(f"the report is {place / PAGES[0]}", flush=True)
