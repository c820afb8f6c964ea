// Which measurements test what is asked, by the rule of niche/supporting: its groups and costs come as data, and every
// sentence is the one that `niche.support` says. Nothing is computed here but distances.

const OPENED = new WeakMap();

// The measurements as questions, their texts put in.
function openMeasured({ measured }) {
  if (OPENED.has(measured)) return OPENED.get(measured);
  const text = (place) => measured.texts[place], number = (x) => (x === "inf" ? Infinity : x);
  const given = ([kind, name, amount, unit, said]) =>
    ({ kind: text(kind), name: text(name), amount: number(amount), unit: text(unit), said: text(said) });
  const read = { done: (x) => x.map(given), around: (x) => x.map(given), lasting: number, onset: number, ended: number,
    against_none: Boolean };
  const found = measured.rows.map((row) => Object.fromEntries(measured.columns.map((name, i) =>
    [name, (read[name] || text)(row[i])])));
  OPENED.set(measured, found);
  return found;
}

// What is asked as measurements are asked it: against the same hosts with nothing done (niche/supporting/questions.py).
function measurable(question, readOut, tables) {
  const { days } = question, { rule } = tables.measured, mass = tables.systems[question.host].mass;
  const seeds = question.steps.filter((step) => step.verb === "seed");
  const acts = question.steps.filter((step) => step.verb !== "seed" && step.verb !== rule.culture);
  const differ = question.steps.filter((step) => step.verb !== "seed");
  const compared = differ.length > 0;
  const first = (steps) => Math.min(...steps.map((step) => step.start));
  const begun = acts.length ? first(acts) : !compared && seeds.length ? first(seeds) : 0;
  const end = (step) => {
    if (step.verb === "dose") {
      const times = doseTimes(step, days);
      return times.length > 1 ? times[times.length - 1] + times[1] - times[0] : days;
    }
    if (step.lasting !== null) return Math.max(...spansOf(step, days).map(([, to]) => to));
    return step.stop ?? days;
  };
  const done = [];
  for (const step of differ) {
    const dose = step.unit === "mg" || step.unit === "mg/kg";
    const one = { kind: step.verb, name: step.name,
      amount: step.value === null ? null : dose ? perKg(step, mass) : step.value,
      unit: step.value === null ? "" : dose ? "mg/kg" : step.unit === "fold" ? "1" : step.unit,
      said: step.value === null ? "" : `${step.value} ${step.unit}` };
    if (!done.some((other) => JSON.stringify(other) === JSON.stringify(one))) done.push(one);
  }
  return {
    system: question.host, strain: question.strain, tumour: seeds.length ? question.tumour : "",
    bone: question.bone || rule.site, place: !seeds.length ? "" : rule.in_bone.includes(seeds[0].name) ? "bone" : "soft tissue",
    read_out: readOut, day: days, lasting: days - begun,
    onset: !(acts.length && seeds.length) ? null : seeds.some((step) => step.name === "established") ? Infinity : first(acts) - first(seeds),
    ended: acts.length ? Math.max(0, days - Math.max(...acts.map(end))) : 0,
    done, around: [], against_none: false,
  };
}

// Every measurement that has something to say to a question, from the nearest on: { row, distance, differs }.
function nearestTo(asked, tables) {
  const found = [];
  for (const row of openMeasured(tables)) {
    const differs = differences(asked, row, tables.measured);
    // rounded, so that costs that add up to one are one in whatever order they stand
    if (differs) found.push({ row, differs, distance: Math.round(1e9 * differs.reduce((sum, [cost]) => sum + cost, 0)) / 1e9 });
  }
  return found.sort((a, b) => a.distance - b.distance);
}

