"""Entries as RIS, which EndNote, RefWorks and Zotero read: lines of a tag and a value, from TY to ER."""

import re
from collections.abc import Iterable

from compendium.citing.entry import BibEntry
from compendium.citing.names import bibtex_names

_TYPES = {
    "article": "JOUR",
    "preprint": "UNPB",
    "inproceedings": "CPAPER",
    "book": "BOOK",
    "dataset": "DATA",
    "software": "COMP",
    "webpage": "ELEC",
}
_TAGS = {
    "title": "TI",
    "journal": "T2",
    "booktitle": "T2",
    "howpublished": "T2",
    "publisher": "PB",
    "year": "PY",
    "volume": "VL",
    "number": "IS",
    "doi": "DO",
    "pmid": "AN",
    "pmcid": "C2",
    "url": "UR",
}


def write_ris(entries: Iterable[BibEntry]) -> str:
    """Entries as one RIS text, a blank line between two."""
    return "\n".join(map(_record, entries))


def _record(entry: BibEntry) -> str:
    fields = entry.fields
    lines = [("TY", _TYPES.get(entry.kind, "JOUR" if "journal" in fields else "GEN")), ("ID", entry.key)]
    names, whole = bibtex_names(fields.get("author", ""))
    lines += [("AU", f"{one.family}, {one.given}" if one.given else one.family) for one in names]
    lines += [] if whole else [("AU", "et al.")]
    lines += [(tag, fields[name]) for name, tag in _TAGS.items() if fields.get(name)]
    first, *last = re.split("--", fields.get("pages", ""))
    lines += [("SP", first)] if first else []
    lines += [("EP", last[0])] if last else []
    lines += [("DB", entry.seen[0])] if entry.seen else []
    lines += [("N1", entry.note)] if entry.note else []
    return "".join(f"{tag}  - {' '.join(text.split())}\n" for tag, text in lines) + "ER  - \n"
