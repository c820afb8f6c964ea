"""codecheck.yml: what a CODECHECK needs to know, and what of it only people can say.

CODECHECK configuration 2.0, https://codecheck.org.uk/spec/config/2.0/, and its rules, named by their identifiers, as in
rules-2.0.yml of https://github.com/codecheckers/register. Who checked, the ORCIDs, the certificate and where it is
published are not invented: a file says them (`niche review --codecheck FILE`), and until then they are listed as open.
"""

import re
from collections.abc import Mapping, Sequence
from pathlib import Path, PurePosixPath
from typing import Any, NamedTuple

import yaml

from niche.errors import NicheError, known
from niche.params.records import read_yaml

NAME = "codecheck.yml"
VERSION = "https://codecheck.org.uk/spec/config/2.0/"
GIVEN = ("paper", "codechecker", "report", "summary", "certificate", "repository", "source")
_PLACEHOLDER = re.compile(r"FIXME|TODO|X{4,}|^YYYY-|^0000-0000-0000-0000$")
_URL = re.compile(r"https?://\S+$")
_ORCID = re.compile(r"\d{4}-\d{4}-\d{4}-\d{3}[\dX]$")


class Open(NamedTuple):
    """A rule that a configuration does not meet.

    Attributes
    ----------
    severity
        error for a MUST, warning for a SHOULD
    """

    rule: str
    severity: str
    what: str


def given(path: Path | None) -> dict[str, Any]:
    """What a file says about the paper and the check. Raises `NicheError` for a key that has no place."""
    if path is None:
        return {}
    content = read_yaml(path)
    known(content, GIVEN, str(path))
    if isinstance(content.get("codechecker"), dict):
        content["codechecker"] = [content["codechecker"]]  # there is one, as a rule
    if not isinstance(content.get("paper", {}), dict):
        raise NicheError(f"{path}: paper has to be a mapping of title, authors, reference")
    return dict(content)


def configuration(
    manifest: Sequence[tuple[str, str]], citation: Mapping[str, Any], summary: str, said: Mapping[str, Any]
) -> dict[str, Any]:
    """The content of codecheck.yml.

    Parameters
    ----------
    manifest
        files that the check made again, by their path from codecheck.yml, each with what it is
    citation
        CITATION.cff
    said
        what `given` read, which wins
    """
    authors = [_author(one) for one in citation.get("authors", [])]
    about = f"{citation.get('title', '')}, version {citation.get('version', '')} (no article yet)"
    reference = f"https://doi.org/{citation['doi']}" if citation.get("doi") else citation.get("url") or about
    content: dict[str, Any] = {
        "version": VERSION,
        "manifest": [{"file": file, "comment": comment} for file, comment in manifest],
        "paper": {"title": citation.get("title", ""), "authors": authors, "reference": reference},
        "summary": summary,
    }
    if citation.get("repository-code"):
        content["repository"] = citation["repository-code"]
    paper = {**content["paper"], **said.get("paper", {})}
    return {**content, **said, "paper": paper}


def _author(one: Mapping[str, Any]) -> dict[str, str]:
    """An author of CITATION.cff as codecheck.yml has one; the ORCID without its address."""
    name = one.get("name") or " ".join(filter(None, (one.get("given-names"), one.get("family-names"))))
    orcid = str(one.get("orcid", "")).rpartition("/")[2]
    return {"name": str(name)} | ({"ORCID": orcid} if orcid else {})


def write_codecheck(content: Mapping[str, Any], time: str) -> str:
    """The text of codecheck.yml; the time of the check is its last line."""
    body = yaml.safe_dump(dict(content), sort_keys=False, allow_unicode=True, width=110)
    return f"%YAML 1.1\n---\n{body}" + yaml.safe_dump({"check_time": time})


def unmet(path: Path) -> list[Open]:
    """The rules that a codecheck.yml and the folder around it do not meet, those that need no network.

    Nothing is raised: what cannot be read is a rule not met.

    Parameters
    ----------
    path
        the file
    """
    try:
        content = read_yaml(path)
        text = path.read_text(encoding="utf-8")
    except NicheError as error:
        return [Open("CC-CFG-001", "error", f"not readable: {error}")]
    marked = any(line == "---" for line in text.splitlines()[:3])
    rules = [
        ("CC-CFG-002", "error", marked, "the document starts with ---"),
        ("CC-CFG-003", "error", path.name == NAME, f"the file is named {NAME}"),
        ("CC-CFG-014", "warning", "version" in content, "the version of the specification is named"),
        ("CC-CFG-015", "warning", content.get("version") == VERSION, "the version is a published one"),
        *_manifest(content.get("manifest"), path.parent),
        *_paper(content.get("paper")),
        *_check(content),
    ]
    return [Open(rule, severity, what) for rule, severity, met, what in rules if not met]


