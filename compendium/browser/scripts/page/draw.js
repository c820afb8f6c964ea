// Drawing, with nothing but the page's own SVG. Whatever is a word goes in as text, never as markup.

const SVG = "http://www.w3.org/2000/svg";
const PANEL = { width: 420, height: 250, left: 52, right: 12, top: 12, bottom: 40 };

// A number as a reader sees it: three digits, without a power of ten where it can be.
function shownNumber(x) {
  if (!Number.isFinite(x)) return "not finite";
  if (x !== 0 && (Math.abs(x) < 1e-3 || Math.abs(x) >= 1e6)) return x.toExponential(1).replace("e", "·10^");
  return String(+x.toPrecision(3));
}

function drawn(tag, attributes, words) {
  const node = document.createElementNS(SVG, tag);
  for (const [key, value] of Object.entries(attributes)) node.setAttribute(key, value);
  if (words !== undefined) node.textContent = words;
  return node;
}

// Ends and ticks of an axis from low to high: 1, 2 or 5 times a power of ten apart.
function axis(low, high, most = 5) {
  if (!(high > low)) [low, high] = [low - Math.abs(low || 1) * 0.05, high + Math.abs(high || 1) * 0.05];
  const rough = (high - low) / most, power = 10 ** Math.floor(Math.log10(rough));
  const gap = [1, 2, 5, 10].map((x) => x * power).find((x) => x >= rough * 0.999);
  const first = Math.floor(low / gap + 1e-9) * gap, last = Math.ceil(high / gap - 1e-9) * gap, ticks = [];
  for (let i = 0; first + i * gap <= last + gap / 2; i++) ticks.push(+(first + i * gap).toPrecision(12));
  return { low: first, high: last, ticks };
}

// One read-out: the asked hosts (median, half and 90 % of the draws) and, broken, the same hosts with nothing done.
function panel(name, unit, about, times, asked, alone) {
  const { width, height, left, right, top, bottom } = PANEL;
  const svg = drawn("svg", { viewBox: `0 0 ${width} ${height}`, role: "img", class: "ask-panel" });
  svg.append(drawn("title", {}, `${name} over ${times[times.length - 1]} days, with and without what is done`));
  const values = [...asked.low, ...asked.high, ...alone.low, ...alone.high].filter(Number.isFinite);
  if (!values.length) return svg;
  let [low, high] = [Math.min(...values), Math.max(...values)];
  if (low >= 0 && low < high / 2) low = 0; // an axis from 0, unless that hides what happens
  const y = axis(low, high), x = axis(0, times[times.length - 1], 6), end = times[times.length - 1];
  const across = (t) => left + ((width - left - right) * t) / end;
  const up = (v) => top + (height - top - bottom) * (1 - (v - y.low) / (y.high - y.low));
  for (const tick of y.ticks) {
    svg.append(drawn("line", { x1: left, x2: width - right, y1: up(tick), y2: up(tick), class: "grid" }));
    svg.append(drawn("text", { x: left - 5, y: up(tick) + 4, "text-anchor": "end" }, shownNumber(tick)));
  }
  for (const tick of x.ticks.filter((one) => one <= end * 1.0001)) {
    svg.append(drawn("text", { x: across(tick), y: height - bottom + 16, "text-anchor": "middle" }, shownNumber(tick)));
  }
  svg.append(drawn("text", { x: (left + width - right) / 2, y: height - 6, "text-anchor": "middle" }, "day"));
  const point = (v, i) => `${across(times[i]).toFixed(1)},${up(v).toFixed(1)}`;
  const band = (a, b, css) => {
    if (![...a, ...b].every(Number.isFinite)) return;
    const there = Array.from(a, point), back = Array.from(b, point).reverse();
    svg.append(drawn("polygon", { points: [...there, ...back].join(" "), class: css }));
  };
  const line = (v, css) => svg.append(drawn("polyline", { points: Array.from(v, point).join(" "), class: css }));
  band(alone.low, alone.high, "band alone");
  band(asked.low, asked.high, "band asked");
  band(asked.quarter, asked.threeQuarters, "band asked");
  line(alone.median, "line alone");
  line(asked.median, "line asked");
  const unitWords = unit !== "1" ? unit : about.includes("relative to rest") ? "times rest" : about.startsWith("share") ? "share" : "";
  svg.append(drawn("text", { x: 12, y: (top + height - bottom) / 2, "text-anchor": "middle", class: "unit",
    transform: `rotate(-90 12 ${(top + height - bottom) / 2})` }, unitWords));
  return svg;
}

// Quantiles over the draws that were solved, at each time, of read-out `at`; `runs` are times x count numbers each.
function bands(runs, at, count, times, quantile) {
  const found = { low: [], quarter: [], median: [], threeQuarters: [], high: [] };
  const shares = { low: 0.05, quarter: 0.25, median: 0.5, threeQuarters: 0.75, high: 0.95 };
  for (let i = 0; i < times.length; i++) {
    const sorted = Float64Array.from(runs, (run) => run[i * count + at]).sort();
    for (const [name, share] of Object.entries(shares)) found[name].push(quantile(sorted, share));
  }
  return found;
}
