// One host from event to event: the control of steps of niche/solver/integrator.py, for one host instead of lanes.
// Dormand & Prince 1980 5(4) (doi:10.1016/0771-050X(80)90013-3; Hairer, Norsett & Wanner 1993, II.4-II.6).
// The rates, the stages and their weights are generated (niche/solver/javascript.py); here is no biology.

const STATUS = ["ok", "too many steps", "not finite", "step too small", "negative state"];
const MOST_STEPS = 200000;

// Space that every host uses again: states, slopes of seven stages, what inputs and parameters decide.
function workspace(n) {
  const room = (size) => new Float64Array(size);
  return {
    n, y: room(n), next: room(n), k: room(7 * n), stage: room(n), kept: room(keptslopes),
    h: room(1), norm: room(2), slopes: Array.from({ length: 7 }, () => room(n)),
  };
}

// A first step on which no state moves by more than a hundredth of its size or tolerance.
function firstStep(y, f, span, rtol, tol) {
  let h = span;
  for (let i = 0; i < y.length; i++) {
    if (f[i] !== 0) h = Math.min(h, (0.01 * (Math.abs(y[i]) + tol[i] / rtol)) / Math.abs(f[i]));
  }
  return Math.max(h, 1e-10 * span);
}

// How long the next try may be; an error within the tolerance was refused because a state was negative.
function afterRefusal(length, error) {
  return length * (error <= 1 || !Number.isFinite(error) ? 0.25 : Math.max(0.2, 0.9 * error ** -0.2));
}

// How long the next step may be: PI control (Hairer II.4); it does not grow right after a refusal.
function afterSuccess(length, error, previous, refused) {
  const grow = 0.9 * Math.max(error, 1e-10) ** -0.17 * previous ** 0.04;
  return length * Math.min(refused ? 1 : 10, Math.max(0.2, grow));
}

// State at the fraction theta of a step, to fourth order; where the interpolant dips below 0 by its error, 0.
function inside(theta, w, h, out, at) {
  const { n, y, next, k } = w;
  for (let i = 0; i < n; i++) {
    let tail = 0;
    for (let j = 0; j < 7; j++) tail += dense[j] * k[j * n + i];
    const rise = next[i] - y[i], bend = h * k[i] - rise, turn = rise - h * k[6 * n + i] - bend;
    const value = y[i] + theta * (rise + (1 - theta) * (bend + theta * (turn + (1 - theta) * h * tail)));
    out[at + i] = value < 0 ? 0 : value;
  }
}

// The rates at a state, into the slopes of one stage.
function ratesInto(w, y, stage) {
  slopes(y, w.kept, w.slopes[stage]);
  w.k.set(w.slopes[stage], stage * w.n);
}

// Slopes 1..6 from slope 0, the next states, and in `norm` the error and the lowest state.
function tryStep(w, tol) {
  const { y, h, k, stage, next } = w;
  stage1(y, h, k, stage); ratesInto(w, stage, 1);
  stage2(y, h, k, stage); ratesInto(w, stage, 2);
  stage3(y, h, k, stage); ratesInto(w, stage, 3);
  stage4(y, h, k, stage); ratesInto(w, stage, 4);
  stage5(y, h, k, stage); ratesInto(w, stage, 5);
  stage6(y, h, k, next); ratesInto(w, next, 6);
  check(y, next, h, k, tol, w.norm);
}

// Solve one host. plan: { starts, end, inputs: one array per start, jumps: likewise or null }; p: its parameters;
// times: increasing; tol: absolute tolerances, then the relative one. Returns { states, status, steps }; states holds
// times x n numbers, NaN from a failure on. A read-out at an event is read after it.
function solveHost(w, start, p, plan, times, tol) {
  const { n, y, k } = w, { starts, end } = plan, rtol = tol[n];
  const states = new Float64Array(times.length * n).fill(NaN);
  let steps = 0, written = 0;
  y.set(start);
  for (let s = 0; s < starts.length; s++) {
    const last = s + 1 === starts.length, stop = last ? end : starts[s + 1];
    let t = starts[s];
    if (plan.jumps[s]) for (let i = 0; i < n; i++) y[i] += plan.jumps[s][i];
    while (written < times.length && times[written] <= t && (times[written] < stop || last)) {
      states.set(y, written++ * n);
    }
    if (!(t < stop)) continue;
    prepareslopes(plan.inputs[s], p, w.kept);
    ratesInto(w, y, 0);
    let wanted = firstStep(y, w.slopes[0], stop - t, rtol, tol), previous = 1e-4, refused = false;
    while (t < stop) {
      if (steps >= MOST_STEPS) return { states, status: 1, steps };
      const whole = t + wanted >= stop - 1e-12 * Math.max(1, Math.abs(stop)), length = whole ? stop - t : wanted;
      w.h[0] = length;
      tryStep(w, tol);
      steps++;
      const error = Number.isFinite(w.norm[0]) ? Math.sqrt(w.norm[0] / n) : Infinity, lowest = w.norm[1];
      if (error > 1 || lowest < 0) {
        if (length < 1e-12 * Math.max(1, Math.abs(t))) {
          return { states, status: lowest < 0 ? 4 : Number.isFinite(error) ? 3 : 2, steps };
        }
        wanted = afterRefusal(length, error);
        refused = true;
        continue;
      }
      const final = t + length >= stop - 1e-12 * Math.max(1, Math.abs(stop)), reached = final ? stop : t + length;
      while (written < times.length && times[written] <= reached && (times[written] < stop || last)) {
        const theta = (times[written] - t) / length;
        if (theta >= 1) states.set(w.next, written * n);
        else inside(theta, w, length, states, written * n);
        written++;
      }
      t = reached;
      wanted = afterSuccess(length, error, previous, refused);
      previous = Math.max(error, 1e-4);
      refused = false;
      y.set(w.next);
      w.slopes[0].set(w.slopes[6]);
      k.set(w.slopes[6], 0);
    }
  }
  return { states, status: 0, steps };
}
