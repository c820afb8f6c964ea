"""An explicit adaptive integrator, and nothing about biology.

Dormand & Prince 1980 5(4) with dense output (doi:10.1016/0771-050X(80)90013-3; Hairer, Norsett & Wanner 1993,
II.4-II.6). It restarts at every event: states jump and inputs change only there, so no step crosses one. States
are amounts: a step that would make one negative is not taken.
Several hosts go side by side, a lane for each, every one with its own steps; a lane whose host is done takes the next.
`niche.solver.kernel` compiles the part below the mark beside a model's straight-line code and that of
`niche.solver.tableau`.
"""

# The compiler infers types.
# mypy: disable-error-code="no-untyped-def"
import numpy as np
from numba import njit

from niche.solver.tableau import _A as _A  # also for the adjoint
from niche.solver.tableau import _D, LANES


@njit(cache=True, nogil=True, error_model="numpy")
def first_step(y, f, span, rtol, atol):
    """A first step on which no state moves by more than a hundredth of its size or tolerance."""
    h = span
    for i in range(y.shape[0]):
        if f[i] != 0.0:
            h = min(h, 0.01 * (abs(y[i]) + atol[i] / rtol) / abs(f[i]))
    return max(h, 1e-10 * span)


KEPT = 0


def prepare(arrays):
    """prepare(u, p, c): this and `slopes` stand for what `niche.solver.straight` writes, the rest for
    `niche.solver.tableau`."""


def slopes(arrays):
    """slopes(y, c, k): the model's rates."""


stage1 = stage2 = stage3 = stage4 = stage5 = stage6 = check = accept = slopes


# --- compiled
OK, TOO_MANY_STEPS, NOT_FINITE, STEP_TOO_SMALL, NEGATIVE = 0, 1, 2, 3, 4


@njit(cache=True, nogil=True, error_model="numpy")
def rates(y, c, k):
    """The model's rates in every lane; not inlined."""
    slopes((y, c, k))


@njit(cache=True, nogil=True, error_model="numpy")
def held(u, p, c, lane):
    """What inputs and parameters decide, into a lane of c."""
    kept = np.empty(KEPT)
    prepare((u.copy(), p.copy(), kept))  # a copy has its numbers side by side
    for i in range(KEPT):
        c[i, lane] = kept[i]


@njit(cache=True, nogil=True, error_model="numpy")
def rhs(t, y, u, p, out):
    """The model's rates at one state. Nothing depends on t."""
    n = y.shape[0]
    c, wide, slope = np.zeros((KEPT, LANES)), np.zeros((n, LANES)), np.zeros((n, LANES))
    held(u, p, c, 0)
    wide[:, 0] = y
    rates(wide, c, slope)
    out[:] = slope[:, 0]


@njit(cache=True, nogil=True, error_model="numpy")
def step(y, c, h, k, at, apart, new, tol, norm):
    """Slopes 1..6 in k from slope 0, the new states, and for each lane its error and its lowest state in `norm`.

    Parameters
    ----------
    at
        where the states of stages 1..5 go, `apart` rows from one to the next; 0 if nobody asks for them later
    """
    n = y.shape[0]
    stage1((y, h, k, at[:n]))
    rates(at[:n], c, k[n : 2 * n])
    stage2((y, h, k, at[apart : apart + n]))
    rates(at[apart : apart + n], c, k[2 * n : 3 * n])
    stage3((y, h, k, at[2 * apart : 2 * apart + n]))
    rates(at[2 * apart : 2 * apart + n], c, k[3 * n : 4 * n])
    stage4((y, h, k, at[3 * apart : 3 * apart + n]))
    rates(at[3 * apart : 3 * apart + n], c, k[4 * n : 5 * n])
    stage5((y, h, k, at[4 * apart : 4 * apart + n]))
    rates(at[4 * apart : 4 * apart + n], c, k[5 * n : 6 * n])
    stage6((y, h, k, new))
    rates(new, c, k[6 * n :])
    check((y, new, h, k, tol, norm))


@njit(cache=True, nogil=True, error_model="numpy")
def off_by(norm, lane, n):
    """The error of a step over its tolerance, inf where a state is not finite."""
    return np.sqrt(norm[0, lane] / n) if np.isfinite(norm[0, lane]) else np.inf


@njit(cache=True, nogil=True, error_model="numpy")
def after_refusal(length, error):
    """How long the next try may be; an error within the tolerance was refused because a state was negative."""
    return length * (0.25 if error <= 1.0 or not np.isfinite(error) else max(0.2, 0.9 * error ** (-0.2)))


@njit(cache=True, nogil=True, error_model="numpy")
def after_success(length, error, previous, refused):
    """How long the next step may be: PI control (Hairer II.4); it does not grow right after a refusal."""
    grow = 0.9 * max(error, 1e-10) ** (-0.17) * previous**0.04
    return length * min(1.0 if refused else 10.0, max(0.2, grow))


@njit(cache=True, nogil=True, error_model="numpy")
def _dense(theta, y, new, h, k, lane, out):
    """State of a lane at the fraction theta of a step, to fourth order (Shampine's interpolant as in DOPRI5).

    Both ends of a step are at least 0; where the interpolant dips below by its error, 0 is written.
    """
    n = y.shape[0]
    for i in range(n):
        tail = 0.0
        for j in range(7):
            tail += _D[j] * k[j * n + i, lane]
        rise = new[i, lane] - y[i, lane]
        bend = h * k[i, lane] - rise
        turn = rise - h * k[6 * n + i, lane] - bend
        value = y[i, lane] + theta * (rise + (1 - theta) * (bend + theta * (turn + (1 - theta) * h * tail)))
        out[i] = 0.0 if value < 0.0 else value


