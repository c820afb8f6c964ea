// The controls, made from the tables. They hold a question and tell `changed` when it is another one.

const made = (tag, attributes = {}, ...inside) => {
  const node = document.createElement(tag);
  for (const [key, value] of Object.entries(attributes)) {
    if (key.startsWith("on")) node.addEventListener(key.slice(2), value);
    else if (value !== false && value !== null) node.setAttribute(key, value === true ? "" : value);
  }
  node.append(...inside);
  return node;
};

const option = (value, words, chosen) => made("option", { value, selected: value === chosen }, words);
const labelled = (words, control) => made("label", {}, made("span", {}, words), control);

// What can be done, in words, in the order of the menu; `example` is what stands in the fields at first.
const DONE = {
  infuse: "a lasting level of a drug or signal", dose: "doses of a drug", stress: "stress", surgery: "surgery or lesion",
  treat: "a lasting treatment", diet: "diet", genotype: "genotype", culture: "cells in culture", seed: "tumour cells arrive",
};
const FIELDS = { from: "from day", to: "to day", on: "on day", every: "every … days", lasting: "each lasting (e.g. 2 h)" };

// A sentence of an address as it is read aloud.
function inWords(text) {
  const day = text.replace(/ (from|to|on) (?=[\d.]+(?: |$))/g, " $1 day ");
  return day.replace(/ lasting ([\d.]+)/, (_, x) => ` lasting ${+(x * 24).toPrecision(3)} h`)
    .replace(/ every ([\d.]+)/, (_, x) => (x === "1" ? " every day" : ` every ${x} days`))
    .replace(/^seed /, "tumour cells arrive: ").replace(/^treat /, "treatment: ").replace(/^dose /, "doses of ")
    .replace(/^stress (\S+)/, "stress, $1 times the release at rest,").replace(/,$/, "");
}

class Form {
  constructor(place, engine, tables, changed) {
    Object.assign(this, { place, engine, tables, changed });
  }

  names(verb) {
    const { drugs, ligands, conditions, routes } = this.tables;
    const kinds = { surgery: "surgery", treat: "treatment", diet: "diet", genotype: "genotype", culture: "culture" };
    if (verb === "infuse") return [...Object.keys(drugs).filter((one) => drugs[one].sustained), ...Object.keys(ligands)];
    if (verb === "dose") return Object.keys(drugs).filter((one) => !drugs[one].sustained);
    if (verb === "seed") return routes;
    return Object.keys(conditions).filter((one) => conditions[one].kind === kinds[verb]);
  }

  show(question) {
    this.question = question;
    const { tables } = this, set = (more) => this.changed({ ...this.question, ...more });
    const menu = (key, words, values) =>
      labelled(words, made("select", { name: key, onchange: ({ target }) => this.choose(key, target.value) },
        ...values.map(([value, said]) => option(value, said, question[key]))));
    const plain = (names) => names.map((name) => [name, name]);
    const sites = Object.keys(tables.conditions).filter((one) => tables.conditions[one].kind === "site");
    const number = (key, words, most) =>
      labelled(words, made("input", { name: key, type: "number", min: key === "draws" ? 5 : 1, max: most, step: "any",
        value: question[key], onchange: ({ target }) => this.choose(key, target.value) }));
    const host = made("fieldset", {}, made("legend", {}, "Host"),
      menu("host", "species", plain(Object.keys(tables.systems))),
      menu("strain", "strain", plain(Object.keys(tables.systems[question.host].strains))),
      menu("bone", "bone that is read", [["", "metaphysis of a long bone"], ...plain(sites)]),
      menu("tumour", "tumour line", [["", "no tumour"], ...plain(Object.keys(tables.lines))]),
      number("days", "days", 3653), number("draws", "draws of the posterior", tables.draws));
    const list = made("ul", { class: "ask-steps" }, ...question.steps.map((step, i) => {
      const words = inWords(this.engine.stepText(step)), rest = question.steps.filter((_, j) => j !== i);
      return made("li", {}, made("span", {}, words),
        made("button", { type: "button", "aria-label": `remove ${words}`, onclick: () => set({ steps: rest }) }, "remove"));
    }));
    const nothing = question.steps.length ? [] : [made("p", { class: "ask-note" }, "Nothing is done to this host.")];
    const done = made("fieldset", {}, made("legend", {}, "What is done"), list, ...nothing, this.adding());
    const boxes = tables.readouts.map(([name, unit, about]) => made("label", { class: "ask-box", title: about },
      made("input", { type: "checkbox", value: name, checked: question.show.includes(name),
        onchange: ({ target }) => this.tick(name, target.checked) }), ` ${name}`));
    const shown = made("details", { open: this.open ?? false,
      ontoggle: ({ target }) => { this.open = target.open; } },
      made("summary", {}, `Read-outs: ${question.show.join(", ")}`), made("div", { class: "ask-boxes" }, ...boxes));
    const active = document.activeElement?.getAttribute?.("name");
    this.place.replaceChildren(host, done, shown);
    if (active) this.place.querySelector(`[name="${CSS.escape(active)}"]`)?.focus();
  }

