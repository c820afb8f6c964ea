"""A few numbers of each kind, and whether order and company of the hosts change them: run by `test_same_numbers`."""

import json
import sys

import numpy as np

import niche
from niche.atoms.build import atoms_of
from niche.inference.joint import JointObjective
from niche.trials import VirtualPatients
from niche.trials.row_effects import trial_effect
from niche.trials.rows import trial_row

PAPERS = ("kondo-2011-isoprenaline", "pagani-2008-guanethidine")


def asked() -> tuple[JointObjective, np.ndarray]:
    """What two papers are asked, and points at which the model answers."""
    objective = JointObjective([atom for key in PAPERS for atom in atoms_of(key) if atom.experiment is not None])
    return objective, 0.3 * np.random.default_rng(5).standard_normal((18, len(objective.names)))


def computed() -> dict[str, list]:
    """Numbers by name; each is compared with what came of it on another processor."""
    objective, scores = asked()
    slopes = objective.slopes()
    hosts = niche.hosts("mouse", tumour="MDA-231-luc", draws=20)
    protocol = niche.Protocol(days=28).seed("intracardiac").dose("zoledronate", "0.1 mg/kg")
    course = niche.simulate(hosts, protocol, every=7)
    found = {name: course[name].values.tolist() for name in course.data_vars if name != "status"}
    found["effects"] = slopes.effects(scores).tolist()
    found["log density"], found["slope"] = (x.tolist() for x in slopes(scores[:5]))
    ward = VirtualPatients(3, 8)
    found["trials"] = [trial_effect(trial_row(row), ward).tolist() for row in ("CL001", "CL183", "CL089")]
    return found


def unmoved() -> dict[str, bool]:
    """Whether a number is the same to the last digit in another order and in other company."""
    objective, scores = asked()
    slopes = objective.slopes()
    crowd = slopes.effects(scores)
    value, slope = slopes(scores[:5])
    alone = [slopes(scores[i : i + 1]) for i in range(5)]
    hosts = niche.hosts("human", tumour="breast cancer patient", draws=130)
    protocol = niche.Protocol(days=60).seed("established").regimen("denosumab", "120 mg sc every 4 weeks")
    one, two = (niche.simulate(hosts, protocol, every=9, workers=n) for n in (1, 2))
    return {
        "effects, reversed": np.array_equal(crowd[::-1], slopes.effects(scores[::-1])),
        "effects, alone": all(np.array_equal(crowd[i], slopes.effects(scores[i : i + 1])[0]) for i in range(18)),
        "density, alone": all(_near(value[i], alone[i][0][0]) for i in range(5)),
        "slope, alone": all(_near(slope[i], alone[i][1][0]) for i in range(5)),
        "slope, reversed": _near(slope[::-1], slopes(scores[:5][::-1])[1]),
        "workers": one.identical(two),
    }


def _near(one: np.ndarray, other: np.ndarray) -> bool:
    """Equal but for the order in which the slopes of parameters are added up."""
    return np.allclose(one, other, rtol=1e-9, atol=1e-12)


if __name__ == "__main__":
    json.dump({"numbers": computed(), "unmoved": unmoved()}, sys.stdout)
