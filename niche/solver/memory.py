"""Hosts integrated with a memory of every step, and the same steps taken back; nothing about biology.

The integrator is that of `niche.solver.integrator`, with one difference: no step is so long that a mode at rest would
grow. `niche.solver.adjoint` compiles the part below the mark beside the code that it generates.
"""

# The compiler infers types.
# mypy: disable-error-code="no-untyped-def"
import numpy as np
from numba import njit

from niche.solver.integrator import first_step
from niche.solver.tableau import LANES

KEPT = 0


def slopes_back(arrays):
    """This and the next stand for what `niche.solver.reverse`, `niche.solver.tableau` and `niche.solver.adjoint`
    write."""


prepare = prepare_back = seen = seen_back = slopes_turn = answered = slopes_back
asked0 = asked1 = asked2 = asked3 = asked4 = asked5 = slopes_back
accept = slopes_back


def rates(*given):
    """This and the next four are those of `niche.solver.integrator`: rates, a step, and how long the next may be."""


step = off_by = after_refusal = after_success = rates


# --- compiled
# Longest step in units of the fastest rate. Beyond 3.3 a mode that is at rest grows from nothing: too little for the
# error of a step to show, and enough to drown what its derivatives say.
_STABLE = 3.0


@njit(cache=True, nogil=True, error_model="numpy")
def _fastest(y, c, tol, across, due, rate, times):
    """Rate of the fastest mode, in the lanes where it is due, by the power method on the transposed Jacobian.

    across (n, lanes) : the direction found so far, in units of each state's tolerance
    """
    n = y.shape[0]
    weight, back = np.empty((n, LANES)), np.empty((n, LANES))
    for _ in range(times):
        for i in range(n):
            for q in range(LANES):
                weight[i, q] = across[i, q] / (abs(y[i, q]) + tol[i, q] / tol[n, q])
        back[:] = 0.0
        slopes_turn((y, c, weight, back))
        for q in range(LANES):
            if not due[q]:
                continue
            before, after = 0.0, 0.0
            for i in range(n):
                before += across[i, q] * across[i, q]
                back[i, q] *= abs(y[i, q]) + tol[i, q] / tol[n, q]
                after += back[i, q] * back[i, q]
            good = after > 0.0 and np.isfinite(after)
            rate[q] = np.sqrt(after / before) if good else 0.0
            for i in range(n):  # a little of every direction stays: another may become the fastest
                turned = back[i, q] / np.sqrt(after) if good else 1.0
                across[i, q] = turned + (1e-6 if turned >= 0 else -1e-6)


