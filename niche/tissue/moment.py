"""What holds in every place of a slice during one step."""

from typing import NamedTuple

from niche.model.state import Inputs, Parameters
from niche.tissue.numbers import Numbers


class Moment(NamedTuple):
    """One step of one slice, as its fields, cells and fibres read it.

    Attributes
    ----------
    inputs, parameters
        of `niche.model`
    numbers
        of params/tissue
    spacing
        of the grid [um]
    days
        length of the step
    seed, step
        which slice, and which step of it: with the name of a fibre they decide every random number
    """

    inputs: Inputs
    parameters: Parameters
    numbers: Numbers
    spacing: float
    days: float
    seed: int
    step: int


class Loading(NamedTuple):
    """What all bone of a slice shares: its volume, and the volume to which loading has adapted, against rest."""

    volume: float
    adapted: float