_Rule = tuple[str, str, bool, str]


def _manifest(manifest: Any, folder: Path) -> list[_Rule]:
    items = manifest if isinstance(manifest, list) else []
    files = [str(one.get("file") or "") if isinstance(one, dict) else "" for one in items]
    inside = [bool(file) and not PurePosixPath(file).is_absolute() and ".." not in file.split("/") for file in files]
    there = [within and (folder / file).is_file() for within, file in zip(inside, files, strict=True)]
    licences = any(one.is_file() for pattern in ("LICEN[SC]E*", "COPYING*") for one in folder.glob(pattern))
    return [
        ("CC-CFG-004", "error", bool(items), "there is a manifest of outputs"),
        ("CC-CFG-005", "error", all(files), "each entry of the manifest names a file"),
        ("CC-CFG-006", "error", all(inside), "paths in the manifest are relative and lead nowhere else"),
        ("CC-BUN-001", "error", all(there), "each file of the manifest is there"),
        (
            "CC-BUN-002",
            "warning",
            (folder / "codecheck").is_dir() or (folder / ".codecheck").is_dir(),
            "there is a folder codecheck",
        ),
        ("CC-BUN-005", "warning", licences, "a licence comes with it"),
    ]


def _paper(paper: Any) -> list[_Rule]:
    entry = paper if isinstance(paper, dict) else {}
    people = _people(entry.get("authors"))
    reference, others = str(entry.get("reference") or ""), entry.get("reference-other", [])
    return [
        ("CC-CFG-016", "error", bool(entry), "there is a paper"),
        ("CC-CFG-017", "error", bool(entry.get("title")), "the paper has a title"),
        ("CC-CFG-018", "error", bool(people), "the paper has authors"),
        ("CC-CFG-019", "error", all(one.get("name") for one in people), "each author has a name"),
        ("CC-CFG-020", "error", all(valid_orcid(one.get("ORCID")) for one in people), "each author has an ORCID"),
        ("CC-CFG-021", "error", bool(reference), "the paper has a reference"),
        ("CC-CFG-022", "warning", not reference.lower().endswith(".pdf"), "the reference is a page, not a PDF"),
        ("CC-CFG-027", "warning", bool(_URL.match(reference)), "the reference is an address, best a DOI"),
        ("CC-CFG-029", "error", isinstance(others, list), "reference-other is a list"),
    ]


def _check(content: Mapping[str, Any]) -> list[_Rule]:
    people = _people(content.get("codechecker"))
    orcids = [one["ORCID"] for one in people if one.get("ORCID")]
    certificate = str(content.get("certificate") or "")
    report = str(content.get("report") or "")
    return [
        ("CC-CFG-008", "error", bool(people), "a codechecker is named"),
        ("CC-CFG-009", "error", all(one.get("name") for one in people), "each codechecker has a name"),
        ("CC-CFG-010", "warning", len(orcids) == len(people), "each codechecker has an ORCID"),
        ("CC-CFG-011", "error", bool(report), "the published certificate is named (report)"),
        ("CC-CFG-023", "error", not any(map(_PLACEHOLDER.search, _texts(content))), "no placeholder is left"),
        ("CC-CFG-024", "error", bool(content.get("summary")), "there is a summary"),
        ("CC-CFG-025", "error", bool(certificate), "the certificate has its number"),
        (
            "CC-CFG-026",
            "error",
            not certificate or bool(re.fullmatch(r"\d{4}-\d{3}", certificate)),
            "the certificate's number is YYYY-NNN",
        ),
        ("CC-MET-001", "error", all(map(valid_orcid, orcids)), "ORCIDs are valid"),
    ]


def _people(value: Any) -> list[dict[str, Any]]:
    return [one if isinstance(one, dict) else {} for one in value] if isinstance(value, list) else []


def _texts(content: Any) -> list[str]:
    if isinstance(content, dict):
        return [text for one in content.values() for text in _texts(one)]
    if isinstance(content, list):
        return [text for one in content for text in _texts(one)]
    return [str(content)]


def valid_orcid(value: Any) -> bool:
    """Whether this is a plain ORCID with its check digit (ISO/IEC 7064, MOD 11-2)."""
    if not isinstance(value, str) or not _ORCID.match(value):
        return False
    total = 0
    for digit in value.replace("-", "")[:-1]:
        total = 2 * (total + int(digit))
    return "0123456789X"[(12 - total % 11) % 11] == value[-1]