@njit(cache=True, nogil=True, error_model="numpy")
def observed(start, params, marks, event, read, inputs, jumps, rtol, atol, most, out, fine, store):
    """Integrate hosts from mark to mark: out (n, T, observables), fine (n,) whether the run ended well.

    marks (M,) days; event (M,) the interval of inputs that begins there, or -1; read (M,) the read-out there, or -1.
    store (turns, 6 S, lanes) : memory to use, of an earlier call perhaps; more is taken if needed
    Returns the way there, for `answers`: the store with the stages of all lanes at each turn, and of each host its lane
    (n,), the turn (n, most) and length (n, most) of its steps, the steps before each mark (n, M), its end (n, S), and
    what inputs and parameters decide in each interval (n, K, kept).
    """
    hosts, n, M = start.shape[0], start.shape[1], marks.shape[0]
    y, new, k = np.zeros((n, LANES)), np.zeros((n, LANES)), np.zeros((7 * n, LANES))
    c, tol = np.zeros((KEPT, LANES)), np.full((n + 1, LANES), rtol)
    h, yes, norm = np.zeros((1, LANES)), np.zeros((1, LANES)), np.zeros((2, LANES))
    for i in range(n):
        tol[i, :] = atol[i]
    turn = 0
    lane, turns, lengths = np.zeros(hosts, np.int64), np.empty((hosts, most), np.int32), np.empty((hosts, most))
    last, ends = np.zeros((hosts, M), np.int64), start.copy()
    kept = np.zeros((hosts, inputs.shape[1], KEPT))
    host, mark, count, now = (
        np.full(LANES, -1),
        np.zeros(LANES, np.int64),
        np.zeros(LANES, np.int64),
        np.zeros(LANES, np.int64),
    )
    t, wanted, previous = np.zeros(LANES), np.zeros(LANES), np.zeros(LANES)
    begun, rejected, due = np.zeros(LANES, np.bool_), np.zeros(LANES, np.bool_), np.zeros(LANES, np.bool_)
    across, rate = np.ones((n, LANES)), np.zeros(LANES)
    waiting = 0
    while True:
        busy, anew = False, False
        for q in range(LANES):
            begun[q] = False
            while host[q] < 0 or t[q] >= marks[mark[q] + 1]:
                if host[q] < 0:
                    if waiting == hosts:
                        break
                    host[q], mark[q], count[q] = waiting, 0, 0
                    lane[waiting] = q
                    y[:, q] = start[waiting]
                    waiting += 1
                else:
                    mark[q] += 1
                j, m = host[q], mark[q]
                t[q] = marks[m]
                if event[m] >= 0:
                    s = event[m]
                    now[q] = s
                    for i in range(n):
                        y[i, q] += jumps[j, s, i]
                    prepare((inputs[j, s], params[j], kept[j, s]))
                    c[:, q] = kept[j, s]
                    begun[q], anew = True, True
                if read[m] >= 0:
                    seen((y[:, q].copy(), kept[j, now[q]], out[j, read[m]]))
                last[j, m] = count[q]
                if m + 1 == M:
                    ends[j] = y[:, q]
                    fine[j] = True
                    host[q] = -1
                    begun[q] = False
            busy = busy or host[q] >= 0
        if not busy:
            break
        if anew:
            rates(y, c, k[:n])  # lanes under way find what they had
            for q in range(LANES):
                if begun[q]:
                    across[:, q] = 1.0
            _fastest(y, c, tol, across, begun, rate, 6)
        if turn == store.shape[0]:
            longer = np.empty((2 * turn, 6 * n, LANES))
            longer[:turn] = store
            store = longer
        for q in range(LANES):
            h[0, q] = 0.0
            if host[q] < 0:
                continue
            left = marks[mark[q] + 1] - t[q]
            if begun[q]:
                wanted[q] = first_step(y[:, q], k[:n, q], left, rtol, atol)
                previous[q], rejected[q] = 1e-4, False
            wanted[q] = min(wanted[q], _STABLE / max(rate[q], 1e-10))
            h[0, q] = min(left, wanted[q])
        at = store[turn]
        at[:n] = y
        step(y, c, h, k, at[n:], n, new, tol, norm)
        for q in range(LANES):
            yes[0, q], due[q] = 0.0, False
            j = host[q]
            if j < 0:
                continue
            length, end = h[0, q], marks[mark[q] + 1]
            error = off_by(norm, q, n)
            if error > 1.0 or norm[1, q] < 0.0:
                if length < 1e-12 * max(1.0, abs(t[q])):
                    host[q] = -1
                    continue
                wanted[q] = after_refusal(length, error)
                rejected[q] = True
                continue
            if count[q] == most:
                host[q] = -1
                continue
            turns[j, count[q]], lengths[j, count[q]] = turn, length
            count[q] += 1
            yes[0, q] = 1.0
            final = t[q] + length >= end - 1e-12 * max(1.0, abs(end))
            t[q] = end if final else t[q] + length
            longest = after_success(length, error, previous[q], rejected[q])
            # A step that was cut short by a mark says little about how long the next may be.
            wanted[q] = max(longest, wanted[q]) if final else longest
            previous[q], rejected[q] = max(error, 1e-4), False
            due[q] = count[q] % 4 == 0 or length * rate[q] > 0.5 * _STABLE
        accept((y, new, k, yes))
        if due.any():
            _fastest(y, c, tol, across, due, rate, 1)
        turn += 1
    return store, lane, turns, lengths, last, ends, kept


