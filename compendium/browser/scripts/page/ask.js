// The page: a question from the address or the controls, its answer, and what goes with it.

(() => {
  const place = document.getElementById("ask");
  if (!place) return;
  const began = performance.now(), engine = nicheEngine(), raw = window.NICHE_TABLES, crew = new Crew(raw, engine);
  const { tables } = crew, at = (name) => place.querySelector(`[data-ask=${name}]`);
  const count = tables.readouts.length;
  let question = null, latest = 0, answered = null;

  const form = new Form(at("form"), engine, tables, (next, address) => {
    if (next) ask(next, []);
    else { const read = engine.readQuestion(address, tables); ask(read.question, read.faults); }
  });

  function ask(next, faults) {
    question = next;
    const address = `#${engine.writeQuestion(question)}`;
    if (!faults.length && location.hash !== address) history.replaceState(null, "", address);
    form.show(question);
    const said = at("faults");
    said.replaceChildren(...faults.map((one) => made("p", {}, one)));
    said.hidden = !faults.length;
    run(question);
  }

  async function run(asked) {
    const mine = ++latest, start = performance.now();
    at("state").textContent = "Computing …";
    try {
      const alone = engine.untreated(asked);
      const [found, without] = await Promise.all([crew.run(asked), crew.run(alone)]);
      if (mine !== latest) return; // another question was asked meanwhile
      answered = { asked, found, without };
      show(asked, found, without);
      const took = Math.round(performance.now() - start);
      at("state").textContent = `${asked.draws} draws, each with and without what is done, in ${took} ms.`;
      Object.assign(place.dataset, { took, ready: Math.round(performance.now() - began), answered: mine });
    } catch (error) {
      if (mine === latest) at("state").textContent = `This question could not be answered: ${error.message}`;
    }
  }

  function show(asked, found, without) {
    const both = [...found.runs.keys()].filter((draw) => without.runs.has(draw));
    const treated = both.map((draw) => found.runs.get(draw)), bare = both.map((draw) => without.runs.get(draw));
    const lost = asked.draws - both.length, last = (found.times.length - 1) * count, day = asked.days;
    at("lost").textContent = lost
      ? `${lost} of ${asked.draws} draws could not be solved in the browser and are left out; Python turns to another method.`
      : "";
    const rows = [], panels = [];
    for (const name of asked.show) {
      const i = tables.readoutAt[name], [, unit, about] = tables.readouts[i];
      const a = bands(treated, i, count, found.times, engine.quantile);
      const b = bands(bare, i, count, found.times, engine.quantile);
      panels.push(made("figure", {}, made("figcaption", {}, made("b", {}, name), ` ${about}`),
        panel(name, unit, about, found.times, a, b)));
      const ratios = treated.map((run, k) => run[last + i] / bare[k][last + i]);
      const finite = Float64Array.from(ratios.filter(Number.isFinite)).sort(), end = found.times.length - 1;
      const ranged = (x) => `${shownNumber(x.median[end])} (${shownNumber(x.low[end])} to ${shownNumber(x.high[end])})`;
      const q = (share) => shownNumber(engine.quantile(finite, share));
      const less = finite.filter((x) => x < 1 - 1e-9).length, more = finite.filter((x) => x > 1 + 1e-9).length;
      const way = !finite.length ? "nothing to compare" : !less && !more ? "the same in all draws"
        : more >= less ? `higher in ${more} of ${finite.length} draws` : `lower in ${less} of ${finite.length} draws`;
      const fold = finite.length < both.length ? "no ratio (nothing to divide by)" : `${q(0.5)} (${q(0.05)} to ${q(0.95)})`;
      rows.push([name, ranged(a), ranged(b), fold, way]);
      if (rows.length === 1) at("answer").textContent = answer(asked, name, ranged(a), ranged(b), way);
    }
    at("panels").replaceChildren(...panels);
    const head = [`on day ${day}`, "as asked: median (90 % of draws)", "nothing done", "asked over nothing done, draw by draw", "direction"];
    const cell = (words, i) => made("td", { "data-name": head[i] }, words);
    at("numbers").replaceChildren(made("table", { class: "cards" },
      made("thead", {}, made("tr", {}, ...head.map((one) => made("th", { scope: "col" }, one)))),
      made("tbody", {}, ...rows.map((row) => made("tr", {}, ...row.map(cell))))));
    const warnings = engine.protocolWarnings(asked, tables);
    at("warnings").replaceChildren(...warnings.map((one) => made("p", {}, one)));
    at("support").replaceChildren(...engine.supportOf(asked, tables).map((one) =>
      made("li", { class: one.tested ? "tested" : "untested" }, one.words)));
    at("python").textContent = engine.pythonLines(asked, asked.show[0]);
  }

  // The first read-out in one sentence.
  function answer(asked, name, treated, bare, way) {
    const day = `On day ${asked.days} ${name} is`;
    if (asked.steps.every((step) => step.verb === "seed")) return `${day} ${bare}; nothing is done to these hosts.`;
    return `${day} ${treated}; with nothing done it is ${bare}. What is done leaves it ${way}.`;
  }

  function csv() {
    const { asked, found, without } = answered, lines = ["read-out,unit,day,arm,draw,value"];
    const cell = (x) => (/[",]/.test(x) ? `"${x.replace(/"/g, '""')}"` : x);
    for (const name of asked.show) {
      const i = tables.readoutAt[name], [, unit] = tables.readouts[i];
      for (const [arm, from] of [["asked", found], ["nothing done", without]]) {
        for (const [draw, run] of from.runs) from.times.forEach((t, k) =>
          lines.push([cell(name), unit, t, arm, tables.rows[draw], run[k * count + i]].join(",")));
      }
    }
    return `${lines.join("\n")}\n`;
  }

  async function copy(text, button) {
    const words = button.textContent;
    try {
      await navigator.clipboard.writeText(text);
      button.textContent = "copied";
    } catch {
      button.textContent = "copying is not allowed here: mark it and copy";
    }
    setTimeout(() => { button.textContent = words; }, 2000);
  }
  at("link").addEventListener("click", ({ target }) =>
    copy(`${location.href.split("#")[0]}#${engine.writeQuestion(question)}`, target));
  at("copy").addEventListener("click", ({ target }) => copy(at("python").textContent, target));
  at("csv").addEventListener("click", () => {
    if (!answered) return;
    const address = URL.createObjectURL(new Blob([csv()], { type: "text/csv" }));
    made("a", { href: address, download: "asked.csv" }).click();
    setTimeout(() => URL.revokeObjectURL(address), 1000);
  });

  function fromAddress() {
    const text = location.hash.length > 1 ? location.hash : location.search;
    if (question && `#${engine.writeQuestion(question)}` === location.hash) return;
    const read = engine.readQuestion(text, tables);
    ask(read.question, read.faults);
  }
  window.addEventListener("hashchange", fromAddress);
  place.hidden = false;
  fromAddress();
})();
