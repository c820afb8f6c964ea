"""The report as one page of HTML that needs nothing else: no script, no request. Whatever is shown is escaped."""

import base64
import io
from collections.abc import Iterator, Mapping
from pathlib import Path, PurePosixPath
from typing import Any

from compendium.review.findings import KINDS
from compendium.review.plain import left_text, measured_text, predicted_text
from compendium.review.strips import CSS, field, strip
from compendium.site.html import aside, cited, escaped, html_source, html_table
from niche.text import number

_WIDTH = 700  # pixels of a picture on the page; the file itself is in the folder
_POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src data:"


def write_page(document: Mapping[str, Any], shown: Mapping[str, tuple[str, str]]) -> str:
    """The whole page. shown : pictures as `pictures` makes them"""
    body = "\n".join([*_top(document), *_differs(document, shown), *_claims(document), *_rest(document)])
    state = "holds" if document["holds"] else "does not hold"
    return (
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8">\n'
        f'<meta http-equiv="Content-Security-Policy" content="{_POLICY}">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>Review: {state}</title>\n<style>{CSS}</style></head>\n<body>\n<main>\n{body}\n</main>\n</body>"
        "</html>\n"
    )


def pictures(document: Mapping[str, Any], root: Path, folder: Path) -> dict[str, tuple[str, str]]:
    """By file, the committed and the new picture of each figure that differs, small, as data addresses."""
    found = {}
    for one in document["findings"]:
        path = PurePosixPath(one["where"])
        if path.parts[:1] == ("figures",) and len(path.parts) == 3:
            pair = [_small(base / path.with_suffix(".png")) for base in (root, folder / "codecheck")]
            if any(pair):
                found[one["where"]] = (pair[0], pair[1])
    return found


def _small(path: Path) -> str:
    """A picture at the width of the page, or nothing if there is none."""
    from PIL import Image

    try:
        with Image.open(path) as picture:
            height = max(1, round(picture.height * _WIDTH / picture.width))
            small = picture.convert("RGB").resize((_WIDTH, height)).quantize(64)
        data = io.BytesIO()
        small.save(data, "PNG", optimize=True)
    except (OSError, SyntaxError, ValueError):
        return ""
    return "data:image/png;base64," + base64.b64encode(data.getvalue()).decode()


def _top(document: Mapping[str, Any]) -> Iterator[str]:
    state, sign = ("holds", "✓ It holds") if document["holds"] else ("fails", "✗ It does not hold")
    run = ", ".join(f"{name} = {value}" for name, value in document["run"]["parameters"].items())
    yield f'<header class="{state}"><h1>{sign}</h1>\n<p>{escaped(document["summary"])}</p></header>'
    yield (
        f"<p>{escaped(document['title'])}, version {escaped(document['version'])}. A "
        f"{escaped(document['run']['kind'])} run "
        f"with {escaped(run)}. “Holds” means here that the rerun is what was committed; whether a claim "
        f"holds is what "
        "its verdict says, and a claim that the model cannot reproduce is a result.</p>"
    )
    yield (
        '<nav><a href="#differs">What differs</a> <a href="#claims">Claims</a> <a href="#codecheck">CODECHECK</a> '
        '<a href="#environment">Environment</a> <a href="#files">Files</a> <a href="#times">Times</a></nav>'
    )
    yield field(document["claims"])


def _differs(document: Mapping[str, Any], shown: Mapping[str, tuple[str, str]]) -> Iterator[str]:
    yield '<section id="differs"><h2>What differs</h2>'
    counted = [one for one in document["findings"] if one["counts"]]
    told = [one for one in document["findings"] if not one["counts"]]
    yield _findings(counted) if counted else "<p>Nothing that counts.</p>"
    for where in dict.fromkeys(one["where"] for one in counted):
        if where in shown:
            yield _pair(where, *shown[where])
    if told:
        yield f"<details><summary>told, and not counted: {len(told)}</summary>{_findings(told)}</details>"
    yield f'<p class="small">{escaped(document["tolerances"])}</p></section>'


def _findings(findings: list[Mapping[str, Any]]) -> str:
    rows = [
        [
            escaped(KINDS[one["kind"]]),
            f"<code>{escaped(one['where'])}</code>",
            escaped(one["what"]),
            escaped(one["committed"] or "–"),
            escaped(one["now"] or "–"),
        ]
        for one in findings
    ]
    return html_table(["what", "where", "difference", "committed", "now"], rows, "cards")


def _pair(where: str, old: str, new: str) -> str:
    images = "".join(
        f'<figure><img alt="{escaped(f"{where}, {said}")}" src="{address}"><figcaption>{said}</figcaption></figure>'
        for said, address in (("committed", old), ("now", new))
        if address
    )
    return f'<details open><summary><code>{escaped(where)}</code></summary><div class="pair">{images}</div></details>'


