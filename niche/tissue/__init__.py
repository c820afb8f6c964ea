"""A slice of marrow in two dimensions: where nerves meet tumour. It shares names, rates and numbers with `niche.model`.

>>> scenario = Scenario(generate(numbers), numbers, one_host(hosts), foci=(Focus(1000, 1000, 100),))
>>> course = run(scenario, every=7)
"""

from niche.tissue.generator import generate
from niche.tissue.geometry import Geometry
from niche.tissue.numbers import Numbers, read_numbers
from niche.tissue.picture import read_picture
from niche.tissue.run import Course, run
from niche.tissue.scenario import Change, Focus, Scenario, Zoledronate, one_host
from niche.tissue.step import StepTooLong
from niche.tissue.treated import Treatment, treatment

__all__ = [
    "Change",
    "Course",
    "Focus",
    "Geometry",
    "Numbers",
    "Scenario",
    "StepTooLong",
    "Treatment",
    "Zoledronate",
    "generate",
    "one_host",
    "read_numbers",
    "read_picture",
    "run",
    "treatment",
]
