// A question as it stands in an address: "host=mouse&tumour=MDA-231-luc&days=28&do=seed+intratibial&show=BV%2FTV".

const KEYS = ["host", "strain", "bone", "tumour", "days", "draws", "do", "show"];
const MOST_DAYS = 3653;
const FIRST = {
  host: "mouse", strain: "athymic nude", bone: "", tumour: "MDA-231-luc", days: 28, draws: 50,
  do: ["seed intratibial on 0", "infuse propranolol 10 mg/kg/day from 7"],
  show: ["tumour burden", "BV/TV", "Oc.N/BS", "pain"],
};

// { question, faults }: what could be read of an address, and a sentence for all that could not.
function readQuestion(text, tables) {
  const given = new URLSearchParams(text.replace(/^[#?]/, "")), faults = [];
  const attempt = (read, otherwise) => {
    try {
      return read();
    } catch (error) {
      if (!(error instanceof AskError)) throw error;
      faults.push(error.message);
      return otherwise;
    }
  };
  for (const key of new Set(given.keys())) {
    attempt(() => { if (!KEYS.includes(key)) throw unknown("part of a question", key, KEYS); });
  }
  const empty = ![...given.keys()].length;
  const one = (key, otherwise) => (given.has(key) ? given.get(key) : otherwise);
  const among = (what, name, allowed, otherwise) =>
    attempt(() => { if (allowed.includes(name)) return name; throw unknown(what, name, allowed); }, otherwise);
  const host = among("host", one("host", FIRST.host), Object.keys(tables.systems), FIRST.host);
  const strains = Object.keys(tables.systems[host].strains);
  const strain = among(`strain of ${host}`, one("strain", empty ? FIRST.strain : strains[0]), strains, strains[0]);
  const sites = Object.keys(tables.conditions).filter((name) => tables.conditions[name].kind === "site");
  const bone = among("bone", one("bone", ""), ["", ...sites], "");
  const tumour = among("tumour line", one("tumour", empty ? FIRST.tumour : ""), ["", ...Object.keys(tables.lines)], "");
  const days = attempt(() => readLength(one("days", String(FIRST.days))), FIRST.days);
  const few = Math.min(FIRST.draws, tables.draws);
  const draws = attempt(() => readDraws(one("draws", String(few)), tables), few);
  const sentences = empty ? FIRST.do : given.getAll("do");
  const steps = sentences.map((one) => attempt(() => parseStep(one, days, tables), null)).filter(Boolean);
  const asked = given.getAll("show").length ? given.getAll("show") : FIRST.show;
  const names = tables.readouts.map((one) => one[0]);
  const show = [...new Set(asked.map((name) => among("read-out", name, names, null)).filter(Boolean))];
  const question = { host, strain, bone, tumour, days, draws, steps, show: show.length ? show : FIRST.show };
  attempt(() => checkTogether(question, tables));
  return { question, faults };
}

function readLength(text) {
  const days = readDays(text, "days");
  if (days > 0 && days <= MOST_DAYS) return days;
  throw new AskError(`A question lasts more than 0 and at most ${MOST_DAYS} days, got “${text}”.`);
}

function readDraws(text, tables) {
  const draws = Number(text);
  if (Number.isInteger(draws) && draws >= 5 && draws <= tables.draws) return draws;
  throw new AskError(`draws: a whole number from 5 to the ${tables.draws} that the page has, got “${text}”.`);
}

// The address of a question, which `readQuestion` reads as the same question.
function writeQuestion(question) {
  const found = new URLSearchParams();
  for (const key of ["host", "strain", "bone", "tumour"]) if (question[key]) found.append(key, question[key]);
  found.append("days", question.days);
  found.append("draws", question.draws);
  for (const step of question.steps) found.append("do", stepText(step));
  for (const name of question.show) found.append("show", name);
  return found.toString();
}

// The same host with the same tumour, and nothing else done.
function untreated(question) {
  return { ...question, steps: question.steps.filter((step) => step.verb === "seed") };
}

// Throws for steps that the hosts cannot have, or that cannot be meant beside one another (niche/experiment/clashes.py).
function checkTogether(question, tables) {
  const { steps, tumour } = question, { drugs } = tables;
  if (steps.some((step) => step.verb === "seed") && !tumour) {
    throw new AskError("Cells are seeded, but no tumour is chosen: choose a line, or leave the seeding out.");
  }
  const end = (step) => step.stop ?? Infinity;
  steps.forEach((b, i) => {
    if (b.verb === "stress") return;
    for (const a of steps.slice(0, i)) {
      const together = a.start < end(b) && b.start < end(a), [slotA, slotB] = [drugs[a.name]?.slot, drugs[b.name]?.slot];
      if (a.verb === "stress") continue;
      if (a.name === b.name) {
        if (b.verb in CONDITIONS && together) throw new AskError(`${b.name} is in force already, from day ${a.start}.`);
      } else if (slotA && slotA === slotB && slotA.endsWith("_trap")) {
        throw new AskError(`${a.name} and ${b.name} share one place in the model: give one of them.`);
      } else if (slotA === "agonist" && slotB === "agonist" && together) {
        throw new AskError(`${a.name} and ${b.name} are both agonists: give one of them at a time.`);
      }
    }
  });
  protocolWarnings(question, tables);
}

// Sentences for drugs that are given to a species, or in a dose, that their numbers do not come from. Throws for a dose
// more than a hundred times the most of its source (niche/experiment/schedule.py).
function protocolWarnings(question, tables) {
  const { host, steps, days } = question, found = [];
  for (const name of new Set(steps.map((step) => step.name))) {
    const drug = Object.hasOwn(tables.drugs, name) ? tables.drugs[name] : null;
    const given = steps.filter((step) => step.name === name && (step.verb === "dose" || step.verb === "infuse"));
    if (!drug || !given.length) continue;
    if (!drug.systems.includes(host)) {
      found.push(`${name}: its numbers are for ${drug.systems.join(", ")}, not for the ${host}`);
    }
    if (!drug.max_dose) continue;
    const most = drug.most[host], mass = tables.systems[host].mass;
    const amount = drug.sustained ? mostAtOnce(given) : mostInADay(given, mass, days);
    const unit = drug.sustained ? "mg/kg/day" : "mg/kg within a day";
    const said = `${name}: ${+amount.toPrecision(6)} ${unit} is above ${drug.max_dose}, the most that its source used`;
    if (amount > 100 * most * (1 + 1e-9)) {
      const times = +(amount / most).toPrecision(3);
      throw new AskError(`${said}: ${times} times as much, where nothing is known. Is the unit right?`);
    }
    if (amount > most * (1 + 1e-9)) found.push(said);
  }
  return found;
}

function mostAtOnce(steps) {
  const on = (step, day) => step.start <= day && day < (step.stop ?? Infinity);
  return Math.max(...steps.map((one) => steps.reduce((sum, step) => sum + (on(step, one.start) ? step.value : 0), 0)));
}

function mostInADay(steps, mass, days) {
  const doses = steps.flatMap((step) => doseTimes(step, days).map((t) => [t, perKg(step, mass)]));
  const within = (t) => doses.reduce((sum, [s, amount]) => sum + (s >= t && s < t + 1 - 1e-9 ? amount : 0), 0);
  return Math.max(...doses.slice(0, 400).map(([t]) => within(t)));
}

function perKg(step, mass) {
  return step.unit === "mg/kg" ? step.value : step.value / mass;
}
