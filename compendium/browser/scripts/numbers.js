// The tables as the page gets them, with their columns of numbers opened; errors for people; quantiles.

class AskError extends Error {}

// How alike two words are, from 0 to 1: one less the share of letters to change (Levenshtein).
function alike(a, b) {
  let row = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      next.push(Math.min(row[j] + 1, next[j - 1] + 1, row[j - 1] + (a[i - 1] === b[j - 1] ? 0 : 1)));
    }
    row = next;
  }
  return 1 - row[b.length] / Math.max(a.length, b.length, 1);
}

// An error for a name that is not allowed: what was given, the nearest name, and all that are allowed.
function unknown(what, given, allowed) {
  const names = [...allowed].sort(), wanted = String(given).toLowerCase();
  const begun = names.filter((name) => wanted.length > 2 && name.toLowerCase().startsWith(wanted));
  const rated = names.map((name) => [alike(wanted, name.toLowerCase()), name]).sort((a, b) => b[0] - a[0]);
  const near = begun.length ? begun[0] : rated.length && rated[0][0] >= 0.5 ? rated[0][1] : null;
  const hint = near === null ? "." : `; did you mean “${near}”?`;
  return new AskError(`Unknown ${what} “${given}”${hint} Allowed: ${names.join(", ")}.`);
}

// The tables with `columns` as one array of numbers, `value(place, j)` for a number of draw j, and names by their place.
function openTables(raw) {
  const bytes = Uint8Array.from(atob(raw.columns), (letter) => letter.charCodeAt(0));
  const columns = new Float64Array(bytes.buffer);
  const places = (names) => Object.fromEntries(names.map((name, i) => [name, i]));
  return {
    ...raw, columns,
    value: (place, j) => (typeof place === "number" ? place : columns[place[0] * raw.draws + j]),
    input: places(raw.inputs), parameter: places(raw.parameters),
    stateAt: places(raw.state.map((one) => one[0])), readoutAt: places(raw.readouts.map((one) => one[0])),
  };
}

// The quantile q of numbers in rising order, between the two that it falls between (as NumPy does by default).
function quantile(sorted, q) {
  if (!sorted.length) return NaN;
  const place = q * (sorted.length - 1), low = Math.floor(place), high = Math.min(low + 1, sorted.length - 1);
  return sorted[low] + (place - low) * (sorted[high] - sorted[low]);
}
