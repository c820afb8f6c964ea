"""The coefficients of Dormand & Prince 1980 5(4), and its steps as straight-line code for `niche.solver.lanes`."""

import numpy as np

# Row s: weights of the slopes 0..s-1 in stage s. The last row is the solution, so its slope starts the next step.
_A = np.array(
    [
        [0.0, 0.0, 0.0, 0.0, 0.0, 0.0],
        [1 / 5, 0.0, 0.0, 0.0, 0.0, 0.0],
        [3 / 40, 9 / 40, 0.0, 0.0, 0.0, 0.0],
        [44 / 45, -56 / 15, 32 / 9, 0.0, 0.0, 0.0],
        [19372 / 6561, -25360 / 2187, 64448 / 6561, -212 / 729, 0.0, 0.0],
        [9017 / 3168, -355 / 33, 46732 / 5247, 49 / 176, -5103 / 18656, 0.0],
        [35 / 384, 0.0, 500 / 1113, 125 / 192, -2187 / 6784, 11 / 84],
    ]
)
# Weights of the slopes in the embedded error, and in the last term of the read-out inside a step (as in DOPRI5).
_E = np.array([71 / 57600, 0.0, -71 / 16695, 71 / 1920, -17253 / 339200, 22 / 525, -1 / 40])
_D = np.array(
    [
        -12715105075 / 11282082432,
        0.0,
        87487479700 / 32700410799,
        -10690763975 / 1880347072,
        701980252875 / 199316789632,
        -1453857185 / 822651844,
        69997945 / 29380423,
    ]
)
LANES = 4


def stages(n: int) -> str:
    """Straight-line code of a step over n states: six stages, the error, and what it takes to accept.

    y, new (n, lanes): states before and after; h (1, lanes): step lengths; k (7 n, lanes): slopes, stage after stage
    """

    def mixed(weights: np.ndarray, i: int) -> str:
        return " + ".join(f"{w!r} * k[{j * n + i}]" for j, w in enumerate(weights.tolist()) if w)

    def function(head: str, lines: list[str]) -> str:
        return f"@straight({LANES})\ndef {head}:\n" + "".join(f"    {line}\n" for line in lines)

    found = [
        function(f"stage{s}(y, h, k, new)", [f"new[{i}] = y[{i}] + h[0] * ({mixed(_A[s], i)})" for i in range(n)])
        for s in range(1, 7)
    ]
    lines = ["total = 0.0", "low = new[0]"]
    for i in range(n):
        lines += [
            f"e = h[0] * ({mixed(_E, i)}) / (tol[{i}] + tol[{n}] * larger(size(y[{i}]), size(new[{i}])))",
            "total = total + e * e",
            f"low = smaller(low, new[{i}])",
        ]
    found.append(function("check(y, new, h, k, tol, out)", [*lines, "out[0] = total", "out[1] = low"]))
    lines = [f"y[{i}] = choose(yes[0], new[{i}], y[{i}])" for i in range(n)]
    lines += [f"k[{i}] = choose(yes[0], k[{6 * n + i}], k[{i}])" for i in range(n)]
    return "\n".join([*found, function("accept(y, new, k, yes)", lines)])
