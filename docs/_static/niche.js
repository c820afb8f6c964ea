// Filters and order of long tables, drawings of networks, folded code, a search that forgives a slip. Nothing is
// fetched; without scripts all of it is there to read.
"use strict";

function prepare(form) {
  const table = document.getElementById(form.dataset.table);
  const rows = Array.from(table.tBodies[0].rows);
  const words = rows.map((row) => row.textContent.toLowerCase());
  const search = form.querySelector("input"), menus = Array.from(form.querySelectorAll("select"));
  const told = form.querySelector("output");

  function show() {
    const asked = search.value.toLowerCase().split(/\s+/).filter(Boolean);
    let count = 0;
    rows.forEach((row, i) => {
      const fits = menus.every((menu) => !menu.value || row.dataset[menu.dataset.key].split("|").includes(menu.value)) &&
        asked.every((word) => words[i].includes(word));
      row.classList.toggle("out", !fits);
      count += fits;
    });
    told.textContent = `${count} of ${rows.length} rows`;
    keep();
  }
  // What is chosen stands in the address, so that a link is a filtered table; of several tables each has its own name.
  const several = document.querySelectorAll("form.filters").length > 1, own = (key) => several ? `${table.id}.${key}` : key;
  const fields = [["search", search], ...menus.map((menu) => [menu.dataset.key, menu])];
  function keep() {
    const address = new URL(location.href);
    fields.forEach(([key, field]) => field.value ? address.searchParams.set(own(key), field.value) : address.searchParams.delete(own(key)));
    if (address.href !== location.href) history.replaceState(null, "", address);
  }
  function take() {
    const asked = new URL(location.href).searchParams, unknown = [];
    fields.forEach(([key, field]) => {
      const value = asked.get(own(key));
      if (value === null) return;
      field.value = value;
      if (field.value !== value) {  // a menu has no such entry
        field.value = "";
        const label = field.closest("label").firstChild.textContent.trim();
        unknown.push(`there is no "${value}" under "${label}"; choose one of the menu`);
      }
    });
    return unknown;
  }
  function go() {  // a link to one row of a table that is filtered shows that row
    const row = document.getElementById(decodeURIComponent(location.hash.slice(1)))?.closest("tr");
    if (row && rows.includes(row) && row.classList.contains("out")) { form.reset(); setTimeout(() => row.scrollIntoView()); }
  }
  form.hidden = false;
  form.addEventListener("input", show);
  form.addEventListener("submit", (event) => event.preventDefault());
  form.addEventListener("reset", () => setTimeout(show));
  window.addEventListener("hashchange", go);
  const unknown = take();
  show();
  if (unknown.length) told.textContent += `. ${unknown.join(". ")}`;
}

// A table is put in the order of a column by the button in its head; again: the other way round.
function sortable(table) {
  const heads = Array.from(table.tHead?.rows[0]?.cells || []), body = table.tBodies[0];
  if (heads.length < 2 || body.rows.length < 3) return;
  const number = (text) => {
    const found = text.replace("\u2212", "-").match(/^[^\d-]*(-?\d[\d.]*(?:e[-+]?\d+)?)/i);
    return found ? parseFloat(found[1]) : NaN;
  };
  heads.forEach((head, column) => {
    if (!head.textContent.trim()) return;
    const button = document.createElement("button");
    button.type = "button";
    button.append(...head.childNodes);
    head.append(button);
    head.classList.add("sortable");
    button.addEventListener("click", () => {
      const down = head.getAttribute("aria-sort") === "ascending";
      heads.forEach((one) => one.removeAttribute("aria-sort"));
      head.setAttribute("aria-sort", down ? "descending" : "ascending");
      const rows = Array.from(body.rows), texts = new Map(rows.map((row) => [row, row.cells[column]?.textContent.trim() || ""]));
      const numbers = rows.filter((row) => !Number.isNaN(number(texts.get(row)))).length > rows.length / 2;
      const order = (a, b) => {
        const [x, y] = [texts.get(a), texts.get(b)];
        if (!numbers) return x.localeCompare(y, "en", { numeric: true });
        const [p, q] = [number(x), number(y)];  // what is no number comes last, whichever way
        return Number.isNaN(p) ? (Number.isNaN(q) ? 0 : down ? -1 : 1) : Number.isNaN(q) ? (down ? 1 : -1) : p - q;
      };
      rows.sort((a, b) => (down ? -1 : 1) * order(a, b)).forEach((row) => body.append(row));
    });
  });
}

// Code of a notebook is folded; one switch opens or folds all of it, and is remembered.
function folded() {
  const cells = Array.from(document.querySelectorAll("details.hide.above-input"));
  const title = document.querySelector("article h1");
  if (!cells.length || !title) return;
  const line = document.createElement("p"), button = document.createElement("button");
  line.className = "fold";
  button.type = "button";
  function set(open) {
    cells.forEach((cell) => { cell.open = open; });
    button.textContent = open ? "hide the code" : "show the code";
    button.setAttribute("aria-pressed", String(open));
    try { localStorage.setItem("code", open ? "open" : "folded"); } catch { /* a browser that keeps nothing */ }
  }
  let kept = null;
  try { kept = localStorage.getItem("code"); } catch { /* likewise */ }
  button.addEventListener("click", () => set(button.getAttribute("aria-pressed") !== "true"));
  line.append(button);
  title.after(line);
  set(kept === "open");
}

