"""The page that asks the model, for the reading site: its words, its places, and the files that stand beside it."""

import json
from pathlib import Path

from compendium.browser.code import SCRIPTS, engine
from compendium.browser.measured import measured
from compendium.browser.tables import DRAWS, tables

_PAGE_SCRIPTS = ("draw", "workers", "form", "ask")
_KEY = (
    '<svg viewBox="0 0 40 16" aria-hidden="true"><rect class="band {0}" width="40" height="16"/>'
    '<line class="line {0}" x1="0" x2="40" y1="8" y2="8"/></svg> {1}'
)
_WITHOUT = (
    "Asking needs JavaScript, which your browser does not have or does not run. In Python the same is done with "
    "<code>niche.simulate</code>, and with sliders in <code>niche lab playground</code>."
)
_LEFT_OUT = """\
## What the page leaves out

- Levels of drugs in people, dose by dose as on a ward chart: in Python `Protocol.regimen`. Doses and lasting levels of
  the drugs in the menus are here.
- Parameters that you set yourself and mechanisms that you remove: in Python `hosts.with_parameters`.
- Another method for equations that are too stiff: Python turns to it, the page says how many draws it left out.
- Sex, which changes no number in this version.

How the page is made, and how it is held against Python: [the model in a browser](browser.md).
"""


def page(box: str = "", stored: str = "") -> str:
    """The page as Markdown, without its numbers.

    Parameters
    ----------
    box
        what stands below the title, Markdown
    stored
        pictures that were made before, HTML, for a reader without scripts
    """
    parts = ["# Ask the model", box, _INTRODUCTION, f"```{{raw}} html\n{body(stored)}```", _LEFT_OUT]
    return "\n\n".join(part for part in parts if part)


def body(stored: str = "") -> str:
    """What asks and answers, as HTML that loads the files of `write_scripts` from `_static`."""
    key = "".join(
        f"<span>{_KEY.format(*one)}</span>"
        for one in (
            ("asked", "as asked: median, half of the draws, 90 % of the draws"),
            ("alone", "the same hosts with the same tumour, nothing done"),
        )
    )
    return f"""\
<link rel="stylesheet" href="_static/ask.css">
<noscript><p>{_WITHOUT}</p>{stored}</noscript>
<div id="ask" hidden>
<div data-ask="faults" role="alert" hidden></div>
<form data-ask="form" onsubmit="return false" aria-label="the question"></form>
<p class="ask-state" data-ask="state" aria-live="polite"></p>
<p class="ask-answer" data-ask="answer" aria-live="polite"></p>
<div class="ask-key">{key}</div>
<div class="ask-panels" data-ask="panels"></div>
<div class="wide" data-ask="numbers"></div>
<p class="ask-note" data-ask="lost"></p><div class="ask-note" data-ask="warnings"></div>
<p><button type="button" data-ask="link">copy a link to this question</button>
<button type="button" data-ask="csv">download the numbers (CSV)</button></p>
<h2>What was measured of this, and what was not</h2>
<ul data-ask="support"></ul>
<p class="ask-note">By the rule of <code>niche.support</code>: a measurement tests a question where species, tumour,
bone, what was done, read-out, dose and time are the same or alike, and each difference is named:
<a href="support.html">what the model was never told</a>.</p>
<h2>Take this to Python</h2>
<p>These lines give the same hosts, the same numbers, and the measurements that test the question.</p>
<pre><code data-ask="python" tabindex="0"></code></pre>
<p><button type="button" data-ask="copy">copy the lines</button></p>
</div>
<script defer src="_static/ask-engine.js"></script>
<script defer src="_static/ask-tables.js"></script>
<script defer src="_static/ask-page.js"></script>
"""


_INTRODUCTION = f"""\
Choose a host, a tumour, and what is done to it. The curves are the model's answer at once, in your browser, for up to
{DRAWS} draws of what is not known; beside them the same hosts with nothing done. The address of the page holds your
whole question, so a link is a question. A band says what the model takes to be possible, not what was measured: below
the curves stands what no measurement tests."""


def write_scripts(folder: Path) -> None:
    """Scripts, style and numbers of the page into a folder, the page's `_static`."""
    numbers = json.dumps(tables(evidence=measured()), separators=(",", ":"), ensure_ascii=True)
    parts = [(SCRIPTS / "page" / f"{name}.js").read_text(encoding="utf-8") for name in _PAGE_SCRIPTS]
    inside = "\n".join(parts)
    files = {
        "ask-engine.js": engine(),
        "ask-tables.js": f"window.NICHE_TABLES = {numbers};\n",
        "ask-page.js": f'(() => {{\n"use strict";\n{inside}\n}})();\n',
        "ask.css": (SCRIPTS / "page" / "ask.css").read_text(encoding="utf-8"),
    }
    for name, text in files.items():
        (folder / name).write_text(text, encoding="utf-8")
