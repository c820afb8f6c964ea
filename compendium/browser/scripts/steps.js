// One thing that is done to a host, as a sentence: "dose zoledronate 0.1 mg/kg on 7 every 7 to 28".
// A step is { verb, name, value, unit, start, stop, every, lasting }; what it has not is null. Times are days.

const CONDITIONS = { diet: "diet", surgery: "surgery", treat: "treatment", genotype: "genotype", culture: "culture" };
const CLAUSES = {
  infuse: ["from", "to"], stress: ["from", "to", "lasting", "every"], diet: ["from", "to"], treat: ["from", "to"],
  dose: ["on", "every", "to"], seed: ["on"], surgery: ["on"], genotype: [], culture: [],
};
const VERBS = Object.keys(CLAUSES);
const MOST_DOSES = 10000;

// A step from its sentence, in a question of so many days. Throws what is wrong with it.
function parseStep(text, days, tables) {
  const verb = /^\s*(\S*)/.exec(text)[1].toLowerCase();
  if (!VERBS.includes(verb)) throw unknown("step", verb, VERBS);
  let rest = text.trim().slice(verb.length);
  const clause = new RegExp(`\\s(on|from|to|every|lasting)(?:\\s+day)?\\s+(${NUMBER}\\s*[A-Za-z]*)\\s*$`);
  const when = {};
  for (let found = clause.exec(rest); found; found = clause.exec(rest)) {
    if (!CLAUSES[verb].includes(found[1])) {
      const allowed = CLAUSES[verb].length ? `only ${CLAUSES[verb].map((one) => `“${one} …”`).join(", ")}` : "no time";
      throw new AskError(`“${text.trim()}”: ${verb} takes ${allowed}, not “${found[1]}”.`);
    }
    if (found[1] in when) throw new AskError(`“${text.trim()}”: “${found[1]}” stands there twice.`);
    when[found[1]] = readDays(found[2], `${verb}, ${found[1]}`);
    rest = rest.slice(0, found.index);
  }
  const step = { verb, ...named(verb, rest.trim(), tables), every: null, lasting: null };
  step.start = time(when.from ?? when.on ?? 0, days, `${verb} ${step.name}`);
  step.stop = when.to === undefined ? null : time(when.to, days, `${verb} ${step.name}`);
  if (verb === "dose") repeated(step, when, days);
  else if (verb === "stress" && ("lasting" in when || "every" in when)) sessions(step, when, days);
  else if (step.stop !== null && step.stop <= step.start) {
    throw new AskError(`${step.name} stops on day ${step.stop}, which is not after its start on day ${step.start}.`);
  }
  return step;
}

function time(day, days, what) {
  if (day >= 0 && day <= days) return day;
  throw new AskError(`${what}: day ${day} is outside the question, which runs from day 0 to day ${days}.`);
}

function repeated(step, when, days) {
  if (when.every === undefined) {
    if (step.stop !== null) throw new AskError(`${step.name}: “to” ends repeated doses; say “every …” too.`);
    return;
  }
  if (!(when.every > 0)) throw new AskError(`${step.name}: the interval between doses must be above 0 days.`);
  const last = step.stop ?? days;
  if (last < step.start) throw new AskError(`${step.name}: doses end on day ${last}, before the first.`);
  if ((last - step.start) / when.every >= MOST_DOSES) {
    throw new AskError(`${step.name}: that makes more than ${MOST_DOSES} doses; use a longer interval.`);
  }
  step.every = when.every;
}

function sessions(step, when, days) {
  const gap = when.every ?? 1, lasting = when.lasting;
  if (lasting === undefined) throw new AskError("stress: say how long a session lasts, like “lasting 2 h every 1”.");
  if (!(lasting > 0 && lasting < gap)) {
    throw new AskError(`stress: a session must last more than 0 days and less than the ${gap} from one to the next.`);
  }
  const last = step.stop ?? days;
  const count = (last - lasting - step.start + 1e-9) / gap;
  if (!(count >= 0 && count < MOST_DOSES)) throw new AskError("stress: these sessions do not fit into the days.");
  Object.assign(step, { lasting, every: gap });
}