def _claims(document: Mapping[str, Any]) -> Iterator[str]:
    yield '<section id="claims"><h2>Claims</h2>'
    for one in document["claims"]:
        yield f'<article id="{escaped(one["id"])}"><h3>{one["number"]:02d} {escaped(one["title"])}</h3>'
        yield f"<p>{escaped(one['statement'])}<br><small>{cited(one['source'])}</small></p>"
        if one["error"]:
            yield f'<p class="bad"><b>Did not run:</b> {escaped(one["error"])}</p></article>'
            continue
        same = "as expected" if one["verdict"] == one["expected"] else f"expected: {one['expected']}"
        differs = f"{one['differs']} of what differs is here" if one["differs"] else "nothing differs"
        if document["run"]["kind"] != "full":
            same, differs = f"with few draws; in full, {one['expected']} is expected", "numbers not compared"
        kind = f" ({one['kind']})" if one["kind"] else ""
        yield (
            f'<p class="verdict"><b>{escaped(one["verdict"])}</b>{escaped(kind)}, {escaped(same)}; {differs}; '
            f'<a href="#times">seconds</a>; <code>notebooks/{escaped(one["notebook"])}</code></p>'
        )
        if one["rows"]:
            heads = ["row", "measured", "predicted, 5–95 %", "", "verdict", "source"]
            yield html_table(heads, [_row(row) for row in one["rows"]], "cards")
        controls = "".join(f"<li>{escaped(c['name'])}: {escaped(left_text(c))}</li>" for c in one["controls"])
        yield f"<p>Mechanism removed:</p><ul>{controls}</ul>" if controls else ""
        yield f"<p>{escaped(one['conflict_map'])}</p>" if one["conflict_map"] else ""
        yield "</article>"
    yield "</section>"


def _row(row: Mapping[str, Any]) -> list[str]:
    """The cells of an evidence row."""
    told = row["evidence"]
    label = escaped(row["label"] or told["statement"])
    basis = (
        f"<br><small>error: {escaped(told['sd_basis'])}</small>" if row["sd"] is not None and told["sd_basis"] else ""
    )
    words = {"statement": "", "system": "", "time": "", "n": "n = ", "verified": "read: ", "notes": ""}
    about = "; ".join(f"{before}{told[key]}" for key, before in words.items() if told[key])
    said = escaped(row["verdict"]) if row["counts"] else f"({escaped(row['verdict'])}, {_why(row)})"
    z = "" if row["z"] is None else f"<br><small>z = {number(row['z'])}</small>"
    return [
        f"<b>{escaped(row['id'])}</b> {label}{aside(about)}",
        escaped(measured_text(row)) + basis,
        escaped(predicted_text(row)),
        strip(row),
        said + z + aside(row["note"] or ""),
        html_source(told["doi"], told["source_url"]),
    ]


def _why(row: Mapping[str, Any]) -> str:
    """Why a row does not count."""
    return {"calibrate": "fitted", "predict": "not counted"}.get(row["role"], escaped(row["role"]))


def _rest(document: Mapping[str, Any]) -> Iterator[str]:
    yield '<section id="codecheck"><h2>CODECHECK</h2>'
    if document["open"]:
        items = [f"{one['rule']} ({one['severity']}): {one['what']}" for one in document["open"]]
        listed = "".join(f"<li>{escaped(item)}</li>" for item in items)
        yield f"<p><code>codecheck.yml</code> lacks what only people can say:</p><ul>{listed}</ul>"
    else:
        yield "<p><code>codecheck.yml</code> meets every rule that can be checked without a network.</p>"
    environment = document["environment"]
    packages = environment["packages"]
    other = sum(one["locked"] != one["installed"] for one in packages.values())
    yield '</section><section id="environment"><h2>Environment</h2>'
    yield (
        f"<p>Python {escaped(environment['python'])} on {escaped(environment['platform'])}; "
        f"{len(packages)} packages, "
        f"{other} of them not as in requirements.lock.</p>"
    )
    rows = [
        [escaped(name), escaped(one["locked"] or "–"), escaped(one["installed"] or "–")]
        for name, one in packages.items()
    ]
    table = html_table(["package", "locked", "installed"], rows)
    yield f"<details><summary>packages</summary>{table}</details></section>"
    yield (
        '<section id="files"><h2>Files</h2><p>SHA-256; text with newlines as Unix has them, and notebooks among the '
        "inputs without outputs.</p>"
    )
    for kind in ("inputs", "outputs"):
        rows = [[f"<code>{escaped(part)}</code>" for part in pair] for pair in document[kind].items()]
        table = html_table(["file", "SHA-256"], rows, "hashes")
        yield f"<details><summary>{len(rows)} {kind}</summary>{table}</details>"
    times = document["times"]
    rows = [[escaped(name), f"{seconds:g}"] for name, seconds in times["claims"].items()]
    yield (
        '</section>\n<section id="times"><h2>Times</h2>'
        f"<p>From {escaped(times['started'])} to {escaped(times['ended'])}: {times['seconds']:g} s.</p>"
        f"{html_table(['claim', 'seconds'], rows)}</section>"
    )
