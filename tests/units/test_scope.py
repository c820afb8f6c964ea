"""The scope page names every actor of the review, and what it points to exists."""

import re

import pytest

from niche.evidence.plans import read_experiments
from niche.evidence.rows import read_evidence
from niche.inference.joint import informing
from niche.model.observables import OBSERVABLES
from niche.model.state import Inputs, Parameters, State
from niche.params.layers import read_registry
from niche.params.records import root

PAGE = root().parent / "docs" / "scope.md"
ACTORS = (
    "semaphorin 4D / plexin-B1",
    "netrin-1 / DCC / neogenin",
    "sclerostin",
    "RUNX2",
    "IL-6",
    "IL-11",
    "IL-1beta",
    "TNF",
    "NF-kB / TRAF6",
    "CXCL8",
    "CXCL13",
    "CCL2",
    "CCL3",
    "G-CSF",
    "VEGF-A / VEGFR2",
    "HGF",
    "COX-2",
    "cathepsin K",
    "PTHrP",
    "TGF-beta",
    "NGF / TrkA",
    "BDNF",
    "CGRP",
    "substance P / NK1",
    "noradrenaline",
    "acetylcholine / VAChT",
    "TRPV1",
    "ASIC3",
    "Nav1.7",
    "YAP / TEAD",
    "STING",
    "STAT1 / STAT3",
    "PI3K-beta / AKT",
    "FOXP3 Treg",
    "matrix stiffness",
    "propranolol",
    "carvedilol",
    "isoprenaline",
    "clenbuterol",
    "6-OHDA",
    "zoledronate",
    "denosumab",
    "ARRY-470",
    "anti-NGF",
    "aprepitant",
    "rimegepant",
    "capsaicin",
    "bupivacaine",
    "temozolomide",
    "MIBG",
    "HED",
    "alpha receptors",
    "oestrogen",
    "NK cells",
    "calcium",
    "parathyroid hormone",
)
_ROW = re.compile(r"\b[A-Z]{2}\d{2,3}\b")


def table() -> dict[str, tuple[str, str]]:
    lines = [line.strip("|").split(" | ") for line in PAGE.read_text(encoding="utf-8").splitlines() if " | " in line]
    cells = [tuple(cell.strip() for cell in line) for line in lines if len(line) == 3]
    return {actor: (place, where) for actor, place, where in cells if not actor.startswith("**")}


@pytest.mark.parametrize("actor", ACTORS)
def test_every_actor_has_a_place_or_a_reason(actor):
    place, where = table()[actor]
    assert place.split(",")[0] in ("in", "lumped", "left out", "read-out only")
    assert len(where) > 10


def test_every_name_on_the_page_exists():
    registry = read_registry()
    known = {*State._fields, *Inputs._fields, *Parameters._fields, *OBSERVABLES, *registry.drugs, *registry.conditions}
    named = re.findall(r"`([^`]+)`", "\n".join(where for _, where in table().values()))
    assert named
    assert [name for name in named if name not in known] == []


def test_every_row_on_the_page_is_what_it_is_said_to_be():
    evidence, plans = read_evidence(), read_experiments()
    for actor, (_, where) in table().items():
        assert [row for row in _ROW.findall(where) if row not in evidence] == [], actor
        for part in re.findall(r"\(([^()]*)\)", where):
            for piece in part.split(";"):
                rows = _ROW.findall(piece)
                if "not simulated" in piece:
                    assert all(plans[row].cannot for row in rows), (actor, piece)
                if "built in" in piece:
                    assert plans[rows[-1]].built_in, (actor, piece)
                if "fitted" in piece:
                    before = _ROW.findall(piece.split("fitted")[0])
                    assert set(before) <= {atom.name.partition(".")[0] for atom in informing()}, (actor, piece)


def test_what_is_left_out_names_no_mechanism_of_its_own():
    for actor, (place, where) in table().items():
        if place == "lumped":
            assert "into" in where, actor