@njit(cache=True, nogil=True, error_model="numpy")
def solve(y0, params, starts, end, inputs, jumps, t_out, rtol, atol, max_steps, low, high, y_out, status, steps):
    """Integrate hosts low..high-1; all arrays are per host except times and tolerances.

    y0 (n, S); params (n, P); starts (K,) event times, the first is the start; end; inputs (n, K, U) in force from each
    event; jumps (n, K, S) added at it; t_out (T,) increasing; y_out (n, T, S); status and steps (n,).
    An output at an event is read after it. A host that fails keeps NaN from there on.
    """
    n, events, reads = y0.shape[1], starts.shape[0], t_out.shape[0]
    y, new, k = np.zeros((n, LANES)), np.zeros((n, LANES)), np.zeros((7 * n, LANES))
    c, tol = np.zeros((KEPT, LANES)), np.full((n + 1, LANES), rtol)
    h, yes, norm = np.zeros((1, LANES)), np.zeros((1, LANES)), np.zeros((2, LANES))
    for i in range(n):
        tol[i, :] = atol[i]
    # By lane: its host (or -1) and interval, time, end of the interval, read-outs written, and what step control knows.
    host, now, written = np.full(LANES, -1), np.zeros(LANES, np.int64), np.zeros(LANES, np.int64)
    t, stop, wanted, previous = np.zeros(LANES), np.zeros(LANES), np.zeros(LANES), np.zeros(LANES)
    begun, rejected = np.zeros(LANES, np.bool_), np.zeros(LANES, np.bool_)
    waiting = low
    while True:
        busy, anew = False, False
        for lane in range(LANES):
            if host[lane] >= 0 and t[lane] < stop[lane] and steps[host[lane]] >= max_steps:
                status[host[lane]], host[lane] = TOO_MANY_STEPS, -1
            begun[lane] = False
            # On to the next interval that takes time, of this host or else of the next.
            while host[lane] < 0 or t[lane] >= stop[lane]:
                if host[lane] < 0 or now[lane] + 1 == events:
                    host[lane] = -1
                    if waiting == high:
                        break
                    host[lane], now[lane], written[lane] = waiting, -1, 0
                    waiting += 1
                    for i in range(n):
                        y[i, lane] = y0[host[lane], i]
                j = host[lane]
                now[lane] += 1
                s = now[lane]
                t[lane], stop[lane] = starts[s], starts[s + 1] if s + 1 < events else end
                for i in range(n):
                    y[i, lane] += jumps[j, s, i]
                while (
                    written[lane] < reads
                    and t_out[written[lane]] <= t[lane]
                    and (t_out[written[lane]] < stop[lane] or s + 1 == events)
                ):
                    y_out[j, written[lane], :] = y[:, lane]
                    written[lane] += 1
                if t[lane] < stop[lane]:
                    held(inputs[j, s], params[j], c, lane)
                    begun[lane], anew = True, True
            busy = busy or host[lane] >= 0
        if not busy:
            break
        if anew:
            rates(y, c, k[:n])  # lanes under way find what they had
        for lane in range(LANES):
            h[0, lane] = 0.0
            if host[lane] < 0:
                continue
            if begun[lane]:
                wanted[lane] = first_step(y[:, lane], k[:n, lane], stop[lane] - t[lane], rtol, atol)
                previous[lane], rejected[lane] = 1e-4, False
            final = t[lane] + wanted[lane] >= stop[lane] - 1e-12 * max(1.0, abs(stop[lane]))
            h[0, lane] = stop[lane] - t[lane] if final else wanted[lane]
        step(y, c, h, k, new, 0, new, tol, norm)
        for lane in range(LANES):
            yes[0, lane] = 0.0
            j = host[lane]
            if j < 0:
                continue
            steps[j] += 1
            length, lowest = h[0, lane], norm[1, lane]
            error = off_by(norm, lane, n)
            if error > 1.0 or lowest < 0.0:
                if length < 1e-12 * max(1.0, abs(t[lane])):
                    status[j] = NEGATIVE if lowest < 0.0 else STEP_TOO_SMALL if np.isfinite(error) else NOT_FINITE
                    host[lane] = -1
                    continue
                wanted[lane] = after_refusal(length, error)
                rejected[lane] = True
                continue
            final = t[lane] + length >= stop[lane] - 1e-12 * max(1.0, abs(stop[lane]))
            reached = stop[lane] if final else t[lane] + length
            while (
                written[lane] < reads
                and t_out[written[lane]] <= reached
                and (t_out[written[lane]] < stop[lane] or now[lane] + 1 == events)
            ):
                theta = (t_out[written[lane]] - t[lane]) / length
                if theta >= 1.0:
                    y_out[j, written[lane], :] = new[:, lane]
                else:
                    _dense(theta, y, new, length, k, lane, y_out[j, written[lane]])
                written[lane] += 1
            t[lane], yes[0, lane] = reached, 1.0
            wanted[lane] = after_success(length, error, previous[lane], rejected[lane])
            previous[lane], rejected[lane] = max(error, 1e-4), False
        accept((y, new, k, yes))
