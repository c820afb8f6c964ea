"""An entry as BibTeX, with the characters escaped that TeX would read as commands."""

import unicodedata

from compendium.citing.entry import BibEntry

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
# Types of BibTeX for kinds that it does not have.
_TYPES = {"preprint": "misc", "dataset": "misc", "software": "misc", "webpage": "misc"}
_VERBATIM = ("doi", "url")  # not typeset: reference managers and \url want them as they are
_UNSAFE = {"{": "%7B", "}": "%7D", "\\": "%5C", " ": "%20", "\n": ""}


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
    if entry.kind == "preprint":  # BibTeX has no type for it
        fields["howpublished"] = fields.pop("journal", "")
    fields["note"] = entry.note
    lines = [f"  {name} = {{{_value(name, text)}}}" for name, text in fields.items() if text]
    return f"@{_TYPES.get(entry.kind, entry.kind)}{{{entry.key},\n" + ",\n".join(lines) + "\n}"


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