@njit(cache=True, nogil=True, error_model="numpy")
def answers(params, event, read, inputs, way, fine, weight, gp, gu, gj):
    """Derivatives of sum(weight * out) by parameters gp (n, P), inputs gu (n, K, U) and jumps gj (n, K, S).

    Parameters
    ----------
    way, fine
        what `observed` found; a host that did not end well is passed over
    """
    store, lane, turns, lengths, last, ends, kept = way
    hosts, n, M = ends.shape[0], ends.shape[1], event.shape[0]
    lam, back, asks = np.zeros((n, LANES)), np.zeros((6 * n, LANES)), np.zeros((n, LANES))
    at, h = np.zeros((6 * n, LANES)), np.zeros((1, LANES))
    c, gc = np.zeros((KEPT, LANES)), np.zeros((KEPT, LANES))
    at[:] = store[0]
    host, mark, step, now = (
        np.full(LANES, -1),
        np.zeros(LANES, np.int64),
        np.zeros(LANES, np.int64),
        np.zeros(LANES, np.int64),
    )
    for q in range(LANES):
        c[:, q] = kept[np.argmax(fine), 0]  # an idle lane computes, and nobody asks
    final = 0
    for m in range(M):
        if event[m] >= 0:
            final = event[m]
    waiting = 0
    while True:
        busy = False
        for q in range(LANES):
            # At a mark, until there is a step to take back: what was read there, what happened there.
            while host[q] < 0 or step[q] == last[host[q], mark[q]]:
                if host[q] < 0:
                    while waiting < hosts and not fine[waiting]:
                        waiting += 1
                    if waiting == hosts:
                        break
                    host[q], mark[q], now[q] = waiting, M - 1, final
                    step[q] = last[waiting, M - 1]
                    lam[:, q] = 0.0
                    gc[:, q] = 0.0
                    c[:, q] = kept[waiting, final]
                    waiting += 1
                j, m = host[q], mark[q]
                state = ends[j] if m + 1 == M else store[turns[j, last[j, m]], :n, lane[j]].copy()
                if read[m] >= 0:
                    low, still = lam[:, q].copy(), gc[:, q].copy()
                    seen_back((state, kept[j, now[q]], weight[j, read[m]], low, still))
                    lam[:, q] = low
                    gc[:, q] = still
                if event[m] >= 0:
                    s = now[q]
                    gj[j, s] = lam[:, q]
                    prepare_back((inputs[j, s], params[j], kept[j, s], gc[:, q].copy(), gu[j, s], gp[j]))
                    gc[:, q] = 0.0
                    if s > 0:
                        now[q] = s - 1
                        c[:, q] = kept[j, s - 1]
                if m == 0:
                    host[q] = -1
                else:
                    mark[q] = m - 1
            h[0, q] = 0.0
            j = host[q]
            if j >= 0:
                busy = True
                step[q] -= 1
                h[0, q] = lengths[j, step[q]]
                at[:, q] = store[turns[j, step[q]], :, lane[j]]
        if not busy:
            break
        back[:] = 0.0
        asked5((lam, h, back, asks))
        slopes_back((at[5 * n :], c, asks, back[5 * n :], gc))
        asked4((lam, h, back, asks))
        slopes_back((at[4 * n : 5 * n], c, asks, back[4 * n : 5 * n], gc))
        asked3((lam, h, back, asks))
        slopes_back((at[3 * n : 4 * n], c, asks, back[3 * n : 4 * n], gc))
        asked2((lam, h, back, asks))
        slopes_back((at[2 * n : 3 * n], c, asks, back[2 * n : 3 * n], gc))
        asked1((lam, h, back, asks))
        slopes_back((at[n : 2 * n], c, asks, back[n : 2 * n], gc))
        asked0((lam, h, back, asks))
        slopes_back((at[:n], c, asks, back[:n], gc))
        answered((lam, back))
