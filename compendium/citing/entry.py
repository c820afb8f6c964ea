"""A cited work: its fields, what cites it, where its particulars were seen, and what of it is not recorded."""

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

OTHERS = " and others"  # ends a list of authors that goes on
# What a full reference of each kind has. Anything else (software, a page) needs its title.
_NEEDED: Mapping[str, tuple[str, ...]] = {
    "article": ("author", "title", "journal", "year", "volume", "pages"),
    "preprint": ("author", "title", "journal", "year"),
    "inproceedings": ("author", "title", "booktitle", "year"),
    "book": ("author", "title", "publisher", "year"),
    "dataset": ("author", "title", "year"),
}
_WORDS = {"author": "authors", "pages": "pages", "booktitle": "proceedings"}


@dataclass(frozen=True)
class BibEntry:
    """One cited work.

    Attributes
    ----------
    key
        what it is cited by, the same from one version to the next
    kind
        article, preprint, inproceedings, book, dataset, software; misc where that is not known
    fields
        plain text by the names of BibTeX; authors are "Family, Given and Family, Given", and end with "and others"
        where not all are recorded
    notes
        sentences for the field `note`
    rows
        evidence rows that cite it, which the note names, too
    seen
        where its particulars were seen: "PubMed page: https://..."
    without
        fields that such a work usually has, and this one does not
    not_found
        why the rest is not recorded
    paper
        its file in params/papers
    """

    key: str
    kind: str = "misc"
    fields: Mapping[str, str] = field(default_factory=dict)
    notes: tuple[str, ...] = ()
    rows: tuple[str, ...] = ()
    seen: tuple[str, ...] = ()
    without: tuple[str, ...] = ()
    not_found: str = ""
    paper: str = ""

    def cited(self, note: str = "", rows: tuple[str, ...] = ()) -> "BibEntry":
        """The same work with what cites it here."""
        return replace(self, notes=(note,) if note else (), rows=rows)

    def joined(self, other: "BibEntry") -> "BibEntry":
        """One entry of two on the same work: the fuller one, with what the other alone says, and all notes."""
        first, second = (self, other) if len(self.fields) >= len(other.fields) else (other, self)
        kind = first.kind if first.kind != "misc" else second.kind
        notes, rows, seen = (
            tuple(dict.fromkeys(a + b))
            for a, b in ((self.notes, other.notes), (self.rows, other.rows), (self.seen, other.seen))
        )
        return replace(first, kind=kind, fields={**second.fields, **first.fields}, notes=notes, rows=rows, seen=seen)

    @property
    def missing(self) -> tuple[str, ...]:
        """What a full reference has and this one has not, in words; empty if it is complete."""
        needed = _NEEDED.get("article" if self.kind == "misc" else self.kind, ("title",))
        lacking = [
            name
            for name in needed
            if name not in self.without
            and (not self.fields.get(name) or (name == "author" and self.fields[name].endswith(OTHERS)))
        ]
        return tuple(_WORDS.get(name, name) for name in lacking)

    @property
    def note(self) -> str:
        """What cites it, and what is not known of it."""
        rows = [f"Row{'s' * (len(self.rows) > 1)} {', '.join(self.rows)} of params/evidence."] if self.rows else []
        return " ".join([*rows, *self.notes, *self._unknown()])

    def _unknown(self) -> list[str]:
        if not self.missing:
            return []
        why = [self.not_found] if self.not_found else []
        if "title" in self.fields:
            return [f"Not recorded: {', '.join(self.missing)}.", *why]
        if "howpublished" in self.fields:
            return why
        name = {"doi:": "DOI", "pmid": "PMID", "pmc:": "PMC number", "url:": "page", "row:": ""}.get(self.key[:4], "")
        if not name:
            return ["No source is recorded.", *why]
        if "author" in self.fields:
            return ["Name and year are as written there; the title, and perhaps more authors, are not recorded.", *why]
        return [f"Only its {name} is recorded.", *why]


def citation_key(text: str) -> str:
    """A key that BibTeX and biber take: the text without what they do not allow."""
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode()
    return re.sub(r"[^A-Za-z0-9.:/+_-]+", "_", plain).strip("_")
