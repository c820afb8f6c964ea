// Hosts under a question: states and read-outs at its read-out times.

// Read-out times as `niche.simulate(..., every=...)` has them, and that `every`.
function readTimes(days) {
  const every = days < 4 ? 0.05 : days < 20 ? 0.25 : days <= 800 ? 1 : 7, times = [];
  for (let i = 0; i * every < days - 1e-9; i++) times.push(i * every);
  times.push(days);
  return { every, times };
}

// Draws from..to-1 of a question. Read-outs: one array for each draw, times x read-outs; states only if asked for.
function runHosts(question, tables, from, to, keepStates = false) {
  const n = tables.state.length, count = tables.readouts.length, common = commonOf(question);
  const { starts } = common, tol = Float64Array.from(tables.tolerance), start = Float64Array.from(tables.at_rest);
  const times = readTimes(question.days).times.map((t) => {
    const near = starts[Math.max(placeOf(starts, t), 0)]; // a read-out that misses an event only by rounding is at it
    return Math.abs(t - near) < SAME ? near : t;
  });
  const w = workspace(n), kept = new Float64Array(keptreadouts), y = new Float64Array(n), seen = new Float64Array(count);
  const found = { times, readouts: [], states: [], status: [], steps: [] };
  for (let j = from; j < to; j++) {
    const plan = scheduleOf(question, tables, common, j), p = plan.parameters;
    const run = solveHost(w, start, p, plan, times, tol), values = new Float64Array(times.length * count);
    let prepared = -1;
    times.forEach((t, i) => {
      const k = placeOf(starts, t);
      if (k !== prepared) prepareReadouts(plan.inputs[(prepared = k)], p, kept);
      y.set(run.states.subarray(i * n, (i + 1) * n));
      readouts(y, kept, seen);
      values.set(seen, i * count);
    });
    found.readouts.push(values);
    found.status.push(run.status);
    found.steps.push(run.steps);
    if (keepStates) found.states.push(run.states);
  }
  return found;
}

function prepareReadouts(u, p, kept) {
  preparereadouts(u, p, kept);
}
