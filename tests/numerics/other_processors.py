"""A few numbers of each kind, and whether order and company of the hosts change them: run by `test_same_numbers`."""

import json
import sys

import numpy as np

import niche
from niche.inference.objective import Objective, fitted_keys, fitted_rows
from niche.trials import VirtualPatients
from niche.trials.row_effects import trial_effect
from niche.trials.rows import trial_row


def computed() -> dict[str, list]:
    """Numbers by name; each is compared with what came of it on another processor."""
    rows = fitted_rows()
    objective = Objective(fitted_keys(rows), rows)
    scores = 0.3 * np.random.default_rng(5).standard_normal((18, len(objective.keys)))
    hosts = niche.hosts("mouse", tumour="MDA-231-luc", draws=20)
    protocol = niche.Protocol(days=28).seed("intracardiac").dose("zoledronate", "0.1 mg/kg")
    course = niche.simulate(hosts, protocol, every=7)
    found = {name: course[name].values.tolist() for name in course.data_vars if name != "status"}
    found["row scores"] = objective.rows_scores(scores).tolist()
    found["log density"], found["slope"] = (x.tolist() for x in objective.slopes()(scores[:5]))
    ward = VirtualPatients(3, 8)
    found["trials"] = [trial_effect(trial_row(row), ward).tolist() for row in ("CL001", "CL183", "CL089")]
    return found


def unmoved() -> dict[str, bool]:
    """Whether a number is the same to the last digit in another order and in other company."""
    rows = fitted_rows()
    objective = Objective(fitted_keys(rows), rows)
    scores = 0.3 * np.random.default_rng(5).standard_normal((18, len(objective.keys)))
    crowd, slopes = objective.rows_scores(scores), objective.slopes()
    value, slope = slopes(scores[:5])
    alone = [slopes(scores[i : i + 1]) for i in range(5)]
    hosts = niche.hosts("human", tumour="breast cancer patient", draws=130)
    protocol = niche.Protocol(days=60).seed("established").regimen("denosumab", "120 mg sc every 4 weeks")
    one, two = (niche.simulate(hosts, protocol, every=9, workers=n) for n in (1, 2))
    return {
        "rows, reversed": np.array_equal(crowd[::-1], objective.rows_scores(scores[::-1])),
        "rows, alone": all(np.array_equal(crowd[i], objective.rows_scores(scores[i : i + 1])[0]) for i in range(18)),
        "density, alone": all(value[i] == alone[i][0][0] for i in range(5)),
        "slope, alone": all(np.array_equal(slope[i], alone[i][1][0]) for i in range(5)),
        "slope, reversed": np.array_equal(slope[::-1], slopes(scores[:5][::-1])[1]),
        "workers": one.identical(two),
    }


if __name__ == "__main__":
    json.dump({"numbers": computed(), "unmoved": unmoved()}, sys.stdout)