// All in which a measurement differs from a question, each [cost, words]; null where they have nothing to say.
function differences(asked, had, known) {
  const { rule } = known, { cost } = rule, found = [];
  const groupOf = (name) => known.read_outs[name] || [name, name];
  const [own, other] = [groupOf(asked.read_out), groupOf(had.read_out)];
  if (own[0] !== other[0]) return null;
  const done = whatIsDone(asked, had, known);
  if (!done) return null;
  if (asked.read_out !== had.read_out) {
    found.push([own[1] === other[1] ? cost.assay : cost["read-out"], `${had.read_out}, not ${asked.read_out}`]);
  }
  if (asked.system !== had.system) {
    const rodents = rule.rodents.includes(asked.system) && rule.rodents.includes(had.system);
    found.push([rodents ? cost.rodent : cost.species, `${had.system}, not ${asked.system}`]);
  } else if (asked.strain !== had.strain) found.push([cost.strain, `${had.strain}, not ${asked.strain}`]);
  found.push(...tumours(asked, had, known), ...done);
  if (asked.onset !== null && had.onset !== null && asked.onset > rule.late !== had.onset > rule.late) {
    found.push([cost.timing, `begun ${onsetText(had.onset)} the cells, not ${onsetText(asked.onset)}`]);
  }
  if (asked.done.length && asked.ended > rule.over !== had.ended > rule.over) {
    const said = [had, asked].map((one) => (one.ended > rule.over ? `ended ${short6(one.ended)} days before` : "goes on"));
    found.push([cost.timing, said.join(", not ")]);
  }
  if (asked.bone !== had.bone) found.push([cost.bone, `${had.bone}, not ${asked.bone}`]);
  const ratio = Math.max(asked.lasting, had.lasting, rule.soon) / Math.max(Math.min(asked.lasting, had.lasting), rule.soon);
  const late = costOf(ratio, rule.time);
  if (late) found.push([late, `after ${short6(had.lasting)} days, not ${short6(asked.lasting)}`]);
  return found;
}

const short6 = (x) => String(+x.toPrecision(6));
const onsetText = (onset) => !Number.isFinite(onset) ? "long after" : onset === 0 ? "with"
  : `${short6(Math.abs(onset))} days ${onset > 0 ? "after" : "before"}`;
const costOf = (ratio, steps) => steps.find(([bound]) => ratio <= (bound === "inf" ? Infinity : bound) + 1e-9)[1];
const givenText = (one) => `${one.name} ${one.said}`.trimEnd();

function tumourText(name, known) {
  if (!name) return "no tumour";
  const [place, kind] = known.tumours[name] || ["", known.rule.own];
  const what = kind === known.rule.own ? kind : `${kind} in ${place}`;
  return name.includes("patient") ? what : `${name} (${what})`;
}

function tumours(asked, had, known) {
  const { cost, own } = known.rule;
  if (asked.tumour === had.tumour) return [];
  const words = `${tumourText(had.tumour, known)}, not ${tumourText(asked.tumour, known)}`;
  if (!asked.tumour || !had.tumour) return [[cost["tumour or none"], words]];
  const [a, b] = [asked, had].map((one) => known.tumours[one.tumour] || ["", own]);
  if ((a[0] || asked.place) !== (b[0] || had.place)) return [[cost["place of tumour"], words]];
  const any = [a[1], b[1]].includes("any carcinoma") && a[1].endsWith("carcinoma") && b[1].endsWith("carcinoma");
  if (a[1] === own || b[1] === own || !(a[1] === b[1] || any)) return [[cost["kind of tumour"], words]];
  return [[cost.line, words]];
}

function whatIsDone(asked, had, known) {
  const { cost, culture } = known.rule, found = [];
  const body = (done) => done.filter((one) => one.kind !== culture);
  const dish = (one) => [...one.done, ...one.around].some((each) => each.kind === culture);
  const wanted = body(asked.done), backdrop = body(asked.around);
  let varied = body(had.done), around = body(had.around);
  if (dish(asked) !== dish(had)) {
    found.push([cost.culture, dish(had) ? "cells in a dish, not a body" : "a body, not cells in a dish"]);
  }
  if (!wanted.length) {
    if (varied.length || (had.tumour && !asked.tumour)) return null;
    return [...found, ...behind(backdrop, around, known)];
  }
  let spoken = false;
  for (const one of wanted) {
    const match = likest(one, varied, known);
    if (match) {
      spoken = true;
      found.push(...unlike(one, match, known));
      varied = varied.filter((other) => other !== match);
      continue;
    }
    const beside = likest(one, around, known);
    if (beside) {
      found.push([cost["in both arms"], `${givenText(beside)} in both arms`]);
      around = around.filter((other) => other !== beside);
    } else found.push([cost["not given"], `without ${one.name}`]);
  }
  if (!spoken) return null;
  if (had.against_none && !asked.against_none) found.push([cost["also varied"], "the tumour itself differs between its arms"]);
  const names = wanted.map((one) => one.name);
  varied = varied.filter((other) => !names.includes(other.name));
  found.push(...varied.map((one) => [cost["also varied"], `${givenText(one)} also differs between the arms`]));
  return [...found, ...behind(backdrop, around, known)];
}

function behind(backdrop, around, known) {
  const { cost } = known.rule, found = [];
  for (const one of backdrop) {
    const match = likest(one, around, known);
    if (!match) found.push([cost.background, `without ${one.name} in both arms`]);
    else {
      found.push(...unlike(one, match, known));
      around = around.filter((other) => other !== match);
    }
  }
  return [...found, ...around.map((one) => [cost["also given"], `${givenText(one)} in all arms`])];
}