  // A control as part of an address, so that it is checked by the same rules as a link.
  choose(key, value) {
    const given = new URLSearchParams(this.engine.writeQuestion(this.question));
    if (key === "host") given.delete("strain");
    if (key === "tumour") {
      const others = given.getAll("do").filter((one) => !one.startsWith("seed "));
      const seeded = given.getAll("do").filter((one) => one.startsWith("seed "));
      given.delete("do");
      for (const one of value ? (seeded.length ? seeded : ["seed intratibial on 0"]) : []) given.append("do", one);
      for (const one of others) given.append("do", one);
    }
    given.set(key, value);
    this.changed(null, given.toString());
  }

  tick(name, on) {
    const show = this.question.show.filter((one) => one !== name);
    if (on) show.push(name);
    if (show.length) this.changed({ ...this.question, show });
    else this.show(this.question); // one read-out at least stays
  }

  // The row in which one more thing is said.
  adding() {
    const fields = made("span", { class: "ask-fields" }), told = made("p", { class: "ask-fault", role: "alert" });
    const verb = made("select", { name: "verb", "aria-label": "what is done", onchange: () => fill(verb.value) },
      ...Object.entries(DONE).map(([value, words]) => option(value, words, this.verb)));
    const fill = (chosen) => {
      this.verb = chosen;
      const names = this.names(chosen), amount = ["infuse", "dose", "stress"].includes(chosen), parts = [];
      if (chosen !== "stress") {
        parts.push(labelled("which", made("select", { name: "which" }, ...names.map((name) => option(name, name)))));
      }
      if (amount) {
        const value = { infuse: "10 mg/kg/day", dose: "0.1 mg/kg", stress: "3" }[chosen];
        const words = chosen === "stress" ? "times the release at rest" : "amount with unit";
        parts.push(labelled(words, made("input", { name: "amount", value, size: 12 })));
      }
      for (const one of this.engine.clauses[chosen]) {
        parts.push(labelled(FIELDS[one], made("input", { name: one, size: 6, inputmode: one === "lasting" ? "text" : "decimal" })));
      }
      fields.replaceChildren(...parts);
      told.textContent = "";
    };
    fill(this.verb ?? "infuse");
    const add = () => {
      const get = (name) => fields.querySelector(`[name=${name}]`)?.value.trim() ?? "";
      const when = this.engine.clauses[verb.value].filter((one) => get(one)).map((one) => ` ${one} ${get(one)}`);
      const words = `${verb.value} ${[get("which"), get("amount")].filter(Boolean).join(" ")}${when.join("")}`;
      const given = new URLSearchParams(this.engine.writeQuestion(this.question));
      given.append("do", words);
      const { question, faults } = this.engine.readQuestion(given.toString(), this.tables);
      if (faults.length) told.textContent = faults.join(" ");
      else this.changed(question);
    };
    const enter = (event) => { if (event.key === "Enter" && event.target.tagName === "INPUT") { event.preventDefault(); add(); } };
    return made("div", { class: "ask-add", onkeydown: enter }, verb, fields,
      made("button", { type: "button", name: "add", onclick: add }, "add"), told);
  }
}
