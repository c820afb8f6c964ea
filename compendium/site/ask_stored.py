"""Pictures of the page that asks the model, for a reader whose browser runs no scripts.

They are made once for each posterior (`python -m compendium.site.ask_stored`), because a build of the site simulates
nothing. A picture that was made with other draws than those that are shipped says so.
"""

import sys
from pathlib import Path

from compendium.playground import Setting, network_picture
from niche.files import write_whole
from niche.params.posterior import posterior_digest
from niche.params.records import root

_SETTING = Setting(propranolol=10.0)  # the first question of the page
_SAID = (
    "Athymic nude mice with the breast-cancer line MDA-231-luc in a bone, for four weeks. Blue: with propranolol, "
    "10 mg/kg/day from day 7, median and 90 % of 50 draws. Orange, broken: the same mice left alone."
)


def stored_file() -> Path:
    """Where the picture is kept."""
    return root().parent / "docs" / "_static" / "ask-stored.svg"


def stored_pictures() -> str:
    """The picture with its legend, as HTML; "" if none was made."""
    file = stored_file()
    if not file.is_file():
        return ""
    picture = file.read_text(encoding="utf-8")
    old = "" if _stamp() in picture else " It was made with draws of an earlier fit."
    return f"<figure>{picture}<figcaption>{_SAID}{old}</figcaption></figure>"


def make() -> Path:
    """Simulate the picture with the draws that are shipped, and keep it."""
    picture = network_picture(_SETTING, draws=50)
    write_whole(stored_file(), picture.replace("</svg>", f"<!-- {_stamp()} --></svg>") + "\n")
    return stored_file()


def _stamp() -> str:
    return f"draws {posterior_digest()[:16]}"


if __name__ == "__main__":
    sys.stdout.write(f"{make()} renewed\n")
