"""How long virtual patients and trials take, and what of it is the levels of the drug.

    python benchmarks/bench_trials.py [--quick]

Wall time says what this machine did beside all else that it ran; processor time over the cores says what it would take
on that many free ones. Both stand in the table. Ratios are measured in one run: turns interleaved, medians over them.
"""

import argparse
import os
import statistics
import time
from collections.abc import Callable
from functools import partial

from niche.trials import Cohort, Design, hazard_ratio, population, predictive_values
from niche.trials.patients import Arm

CORES = os.cpu_count() or 1
COHORT = Cohort({"breast cancer patient": 1.0}, True, 100.0)
ZOLEDRONATE: Arm = (("zoledronate", "4 mg iv every 4 weeks"),)
DENOSUMAB: Arm = (("denosumab", "120 mg sc every 4 weeks"),)
STEADY: Arm = (("denosumab", "120 mg sc every 4 weeks", {"averaged": True}),)
CAUSES = ("SRE", "death")


def spent(call: Callable[[], object]) -> tuple[float, float]:
    """Wall and processor time [s] of a call."""
    wall, processor = time.perf_counter(), time.process_time()
    call()
    return time.perf_counter() - wall, time.process_time() - processor


def line(name: str, wall: float, processor: float, goal: str = "") -> None:
    print(f"{name:<58} {wall:9.2f} {processor:11.2f} {processor / CORES:13.2f}   {goal}", flush=True)


def simulated(arms: dict[str, Arm], n: int) -> object:
    return population(COHORT, arms, "3 years", CAUSES, n=n, draws=min(n, 40))


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--quick", action="store_true", help="a tenth of it, scaled up")
    quick = parser.parse_args().quick
    n, trials, scale = (200, 100, 10) if quick else (2000, 1000, 1)
    simulated({"zoledronate": ZOLEDRONATE}, 10)  # kernels and baselines are not counted
    print(f"{'':<58} {'wall, s':>9} {'cores, s':>11} {f'on {CORES} free':>13}")
    both = {"denosumab": DENOSUMAB, "zoledronate": ZOLEDRONATE}
    found = spent(partial(simulated, both, n))
    line("2000 patients, 3 years, denosumab and zoledronate", *(x * scale for x in found), "goal: below 10 s")
    people = population(COHORT, both, "3 years", CAUSES, n=200, draws=20, size=2000)
    design = Design({"denosumab": 1000, "zoledronate": 1000}, ("1 year", "3 years"), ("SRE",), 0.1, "12 weeks")
    found = spent(partial(predictive_values, hazard_ratio, people, design, "denosumab", "zoledronate", trials=trials))
    line("1000 trials of 1000 against 1000, Cox (one core)", *(x * scale for x in found), "goal: below 30 s")
    pairs = []
    for _ in range(3):
        arms = ({"zoledronate": ZOLEDRONATE}, {"denosumab": DENOSUMAB}, {"denosumab": STEADY})
        pairs.append([spent(partial(simulated, arm, max(n // 8, 100)))[1] for arm in arms])
    for i, name in ((1, "doses"), (2, "a steady inflow")):
        ratio = statistics.median(pair[i] / pair[0] for pair in pairs)
        print(f"denosumab as {name} over zoledronate, processor time: {ratio:.1f}x")


if __name__ == "__main__":
    main()
