"""Names of authors as pages print them ("Igor L. Bado", "Bado IL", "Bado, Igor L."), as family and given names."""

import re
from typing import NamedTuple

from compendium.citing.entry import OTHERS

# What belongs to the family name that follows it: "van der Pluijm", "San Martin", "Abu Dayyeh".
_PARTICLES = {
    "van",
    "von",
    "der",
    "den",
    "de",
    "del",
    "della",
    "di",
    "da",
    "do",
    "dos",
    "du",
    "la",
    "le",
    "el",
    "al",
    "ten",
    "ter",
    "bin",
    "abu",
    "san",
    "st.",
    "tin",
}
_INITIALS = re.compile(r"(?:[A-Z]\.?[- ]?){1,4}")
_GROUP = re.compile(r"\b(Group|Collaborati\w+|Investigators|Consortium|Team|Contributors|Study|Society)\b")


class PersonName(NamedTuple):
    """A name in its parts; a group of people has a family name alone.

    Attributes
    ----------
    group
        whether it is the name of a group, which is never split
    """

    family: str
    given: str = ""
    group: bool = False

    def __str__(self) -> str:
        """As BibTeX writes it: "Family, Given", and a group in braces."""
        if self.group:
            return f"{{{self.family}}}"
        return f"{self.family}, {self.given}" if self.given else self.family


def split_names(text: str) -> tuple[PersonName, ...]:
    """The names of a list: separated by ";" if there is one, else by ","."""
    return tuple(split_name(one) for one in re.split(r";|\n" if ";" in text else r",", text) if one.strip())


def split_name(text: str) -> PersonName:
    """Family and given names of one author.

    "Family, Given" is taken as it is, {braces} and names of groups as one name; capitals after a name are initials;
    else the last word, with what belongs to it ("van der"), is the family name.
    """
    text = " ".join(text.split())
    if text[:1] == "{" and text[-1:] == "}":
        return PersonName(text[1:-1], group=True)
    if _GROUP.search(text):
        return PersonName(text, group=True)
    if "," in text:
        family, _, given = text.partition(",")
        return PersonName(family.strip(), given.strip())
    words = text.split()
    if len(words) > 1 and re.fullmatch(r"[A-Z](?:-?[A-Z]){0,3}", words[-1]):
        return PersonName(" ".join(words[:-1]), _spaced(words[-1]))
    at = len(words) - 1
    while at > 1 and words[at - 1].lower() in _PARTICLES:
        at -= 1
    return PersonName(" ".join(words[at:]), " ".join(words[:at]))


def bibtex_names(field: str) -> tuple[tuple[PersonName, ...], bool]:
    """The names of a BibTeX field, and whether it lists all of them."""
    whole = not field.endswith(OTHERS)
    names = field.removesuffix(OTHERS).split(" and ") if field else []
    return tuple(_of_bibtex(one) for one in names), whole


def _of_bibtex(text: str) -> PersonName:
    """One name of a BibTeX field: a single word without a comma is a family name."""
    if "," not in text and text[:1] != "{" and " " not in text:
        return PersonName(text)
    return split_name(text)


def _spaced(initials: str) -> str:
    """ "XH-F" as "X. H.-F."."""
    return re.sub(r"([A-Z])(?=[A-Z])", r"\1. ", initials).replace("-", ".-") + "."
