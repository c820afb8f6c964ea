// The lines of Python that give the same as a question.

// The lines, which print `readOut` on the last day, its ratio, and what measurements have to say to the question.
function pythonLines(question, readOut) {
  const text = JSON.stringify, { every } = readTimes(question.days);
  const day = (x) => String(x), treated = question.steps.some((step) => step.verb !== "seed");
  const chained = (steps) => [`niche.Protocol(days=${day(question.days)})`, ...steps.map(call)].join("\n    ");
  const block = (name, steps) => (steps.length ? `${name} = (\n    ${chained(steps)}\n)` : `${name} = ${chained([])}`);
  const call = (step) => {
    const span = step.stop === null ? `, start=${day(step.start)}` : `, start=${day(step.start)}, stop=${day(step.stop)}`;
    const amount = text(`${step.value} ${step.unit}`);
    if (step.verb === "infuse") return `.infuse(${text(step.name)}, ${amount}${span})`;
    if (step.verb === "stress") {
      const sessions = step.lasting === null ? "" : `, lasting=${day(step.lasting)}, every=${day(step.every)}`;
      return `.stress(${step.value}${span}${sessions})`;
    }
    if (step.verb === "dose") {
      const until = step.stop === null ? "" : `, until=${day(step.stop)}`;
      const repeat = step.every === null ? "" : `, every=${day(step.every)}${until}`;
      return `.dose(${text(step.name)}, ${amount}, day=${day(step.start)}${repeat})`;
    }
    if (step.verb === "genotype" || step.verb === "culture") return `.${step.verb}(${text(step.name)})`;
    if (step.verb === "seed" || step.verb === "surgery") return `.${step.verb}(${text(step.name)}, day=${day(step.start)})`;
    return `.${step.verb}(${text(step.name)}${span})`;
  };
  const more = ["strain", "tumour", "bone"].filter((key) => question[key]).map((key) => `, ${key}=${text(question[key])}`);
  const often = every === 1 ? "" : `, every=${every}`;
  return [
    "import niche",
    "",
    `hosts = niche.hosts(${text(question.host)}${more.join("")}, draws=${question.draws}, seed=1)`,
    block("protocol", question.steps),
    block("nothing_done", untreated(question).steps),
    `asked = niche.simulate(hosts, protocol${often})`,
    `alone = niche.simulate(hosts, nothing_done${often})`,
    `print(asked[${text(readOut)}].isel(time=-1).quantile([0.05, 0.5, 0.95]).values)`,
    `print(niche.effect(asked, alone, ${text(readOut)}).quantile([0.05, 0.5, 0.95]).values)`,
    `print(niche.support(hosts, protocol, ${text(readOut)}${treated ? ", control=nothing_done" : ""}))`,
    "",
  ].join("\n");
}
