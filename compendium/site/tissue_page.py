"""The animations of docs/tissue.md and their stills: `python -m compendium.site.tissue_page`, half a minute.

One slice under five treatments. Growth, NGF, sprouting and lysis are set by hand so that the mechanism shows, and the
rest is one draw of the priors: nothing of it is fitted, and no number of it is evidence.
"""

import argparse
import io
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import niche
from compendium.claims.interface_runs import CUT, NO_GAIN, UNTREATED, scenarios
from compendium.figures.film import MOST, animation, filmed, frame
from niche.errors import NicheError
from niche.experiment.hosts import Hosts
from niche.experiment.protocol import Protocol
from niche.files import write_whole
from niche.params.records import root
from niche.tissue import Scenario, read_numbers
from niche.tissue.numbers import Numbers

DAYS, STEP = 20.0, 0.125
SET: Mapping[str, float] = {
    "growth": 0.3,
    "inoculum": 0.01,
    "kill": 0.0,
    "pthrp_max": 10.0,
    "supply_loss": 2.0,
    "osteoblast_kill": 2.0,
    "turnover": 0.03,
    "ngf_tumour": 5.0,
    "ngf_half": 0.02,
    "netrin": 0.0,
    "sprout": 1.5,
    "sprout_sympathetic": 0.6,
    "fibre_injury": 0.3,
}
SAID = {
    "tissue-untreated": (UNTREATED, "no treatment"),
    "tissue-early": ("early", "anti-NGF on days 6, 12, 18"),
    "tissue-late": ("late", "anti-NGF on day 18"),
    "tissue-no-growth": (NO_GAIN, "fibres deaf to NGF"),
    "tissue-denervated": (CUT, "upper half without fibres"),
}


def hosts() -> Hosts:
    """The mouse of the pictures."""
    found = niche.hosts("mouse", strain="C3H", sex="male", tumour="NCTC-2472", draws=1, posterior="prior")
    return found.with_parameters(**SET)


def arms(numbers: Numbers, days: float = DAYS) -> dict[str, Scenario]:
    """What is shown, by the name of its file."""
    plain = Protocol(days)
    protocols = {
        UNTREATED: plain,
        "early": plain.dose("anti-NGF", "10 mg/kg", day=6, every="6 days", until=18),
        "late": plain.dose("anti-NGF", "10 mg/kg", day=18),
    }
    made = scenarios(hosts(), protocols, 0, numbers)
    return {file: replace(made[arm], step=STEP) for file, (arm, _) in SAID.items()}


def write(folder: Path | None = None) -> list[Path]:
    """A GIF, and its last day as a PNG, for each arm; returns the files. Raises `NicheError` for too large a one."""
    into, found = folder or root().parent / "docs" / "_static", list[Path]()
    for file, scenario in arms(read_numbers()).items():
        film = filmed(scenario, SAID[file][1])
        still = io.BytesIO()
        frame(film, -1).quantize(64).save(still, "PNG", optimize=True)
        moving = animation(film)
        if len(still.getvalue()) + len(moving) > MOST:
            raise NicheError(f"{file}: picture and animation have more than {MOST:,} bytes")
        found += [write_whole(into / f"{file}.gif", moving), write_whole(into / f"{file}.png", still.getvalue())]
    return found


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="Draw the animations of docs/tissue.md anew.")
    parser.add_argument("--folder", type=Path, help="where to put them; docs/_static of the repository if not given")
    print(*write(parser.parse_args().folder), sep="\n")
