"""Parameters in words: what a reader sees in place of the name that the code has for a number."""

from functools import lru_cache

from compendium.figures.house_style import typeset
from niche.model.state import Inputs, Parameters, describe
from niche.params.layers import read_registry

_OF_LINES = "of the tumour line"
# What no table of the model explains, or only by the line above it.
_OWN = {
    "growth": "growth",
    "inoculum": "cells that arrive",
    "blastic": "bone that the tumour forms",
    "pace": "pace of bone cells and turnover",
    "factor": "effect with the target held",
    "efficacy": "efficacy, 1 for a full agonist",
    "sensory": "sensory fibres left",
    "sympathetic": "sympathetic fibres left",
    "cgrp_block": "share of CGRP that is blocked",
    "kd_dose_b1": "dose that holds half of beta1",
    "kd_dose_b2": "dose that holds half of beta2",
    "sprout_sympathetic": "growth of sympathetic fibres, against sensory ones",
    "reserve_other": "operational efficacy of a full agonist at beta2 outside the osteoblast lineage",
}


def in_words(key: str, *, each_line: bool = False) -> str:
    """A parameter such as "model:b2_rankl", "MDA-MB-231:growth" or "propranolol:kd_dose_b2" as a figure says it.

    Of the model's own it is what the equations' table says, without what follows a semicolon; of a tumour line the
    quantity alone; of the rest whose it is, and the quantity. Anything else stays as it is.

    Parameters
    ----------
    key
        its name in the posterior
    each_line
        tumour lines are told apart by name: where one effect is asked of several lines they need not be, where all
        parameters are listed they must
    """
    layer, colon, name = key.partition(":")
    said = _meaning(name.strip() or key)
    if not colon or layer == "model":
        return typeset(said)
    if layer in read_registry().systems:
        return typeset(f"{said}, {layer}")
    if layer in read_registry().lines:
        return typeset(f"{said}, {layer}" if each_line else f"{said} {_OF_LINES}")
    return typeset(f"{layer.removeprefix('coupling ')}: {said}")


def _meaning(name: str) -> str:
    """What a parameter is; where nothing says so its name, without the signs of code."""
    return _OWN.get(name) or _said().get(name) or name.replace("_", " ")


def shortened(said: str, most: int) -> str:
    """Words of at most so many letters; what is cut off is said by an ellipsis, and stands whole in the table."""
    if len(said) <= most:
        return said
    return said[: most - 1].rsplit(" ", 1)[0].rstrip(",;:") + "…"


@lru_cache(maxsize=1)
def _said() -> dict[str, str]:
    """Meaning of each parameter of the model and of each input, up to its first semicolon."""
    known = {**describe(Inputs), **describe(Parameters)}
    return {name: meaning.split(";")[0].strip() for name, (_, meaning) in known.items()}
