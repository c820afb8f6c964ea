"""An explicit adaptive integrator, and nothing about biology.

Dormand & Prince 1980 5(4) with dense output (doi:10.1016/0771-050X(80)90013-3; Hairer, Norsett & Wanner 1993,
II.4-II.6). It restarts at every event: states jump and inputs change only there, so no step crosses one. States
are amounts: a step that would make one negative is not taken.
`niche._kernel` compiles the part below the mark beside a model's `slopes`.
"""

# The compiler infers types.
# mypy: disable-error-code="no-untyped-def"
import numpy as np
from numba import njit


@njit
def named(u, p):
    """Stands for what `niche._kernel` puts in its place: inputs and parameters of a model as its named tuples."""
    return u, p


@njit
def slopes(t, y, u, p, k, row):
    """Stands for the model's rates at y, written to a row of k. Inlined, so that what only inputs and parameters
    decide is computed once in a run between two events."""
    k[row, :] = 0.0


# --- compiled
OK, TOO_MANY_STEPS, NOT_FINITE, STEP_TOO_SMALL, NEGATIVE = 0, 1, 2, 3, 4


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
_C = np.array([0.0, 1 / 5, 3 / 10, 4 / 5, 8 / 9, 1.0, 1.0])


@njit(cache=True, nogil=True, error_model="numpy", forceinline=True)
def _stages(t, y, u, p, h, k, y_new):
    """Fill rows 1..6 of k from row 0, and the new state."""
    n = y.shape[0]
    for s in range(1, 7):
        for i in range(n):
            y_new[i] = y[i]
        for j in range(s):
            a = h * _A[s, j]
            for i in range(n):
                y_new[i] += a * k[j, i]
        slopes(t + h * _C[s], y_new, u, p, k, s)


@njit(cache=True, nogil=True, error_model="numpy")
def _error(y, y_new, h, k, rtol, atol):
    """Root mean square of the embedded error over its tolerance; inf where a state is not finite."""
    total = 0.0
    for i in range(y.shape[0]):
        e = h * (
            71 / 57600 * k[0, i]
            - 71 / 16695 * k[2, i]
            + 71 / 1920 * k[3, i]
            - 17253 / 339200 * k[4, i]
            + 22 / 525 * k[5, i]
            - 1 / 40 * k[6, i]
        )
        scaled = e / (atol[i] + rtol * max(abs(y[i]), abs(y_new[i])))
        total += scaled * scaled
    return np.sqrt(total / y.shape[0]) if np.isfinite(total) else np.inf


@njit(cache=True, nogil=True, error_model="numpy")
def _dense(theta, y, y_new, h, k, out):
    """State at the fraction theta of a step, to fourth order (Shampine's interpolant as in DOPRI5).

    Both ends of a step are at least 0; where the interpolant dips below by its error, 0 is written.
    """
    for i in range(y.shape[0]):
        rise = y_new[i] - y[i]
        bend = h * k[0, i] - rise
        turn = rise - h * k[6, i] - bend
        tail = h * (
            -12715105075 / 11282082432 * k[0, i]
            + 87487479700 / 32700410799 * k[2, i]
            - 10690763975 / 1880347072 * k[3, i]
            + 701980252875 / 199316789632 * k[4, i]
            - 1453857185 / 822651844 * k[5, i]
            + 69997945 / 29380423 * k[6, i]
        )
        value = y[i] + theta * (rise + (1 - theta) * (bend + theta * (turn + (1 - theta) * tail)))
        out[i] = 0.0 if value < 0.0 else value


@njit(cache=True, nogil=True, error_model="numpy")
def _first_step(y, f, span, rtol, atol):
    """A first step on which no state moves by more than a hundredth of its size or tolerance."""
    h = span
    for i in range(y.shape[0]):
        if f[i] != 0.0:
            h = min(h, 0.01 * (abs(y[i]) + atol[i] / rtol) / abs(f[i]))
    return max(h, 1e-10 * span)


@njit(cache=True, nogil=True, error_model="numpy")
def _segment(t0, t1, y, inputs, params, t_out, first, last, y_out, rtol, atol, budget):
    """Integrate y in place from t0 to t1, writing the outputs first..last-1; returns (status, steps)."""
    n = y.shape[0]
    u, p = named(inputs, params)
    k, y_new = np.empty((7, n)), np.empty(n)
    t, steps, written, previous, rejected = t0, 0, first, 1e-4, False
    slopes(t, y, u, p, k, 0)
    h = _first_step(y, k[0], t1 - t0, rtol, atol)
    while t < t1:
        if steps >= budget:
            return TOO_MANY_STEPS, steps
        final = t + h >= t1 - 1e-12 * max(1.0, abs(t1))
        if final:
            h = t1 - t
        _stages(t, y, u, p, h, k, y_new)
        steps += 1
        error = _error(y, y_new, h, k, rtol, atol)
        lowest = np.min(y_new)
        if error > 1.0 or lowest < 0.0:
            if h < 1e-12 * max(1.0, abs(t)):
                if lowest < 0.0:
                    return NEGATIVE, steps
                return (STEP_TOO_SMALL if np.isfinite(error) else NOT_FINITE), steps
            h *= 0.25 if error <= 1.0 or not np.isfinite(error) else max(0.2, 0.9 * error ** (-0.2))
            rejected = True
            continue
        end = t1 if final else t + h
        while written < last and (t_out[written] <= end):
            theta = (t_out[written] - t) / h
            if theta >= 1.0:
                y_out[written, :] = y_new
            else:
                _dense(theta, y, y_new, h, k, y_out[written])
            written += 1
        t = end
        y[:] = y_new
        k[0, :] = k[6]
        error = max(error, 1e-10)
        grow = 0.9 * error ** (-0.17) * previous**0.04  # PI control, Hairer II.4
        h *= min(1.0 if rejected else 10.0, max(0.2, grow))
        previous, rejected = max(error, 1e-4), False
    return OK, steps


@njit(cache=True, nogil=True, error_model="numpy")
def solve(y0, params, starts, end, inputs, jumps, t_out, rtol, atol, max_steps, low, high, y_out, status, steps):
    """Integrate hosts low..high-1; all arrays are per host except times and tolerances.

    y0 (n, S); params (n, P); starts (K,) event times, the first is the start; end; inputs (n, K, U);
    jumps (n, K, S) added at each event; t_out (T,) increasing; y_out (n, T, S); status and steps (n,).
    An output at an event is read after it. A host that fails keeps NaN from there on.
    """
    for j in range(low, high):
        y = y0[j].copy()
        written = 0
        for s in range(starts.shape[0]):
            stop = starts[s + 1] if s + 1 < starts.shape[0] else end
            y += jumps[j, s]
            last = written
            while last < t_out.shape[0] and (t_out[last] < stop or s + 1 == starts.shape[0]):
                last += 1
            while written < last and t_out[written] <= starts[s]:
                y_out[j, written, :] = y
                written += 1
            if stop > starts[s]:
                status[j], used = _segment(
                    starts[s],
                    stop,
                    y,
                    inputs[j, s],
                    params[j],
                    t_out,
                    written,
                    last,
                    y_out[j],
                    rtol,
                    atol,
                    max_steps - steps[j],
                )
                steps[j] += used
            if status[j] != OK:
                break
            written = last
