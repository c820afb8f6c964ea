// What is done to one host, as the integrator takes it: events, the inputs in force from each, and jumps of states.
// The rules are those of niche/experiment/schedule.py; every number comes from the tables.

const SAME = 1e-9; // days: two times nearer than this are one

// The days on which something changes. Two that differ only by rounding are one, the earlier.
function startsOf(question) {
  const marks = new Set([0]);
  for (const step of question.steps) {
    if (step.verb === "dose") doseTimes(step, question.days).forEach((t) => marks.add(t));
    else for (const [from, to] of spansOf(step, question.days)) {
      marks.add(from);
      if (to !== null) marks.add(to);
    }
  }
  const days = Float64Array.from(marks).sort();
  return days.filter((day, i) => i === 0 || day - days[i - 1] > SAME);
}

// Which of `starts` a time is.
function placeOf(starts, t) {
  let low = 0, high = starts.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (starts[middle] < t + SAME) low = middle + 1;
    else high = middle;
  }
  return low - 1;
}

// What all hosts of a question share.
function commonOf(question) {
  return { starts: startsOf(question), end: question.days };
}

// { starts, end, inputs, jumps, parameters } of draw j.
function scheduleOf(question, tables, common, j) {
  const { starts, end } = common, inputs = Array.from(starts, () => Float64Array.from(tables.resting));
  const jumps = Array.from(starts, () => null), p = parametersOf(question, tables, j);
  const after = { inputs, starts, tables, j };
  if (question.bone) setCondition(after, 0, starts.length, question.bone);
  const jump = (k, state, by) => {
    jumps[k] ??= new Float64Array(tables.state.length);
    jumps[k][tables.stateAt[state]] += by;
  };
  for (const step of question.steps) {
    const drug = Object.hasOwn(tables.drugs, step.name) ? tables.drugs[step.name] : null;
    if (drug) for (const [i, place] of drug.parameters) p[i] = tables.value(place, j);
    if (step.verb === "dose") {
      const [state, amount] = doseOf(step, drug, question, tables, j);
      for (const t of doseTimes(step, end)) jump(placeOf(starts, t), state, amount);
    } else if (step.verb === "seed") {
      const entry = tables.through_blood.includes(step.name) ? "circulating" : "tumour";
      jump(placeOf(starts, step.start), entry, p[tables.parameter.inoculum]);
    } else {
      for (const [from, to] of spansOf(step, end)) {
        setInputs(after, placeOf(starts, from), to === null ? starts.length : placeOf(starts, to), step);
      }
    }
  }
  return { starts, end, inputs, jumps, parameters: p };
}

// The parameters of draw j of the hosts of a question.
function parametersOf(question, tables, j) {
  const { parameters, lines } = tables.kinds[`${question.host}/${question.strain}`];
  const own = question.tumour ? lines[question.tumour] : {};
  return Float64Array.from(parameters, (place, i) => tables.value(own[i] ?? place, j));
}

// The state that a dose enters, and by how much it raises it.
function doseOf(step, drug, question, tables, j) {
  const number = (name) => tables.value(drug.dosing[name], j);
  const given = perKg(step, tables.systems[question.host].mass) * number("bioavailability");
  if (drug.slot === "zol") return ["zol_bone", given];
  // mg/kg over kDa is umol/kg; over mL/kg it is mM
  return [`${drug.slot}_depot`, (given / number("molar_mass") / number("volume")) * 1e6];
}

// One lasting step, in the intervals from `on` to `off`.
function setInputs(after, on, off, step) {
  const { tables, j } = after;
  if (step.verb === "stress") each(after, on, off, "stress", (x) => x * step.value);
  else if (Object.hasOwn(tables.ligands, step.name)) {
    each(after, on, off, tables.inputs[tables.ligands[step.name][0]], (x) => x + step.value);
  } else if (step.verb === "infuse") {
    const drug = tables.drugs[step.name];
    for (const receptor of ["b1", "b2"]) {
      const level = step.value / tables.value(drug.dosing[`kd_dose_${receptor}`], j);
      each(after, on, off, `${drug.slot}_${receptor}`, (x) => x + level);
    }
    if (drug.slot === "agonist") {
      const efficacy = tables.value(drug.dosing.efficacy, j);
      each(after, on, off, "agonist_efficacy", () => efficacy);
    }
  } else setCondition(after, on, off, step.name);
}

// A condition is relative to rest, so that a second lesion never restores what the first took; else added to none.
function setCondition(after, on, off, name) {
  const { tables, j } = after;
  for (const [i, place] of tables.conditions[name].inputs) {
    const value = tables.value(place, j), adds = tables.resting[i] === 0;
    each(after, on, off, tables.inputs[i], (x) => (adds ? x + value : x * value));
  }
}

function each({ inputs, tables }, on, off, name, change) {
  const i = tables.input[name];
  for (let k = on; k < off; k++) inputs[k][i] = change(inputs[k][i]);
}
