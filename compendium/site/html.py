"""Small pieces of HTML. Whatever comes from a file is escaped here and nowhere else."""

import re
from collections.abc import Mapping, Sequence
from html import escape

_DOI = re.compile(r"10\.\d{4,9}/\S+$")
_LINK = re.compile(r"https?://[^\s\"'<>]+$")
COLUMNS = 12  # of which niche.css knows the names


def escaped(value: object) -> str:
    """Anything as text of a page."""
    return escape(str(value), quote=True)


def link(target: str, label: str) -> str:
    """A link, if the target is a web address, a page of the site or a place in it; else the label alone."""
    safe = _LINK.match(target) or re.match(r"[\w./#-]+$", target)
    return f'<a href="{escaped(target)}">{escaped(label)}</a>' if safe else escaped(label)


def html_source(doi: str, address: str = "") -> str:
    """A paper by its DOI, else by its address, else as it was written."""
    if _DOI.match(doi):
        return link(f"https://doi.org/{doi}", doi)
    return link(address, doi or "source") if _LINK.match(address) else escaped(doi or "–")


def cited(entry: str) -> str:
    """The words of a source, with the DOIs in it as links."""
    parts = re.split(r"(10\.\d{4,9}/[^\s;,()]+)", entry)
    return "".join(link(f"https://doi.org/{part}", part) if i % 2 else escaped(part) for i, part in enumerate(parts))


def aside(note: str) -> str:
    """A remark in small print; a long one opens on demand."""
    if len(note) <= 60:
        return f"<br><small>{cited(note)}</small>" if note else ""
    return f"<details><summary>note</summary><small>{cited(note)}</small></details>"


def kind(name: str) -> str:
    """measured, derived, fitted or assumed, set so that an assumed number looks like one."""
    return f'<span class="kind {escaped(name)}">{escaped(name)}</span>'


def html_table(head: Sequence[str], rows: Sequence[Sequence[str]], css: str = "") -> str:
    """A table of cells that are HTML already; each cell carries its column's name, for narrow screens.

    For a page that stands alone. On the site, where names of columns would be a twentieth of all bytes: `named_table`.
    """
    top = "".join(f"<th scope=col>{escaped(one)}</th>" for one in head)
    body = "".join(
        "<tr>"
        + "".join(f'<td data-name="{escaped(h)}">{cell}</td>' for h, cell in zip(head, row, strict=True))
        + "</tr>"
        for row in rows
    )
    inside = f"<thead><tr>{top}</tr></thead><tbody>{body}</tbody>"
    return f'<div class="wide"><table class="{escaped(css)}">{inside}</table></div>'


def named_table(head: Sequence[str], rows: Sequence[Sequence[str]], css: str = "cards") -> str:
    """The same for pages of the site: the names of the columns stand once, in the table's style (`column_names`)."""
    body = "".join("<tr>" + "".join(f"<td>{cell}</td>" for cell in row) + "</tr>" for row in rows)
    named = column_names(head) if "cards" in css.split() else ""
    classes = f' class="{escaped(css)}"' if css else ""
    return f'<div class="wide"><table{classes}{named}>{_top(head)}<tbody>{body}</tbody></table></div>'


def column_names(head: Sequence[str]) -> str:
    """The names of columns as an attribute of a table, for niche.css, which sets each before its cells where a screen
    is too narrow for columns. At most `COLUMNS`."""
    if len(head) > COLUMNS:
        raise ValueError(f"niche.css names {COLUMNS} columns, and this table has {len(head)}")
    names = "".join(f"--c{i}:'{_quoted(name)}';" for i, name in enumerate(head, 1))
    return f' style="{names}"'


def _quoted(name: str) -> str:
    """Words inside the quotes of a style, and of an attribute: what could end either is written by number."""
    return "".join(sign if sign.isalnum() or sign in " .,-–()/%:" else f"\\{ord(sign):x} " for sign in name)


def _top(head: Sequence[str]) -> str:
    return f"<thead><tr>{''.join(f'<th scope=col>{escaped(one)}' for one in head)}</thead>"


def filtered(
    name: str, head: Sequence[str], rows: Sequence[tuple[Mapping[str, str], Sequence[str]]], filters: Mapping[str, str]
) -> str:
    """A table with a search field and a menu per filter; without scripts it is the whole table.

    Parameters
    ----------
    rows
        what each is filtered by (several values are separated by "|"), and its cells, HTML already
    filters
        the keys of the former, and what stands before each menu
    """
    menus = ""
    for key, label in filters.items():
        values = sorted({one for by, _ in rows for one in by[key].split("|") if one}, key=str.lower)
        options = "".join(f'<option value="{escaped(one)}">{escaped(one)}</option>' for one in values)
        options = f'<option value="">all</option>{options}'
        menus += f'<label>{escaped(label)} <select data-key="{escaped(key)}">{options}</select></label>'
    body = ""
    for by, cells in rows:
        data = "".join(f' data-{escaped(key)}="{escaped(by[key])}"' for key in filters)
        tds = "".join(f"<td>{cell}</td>" for _, cell in zip(head, cells, strict=True))
        body += f"<tr{data}>{tds}</tr>\n"
    return (
        f'<form class="filters" data-table="{escaped(name)}" hidden><label>search <input type="search" '
        f'size="24"></label>'
        f'{menus}<button type="reset">show all</button><output>{len(rows)} rows</output></form>\n'
        f'<div class="wide"><table class="cards" id="{escaped(name)}"{column_names(head)}>{_top(head)}\n'
        f"<tbody>\n{body}</tbody></table></div>\n"
    )
