"""The records of `references/`: a work as the page where it was seen prints it."""

from typing import Annotated, Literal

import msgspec

from niche.params.schema import Record, Text

Source = Literal[
    "publisher page",
    "PubMed page",
    "PubMed Central page",
    "Europe PMC page",
    "index page",  # OUCI, Semantic Scholar, Scilit and the like, which take theirs from Crossref
    "page of an institution",  # of a university or library that lists what its people published
    "public bibliography",  # a .bib or .ris file, or documentation, in a public repository
    "list of references",  # of another paper
    "numbering of the journal",  # a volume that follows from the year, an article number that stands in the DOI
    "other page",
]
Kind = Literal["article", "preprint", "inproceedings", "book", "dataset", "software", "webpage"]
Field = Literal["title", "authors", "year", "journal", "volume", "issue", "pages", "doi", "pmid", "pmcid"]


class Seen(Record):
    """Where the particulars of a work were seen, and on what kind of page."""

    source: Source
    at: Text


class Reference(Record):
    """A cited work. What is left out is taken from its file in params/papers, if it has one.

    Attributes
    ----------
    paper
        its file in params/papers, without ending
    cited_as
        how params/evidence names it where that is neither a DOI nor a PMID
    authors
        all of them, as the page prints them, separated by commas (by semicolons if a name has one)
    more_authors
        that there are more than are given
    without
        what such a work usually has and this one has not (an article without pages, say)
    unverified
        what its paper file has from memory; it is not cited
    corrects
        what is otherwise in its paper file, and why
    not_found
        what was looked for in vain
    """

    kind: Kind = "article"
    paper: str = ""
    doi: str = ""
    pmid: str = ""
    pmcid: str = ""
    cited_as: tuple[Text, ...] = ()
    title: str = ""
    authors: str = ""
    more_authors: bool = False
    year: Annotated[int, msgspec.Meta(ge=1600, le=2100, description="a year")] | None = None
    journal: str = ""
    booktitle: str = ""
    publisher: str = ""
    volume: str = ""
    issue: str = ""
    pages: str = ""
    url: str = ""
    seen: tuple[Seen, ...] = ()
    without: tuple[Field, ...] = ()
    unverified: tuple[Field, ...] = ()
    corrects: dict[Field, Text] = msgspec.field(default_factory=dict)
    not_found: str = ""

    def __post_init__(self) -> None:
        """It can be found again, and what it says was seen somewhere."""
        if not (self.paper or self.doi or self.pmid or self.pmcid or self.cited_as):
            raise ValueError("a reference has a paper, a DOI, a PMID, a PMCID or `cited_as`")
        told = [
            name for name in ("title", "authors", "year", "journal", "volume", "issue", "pages") if getattr(self, name)
        ]
        if told and not self.seen:
            raise ValueError(f"{', '.join(told)} stand there, but not where they were seen (`seen`)")
        if both := sorted({*self.unverified} & {*told}):
            raise ValueError(f"{', '.join(both)}: given, and said to be unverified")


class ReferenceFile(Record):
    """A file of `references/`."""

    references: tuple[Reference, ...]


class Library(Record):
    """A library that the compendium stands on: what it does, how it asks to be cited, and whose use brings it in."""

    does: Text
    doi: str = ""
    url: str = ""
    modules: tuple[Text, ...] = ()


class LibraryFile(Record):
    """What libraries.yaml holds."""

    libraries: dict[str, Library]