const ratioOf = (one, other) => (one.amount && other.amount && one.unit === other.unit ? other.amount / one.amount : null);

// That of the same name with the nearest dose; else one of the same class; else nothing.
function likest(one, others, known) {
  const named = others.filter((other) => other.name === one.name);
  const far = (other) => Math.abs(Math.log(ratioOf(one, other) || 1));
  if (named.length) return named.reduce((best, other) => (far(other) < far(best) ? other : best));
  const kind = (name) => known.treatments[name] || name;
  return others.find((other) => kind(other.name) === kind(one.name)) || null;
}

function unlike(one, match, known) {
  const { cost, dose } = known.rule, words = `${givenText(match)}, not ${givenText(one)}`;
  if (match.name !== one.name) return [[cost["another of its class"], words]];
  if (one.amount === match.amount && one.unit === match.unit) return [];
  const ratio = ratioOf(one, match);
  if (ratio === null) return [[cost["given otherwise"], words]];
  const costs = costOf(Math.max(ratio, 1 / ratio), dose);
  return costs ? [[costs, words]] : [];
}

// Doses, treatments and times that no paper had (niche/supporting/beyond.py).
function neverMeasured(asked, tables) {
  const known = tables.measured, who = known.many[asked.system] || asked.system;
  const own = openMeasured(tables).filter((row) => row.system === asked.system), found = [];
  if (!own.length) return [`No paper measured ${who}.`];
  const all = own.flatMap((row) => [...row.done, ...row.around]), short2 = (x) => String(+x.toPrecision(2));
  const far = (times, near) => (short2(times) === "1" ? near : `${short2(times)} times`);
  for (const one of asked.done) {
    const named = all.filter((other) => other.name === one.name);
    if (!named.length) { found.push(`No paper measured ${one.name} in ${who}.`); continue; }
    if (!one.amount) continue;
    const amounts = named.filter((other) => other.unit === one.unit && other.amount).map((other) => other.amount);
    const [least, most] = [Math.min(...amounts), Math.max(...amounts)];
    if (!amounts.length) found.push(`No paper gave ${who} ${one.name} in ${one.unit}.`);
    else if (one.amount > most * 1.0001) {
      found.push(`${givenText(one)} is ${far(one.amount / most, "a little more than")} the most that a paper gave ${who}.`);
    } else if (one.amount < least / 1.0001) {
      found.push(`${givenText(one)} is ${far(least / one.amount, "a little")} less than the least that a paper gave ${who}.`);
    }
  }
  const alike = own.filter((row) => Boolean(row.tumour) === Boolean(asked.tumour)).map((row) => row.lasting);
  const such = `${who} with ${asked.tumour ? "a tumour" : "no tumour"}`;
  if (!alike.length) found.push(`No paper measured ${such}.`);
  else if (asked.lasting > Math.max(...alike)) {
    found.push(`${short6(asked.lasting)} days are longer than any measurement of ${such} lasted (${short6(Math.max(...alike))} days).`);
  }
  return found;
}

// Sentences, each { tested, words }, for the read-outs that a question shows, and for what no paper had.
function supportOf(question, tables) {
  const many = (count, what) => `${count} ${what}${count === 1 ? "" : "s"}`, found = [];
  for (const name of question.show) {
    const near = nearestTo(measurable(question, name, tables), tables);
    const tests = near.filter((one) => one.distance < tables.measured.rule.tests);
    const papers = [...new Set((tests.length ? tests : near).map((one) => one.row.paper))];
    if (tests.length) {
      const named = papers.slice(0, 4).join(", ") + (papers.length > 4 ? ` and ${papers.length - 4} more` : "");
      const first = tests[0], how = first.differs.length ? `differs: ${byCost(first.differs)}` : "as asked";
      found.push({ tested: true, words: `${name}: ${many(tests.length, "measurement")} of ${many(papers.length, "paper")} `
        + `test${tests.length === 1 ? "s" : ""} this (${named}). The nearest found ${first.row.found}; ${how}.` });
    } else if (near.length) {
      const { row, differs } = near[0];
      found.push({ tested: false, words: `${name}: no measurement tests this. The nearest, ${row.paper}, found `
        + `${row.found}; it differs: ${byCost(differs)}.` });
    } else found.push({ tested: false, words: `${name}: no measurement tests this, and none comes near it.` });
  }
  const first = measurable(question, question.show[0], tables);
  return [...found, ...neverMeasured(first, tables).map((words) => ({ tested: false, words }))];
}

const byCost = (differs) => [...differs].sort((a, b) => b[0] - a[0]).map(([, words]) => words).join("; ");