// How many letters one word has to change, lose or gain to become another, at most `most`.
function apart(one, other, most) {
  if (Math.abs(one.length - other.length) > most) return most + 1;
  let row = Array.from({ length: other.length + 1 }, (_, i) => i);
  for (let i = 1; i <= one.length; i++) {
    const next = [i];
    for (let j = 1; j <= other.length; j++) {
      next.push(Math.min(row[j] + 1, next[j - 1] + 1, row[j - 1] + (one[i - 1] === other[j - 1] ? 0 : 1)));
    }
    row = next;
  }
  return row[other.length];
}

// A search that found nothing offers the nearest words of the index.
function meant() {
  const results = document.getElementById("search-results");
  if (!results) return;
  const asked = new URLSearchParams(location.search).get("q")?.toLowerCase().split(/\s+/).filter(Boolean) || [];
  let offered = false;
  const offer = () => {
    if (offered || typeof Search === "undefined" || !Search._index || results.querySelector("li")) return;
    if (!/did not match/i.test(results.textContent)) return;
    offered = true;
    const known = [...new Set([...Object.keys(Search._index.terms), ...Object.keys(Search._index.titleterms)])];
    const nearest = (word) => {
      const most = word.length < 6 ? 1 : 2;
      const ranked = known.map((one) => [apart(word, one, most), one]).filter(([far]) => far <= most).sort((a, b) => a[0] - b[0]);
      return ranked.length ? ranked[0][1] : word;
    };
    const words = asked.map(nearest);
    if (words.join(" ") === asked.join(" ")) return;
    const line = document.createElement("p"), link = document.createElement("a");
    line.className = "meant";
    link.href = `search.html?q=${encodeURIComponent(words.join(" "))}`;
    link.textContent = words.join(" ");
    line.append("Did you mean ", link, "?");
    results.prepend(line);
  };
  new MutationObserver(offer).observe(results, { childList: true, subtree: true, characterData: true });
}

function network(svg) {
  const arrows = Array.from(svg.querySelectorAll(".arrow")), boxes = Array.from(svg.querySelectorAll(".box"));
  const told = document.querySelector(".chosen");

  function choose(name) {
    svg.classList.toggle("one", name !== null);
    boxes.forEach((box) => box.classList.toggle("on", box.dataset.box === name));
    const lines = [];
    arrows.forEach((arrow) => {
      const on = name !== null && (arrow.dataset.from === name || arrow.dataset.to === name);
      arrow.classList.toggle("on", on);
      if (on) lines.push(arrow.querySelector("title").textContent);
    });
    told.textContent = lines.join("; ");
  }
  boxes.forEach((box) => {
    const pick = () => choose(box.classList.contains("on") ? null : box.dataset.box);
    box.addEventListener("click", pick);
    box.addEventListener("keydown", (event) => {
      if (event.key === "Enter" || event.key === " ") { event.preventDefault(); pick(); }
    });
  });
}

// A line of the neuro-bone axis shows what is answered; chosen, it stays until another is, or Escape.
function axis(figure) {
  const panels = figure.querySelector(".axis-panels"), told = figure.querySelector(".axis-told");
  const lines = Array.from(figure.querySelectorAll("a.coupling"));
  const hint = told.innerHTML;
  let kept = null;

  function show(line) {
    panels.classList.toggle("one", line !== null);
    lines.forEach((one) => one.classList.toggle("on", one === line));
    told.innerHTML = line ? document.getElementById(line.getAttribute("href").slice(1)).innerHTML : hint;
    told.scrollTop = 0;
  }
  lines.forEach((line) => {
    line.addEventListener("mouseenter", () => kept || show(line));
    line.addEventListener("mouseleave", () => kept || show(null));
    line.addEventListener("focus", () => { kept = null; show(line); });
    line.addEventListener("click", (event) => {
      event.preventDefault();
      kept = kept === line ? null : line;
      show(kept);
    });
  });
  document.addEventListener("keydown", (event) => { if (event.key === "Escape") { kept = null; show(null); } });
}

document.querySelectorAll("figure.axis").forEach(axis);
document.querySelectorAll("form.filters").forEach(prepare);
document.querySelectorAll(".wide table, table.docutils").forEach(sortable);
folded();
meant();
// The margins have names, for who goes from one part of a page to the next by ear.
document.querySelector("aside.sidebar-drawer")?.setAttribute("aria-label", "the site");
document.querySelector("aside.toc-drawer")?.setAttribute("aria-label", "this page");
// What scrolls by itself can be reached by the keyboard.
document.querySelectorAll(".wide, .table-wrapper, div.math, .cell_output .output, pre").forEach((one) => {
  if (one.scrollWidth > one.clientWidth && !one.hasAttribute("tabindex")) one.tabIndex = 0;
});
document.querySelectorAll("svg.network").forEach(network);
