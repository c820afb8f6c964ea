"""BibTeX entries: keys, fields, and the characters that TeX would read as commands."""

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field

_SPECIAL = {
    "\\": r"\textbackslash{}",
    "{": r"\{",
    "}": r"\}",
    "&": r"\&",
    "%": r"\%",
    "$": r"\$",
    "#": r"\#",
    "_": r"\_",
    "~": r"\textasciitilde{}",
    "^": r"\textasciicircum{}",
}
_ACCENTS = {
    "\u0300": "`",
    "\u0301": "'",
    "\u0302": "^",
    "\u0303": "~",
    "\u0308": '"',
    "\u030a": "r",
    "\u030c": "v",
    "\u0327": "c",
    "\u0306": "u",
    "\u0304": "=",
    "\u0307": ".",
    "\u030b": "H",
    "\u0328": "k",
}
_LETTERS = {
    "ß": r"{\ss}",
    "ø": r"{\o}",
    "Ø": r"{\O}",
    "ł": r"{\l}",
    "Ł": r"{\L}",
    "æ": r"{\ae}",
    "ı": r"{\i}",
    "–": "--",
    "—": "---",
    "’": "'",
    "‘": "`",
    "“": "``",
    "”": "''",
    "×": r"$\times$",
    "±": r"$\pm$",
    "µ": r"$\mu$",
    "α": r"$\alpha$",
    "β": r"$\beta$",
    "γ": r"$\gamma$",
    "μ": r"$\mu$",
    "κ": r"$\kappa$",
    "≥": r"$\ge$",
    "≤": r"$\le$",
}
_VERBATIM = ("doi", "url")  # not typeset: reference managers and \url want them as they are
_UNSAFE = {"{": "%7B", "}": "%7D", "\\": "%5C", " ": "%20", "\n": ""}


@dataclass(frozen=True)
class BibEntry:
    """One entry: its key, its kind (article, misc, ...), its fields as plain text.

    Attributes
    ----------
    notes
        sentences for the field `note`
    rows
        evidence rows that cite it, which the note names, too
    """

    key: str
    kind: str = "misc"
    fields: Mapping[str, str] = field(default_factory=dict)
    notes: tuple[str, ...] = ()
    rows: tuple[str, ...] = ()

    def joined(self, other: "BibEntry") -> "BibEntry":
        """One entry of two on the same work: the fuller one, with what the other alone says, and all notes."""
        first, second = (self, other) if len(self.fields) >= len(other.fields) else (other, self)
        kind = first.kind if first.kind != "misc" else second.kind
        notes, rows = (tuple(dict.fromkeys(a + b)) for a, b in ((self.notes, other.notes), (self.rows, other.rows)))
        return BibEntry(self.key, kind, {**second.fields, **first.fields}, notes, rows)

    @property
    def note(self) -> str:
        """What cites it, and what is not known of it."""
        rows = [f"Row{'s' * (len(self.rows) > 1)} {', '.join(self.rows)} of params/evidence."] if self.rows else []
        return " ".join([*rows, *self.notes, *self._unknown()])

    def _unknown(self) -> list[str]:
        if "title" in self.fields or "howpublished" in self.fields:
            return []
        name = {"doi:": "DOI", "pmid": "PMID", "pmc:": "PMC number", "url:": "page", "row:": ""}[self.key[:4]]
        if not name:
            return ["No source is recorded."]
        if "author" in self.fields:
            return ["Name and year are as written there; the title, and perhaps more authors, are not recorded."]
        return [f"Only its {name} is recorded."]


def citation_key(text: str) -> str:
    """A key that BibTeX and biber take: the text without what they do not allow."""
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode()
    return re.sub(r"[^A-Za-z0-9.:/+_-]+", "_", plain).strip("_")


def escape(text: str) -> str:
    """Plain text as TeX prints it. Accents become commands; a letter that has none stays as it is, in UTF-8."""
    found = ""
    for letter in unicodedata.normalize("NFC", " ".join(text.split())):
        if letter in _SPECIAL or letter in _LETTERS:
            found += _SPECIAL.get(letter) or _LETTERS[letter]
            continue
        split = unicodedata.normalize("NFD", letter)
        if len(split) == 2 and split[1] in _ACCENTS:
            base = {"i": r"\i", "j": r"\j"}.get(split[0], split[0])
            found += rf"{{\{_ACCENTS[split[1]]}{{{base}}}}}"
        else:
            found += letter
    return found


def write_bibtex(entry: BibEntry) -> str:
    """An entry as BibTeX."""
    fields = dict(entry.fields)
    fields["note"] = entry.note
    lines = [f"  {name} = {{{_value(name, text)}}}" for name, text in fields.items() if text]
    return f"@{entry.kind}{{{entry.key},\n" + ",\n".join(lines) + "\n}"


def _value(name: str, text: str) -> str:
    if name in _VERBATIM:
        return "".join(_UNSAFE.get(letter, letter) for letter in text)
    if name == "author":  # {The niche authors} is one name; braces are ours
        return " and ".join(
            f"{{{escape(one[1:-1])}}}" if one[:1] == "{" and one[-1:] == "}" else escape(one)
            for one in text.split(" and ")
        )
    if name == "title":
        return "{" + escape(text) + "}"  # as it is: no style makes PTHrP lower case
    return escape(text)