// Name and amount of a step, checked against the tables.
function named(verb, rest, tables) {
  const none = { value: null, unit: null };
  if (verb === "stress") {
    const [value] = readAmount(rest, ["fold"], "stress");
    return { name: "stress", value, unit: "fold" };
  }
  if (verb === "seed") {
    if (!tables.routes.includes(rest)) throw unknown("route", rest, tables.routes);
    return { name: rest, ...none };
  }
  if (verb in CONDITIONS) {
    const allowed = Object.keys(tables.conditions).filter((one) => tables.conditions[one].kind === CONDITIONS[verb]);
    if (!allowed.includes(rest)) throw unknown(CONDITIONS[verb], rest, allowed);
    return { name: rest, ...none };
  }
  const split = new RegExp(`^(.*?)\\s+(${NUMBER}\\s*\\S*)$`).exec(rest);
  const name = split ? split[1] : rest, wanted = unitsOf(verb, name, tables);
  const [value, unit] = readAmount(split ? split[2] : "", wanted, `${verb} ${name}`);
  return { name, value, unit };
}

// The units in which a drug or ligand is given. Throws for an unknown one, or one that is given in another way.
function unitsOf(verb, name, tables) {
  const { drugs, ligands } = tables, drug = Object.hasOwn(drugs, name) ? drugs[name] : null;
  const ligand = Object.hasOwn(ligands, name) ? ligands[name] : null;
  if (!drug && !ligand) throw unknown("drug", name, [...Object.keys(drugs), ...Object.keys(ligands)]);
  if (verb === "dose" && (ligand || drug.sustained)) {
    throw new AskError(`${name} is given as a lasting level: write “infuse ${name} 5 ${ligand ? ligand[1] : "mg/kg/day"}”.`);
  }
  if (verb === "infuse" && drug && !drug.sustained) {
    throw new AskError(`${name} is given in doses: write “dose ${name} 3 mg/kg every 7”.`);
  }
  return verb === "dose" ? ["mg/kg", "mg"] : [ligand ? ligand[1] : "mg/kg/day"];
}

// The sentence of a step, which `parseStep` reads as the same step.
function stepText(step) {
  const amount = step.value === null ? "" : ` ${step.value}${step.unit === "fold" ? "" : ` ${step.unit}`}`;
  const name = step.verb === "stress" ? "" : ` ${step.name}`;
  const has = CLAUSES[step.verb], said = [];
  if (has.includes("on")) said.push(` on ${step.start}`);
  if (has.includes("from") && (step.start || step.stop !== null)) said.push(` from ${step.start}`);
  if (step.lasting !== null) said.push(` lasting ${step.lasting}`);
  if (step.every !== null) said.push(` every ${step.every}`);
  if (step.stop !== null) said.push(` to ${step.stop}`);
  return `${step.verb}${name}${amount}${said.join("")}`;
}

// When the doses of a step are given, as `Protocol.dose` has it.
function doseTimes(step, days) {
  if (step.every === null) return [step.start];
  const last = step.stop ?? days, times = [];
  const count = Math.trunc((last - step.start + 1e-9) / step.every) + 1;
  for (let i = 0; i < count; i++) times.push(step.start + i * step.every);
  if (last - times[count - 1] < 1e-9) times[count - 1] = last;
  return times;
}

// From when to when a lasting step is on; sessions of stress are many. An end of null is the end of the question.
function spansOf(step, days) {
  if (step.lasting === null) return [[step.start, step.stop]];
  const count = Math.trunc(((step.stop ?? days) - step.lasting - step.start + 1e-9) / step.every) + 1;
  return Array.from({ length: count }, (_, i) => {
    const from = step.start + i * step.every;
    return [from, from + step.lasting];
  });
}
