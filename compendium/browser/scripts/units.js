// Amounts and times as they are written: a number and a unit of a short list, read into the unit that the model takes.

const NUMBER = "[-+]?(?:\\d+\\.?\\d*|\\.\\d+)(?:[eE][-+]?\\d+)?";
const MASSES = { g: 1e3, mg: 1, ug: 1e-3, mcg: 1e-3, "\u00b5g": 1e-3, "\u03bcg": 1e-3, ng: 1e-6 };
const MOLAR = { pM: 1, nM: 1e3, uM: 1e6 };
const DAYS = {
  s: 1 / 86400, min: 1 / 1440, minute: 1 / 1440, minutes: 1 / 1440, h: 1 / 24, hour: 1 / 24, hours: 1 / 24,
  d: 1, day: 1, days: 1, week: 7, weeks: 7, month: 30.4375, months: 30.4375, year: 365.25, years: 365.25,
};

function scaled(table, ending, by = 1) {
  return Object.fromEntries(Object.entries(table).map(([unit, size]) => [unit + ending, size / by]));
}

// By the unit that the model takes, every unit that is read for it, and its size in it.
const units = {
  "mg/kg/day": { ...scaled(MASSES, "/kg/day"), ...scaled(MASSES, "/kg/h", 1 / 24) },
  "mg/kg": scaled(MASSES, "/kg"),
  mg: MASSES,
  "pM/day": { ...scaled(MOLAR, "/day"), ...scaled(MOLAR, "/h", 1 / 24) },
  pM: MOLAR,
  nM: scaled(MOLAR, "", 1e3),
  fold: { fold: 1, "": 1, "%": 0.01 },
  day: { "": 1, ...DAYS },
};

// [number, unit] of "5 mg/kg/day", in the first of the units `wanted` that it fits. Throws what is wrong and allowed.
function readAmount(text, wanted, what) {
  const found = new RegExp(`^\\s*(${NUMBER})\\s*(\\S*)\\s*$`).exec(text ?? "");
  const like = wanted.map((unit) => `“5 ${unit}”`).join(" or ");
  if (!found) throw new AskError(`${what}: “${text ?? ""}” is not an amount; write it like ${like}.`);
  for (const unit of wanted) {
    if (!Object.hasOwn(units[unit], found[2])) continue;
    const value = Number(found[1]) * units[unit][found[2]];
    if (!(value >= 0 && value < Infinity)) {
      throw new AskError(`${what}: an amount cannot be negative and must be finite, got “${text}”.`);
    }
    return [value, unit];
  }
  if (!found[2]) throw new AskError(`${what}: “${text}” has no unit; write it like ${like}.`);
  const allowed = wanted.flatMap((unit) => Object.keys(units[unit])).filter(Boolean);
  throw new AskError(`${what}: ${unknown("unit", found[2], new Set(allowed)).message}`);
}

// Days of "28", "36 h" or "4 weeks".
function readDays(text, what) {
  const found = new RegExp(`^\\s*(${NUMBER})\\s*(\\S*)\\s*$`).exec(text ?? "");
  if (!found) throw new AskError(`${what}: “${text ?? ""}” is not a time; write days as a number, or “36 h”.`);
  if (!Object.hasOwn(units.day, found[2])) throw unknown(`unit of time (${what})`, found[2], Object.keys(DAYS));
  const days = Number(found[1]) * units.day[found[2]];
  if (!Number.isFinite(days)) throw new AskError(`${what}: “${text}” is not finite.`);
  return days;
}
