"""Entries as CSL-JSON, which Zotero, Pandoc and citation processors read (https://citationstyles.org, schema 1.0)."""

import json
from collections.abc import Iterable
from typing import Any

from compendium.citing.entry import BibEntry
from compendium.citing.names import PersonName, bibtex_names

_TYPES = {
    "article": "article-journal",
    "preprint": "article",
    "inproceedings": "paper-conference",
    "book": "book",
    "dataset": "dataset",
    "software": "software",
    "webpage": "webpage",
}
_NAMES = {
    "title": "title",
    "publisher": "publisher",
    "version": "version",
    "volume": "volume",
    "number": "issue",
    "doi": "DOI",
    "pmid": "PMID",
    "pmcid": "PMCID",
    "url": "URL",
}


def write_csl(entries: Iterable[BibEntry]) -> str:
    """Entries as one CSL-JSON text: a list of items."""
    return json.dumps([csl_item(one) for one in entries], ensure_ascii=False, indent=1) + "\n"


def csl_item(entry: BibEntry) -> dict[str, Any]:
    """One item. Where the names of further authors are not recorded it ends with a literal "et al."."""
    fields = entry.fields
    item: dict[str, Any] = {
        "id": entry.key,
        "type": _TYPES.get(entry.kind, "article-journal" if "journal" in fields else "document"),
    }
    item |= {name: fields[ours] for ours, name in _NAMES.items() if fields.get(ours)}
    if where := fields.get("journal") or fields.get("booktitle") or fields.get("howpublished"):
        item["container-title"] = where
    if pages := fields.get("pages"):
        item["page"] = pages.replace("--", "-")
    if author := fields.get("author"):
        names, whole = bibtex_names(author)
        item["author"] = [_name(one) for one in names] + ([] if whole else [{"literal": "et al."}])
    if year := fields.get("year"):
        item["issued"] = {"date-parts": [[int(year)]]}
    if entry.note:
        item["note"] = entry.note
    if entry.seen:
        item["source"] = entry.seen[0]
    return item


def _name(one: PersonName) -> dict[str, str]:
    if one.group:
        return {"literal": one.family}
    return {"family": one.family, **({"given": one.given} if one.given else {})}
