// What was ever measured of what is asked, and what was not: looked up in the list of measurements, never computed.

// Sentences, each { tested, words }, for the read-outs that a question shows.
function supportOf(question, tables) {
  const { host, steps, tumour, days } = question, found = [];
  const asked = [...new Set(steps.filter((step) => step.verb !== "seed").map((step) => step.name))].map((name) => [
    name, `after ${name}`, Object.hasOwn(tables.measured.done, name) ? tables.measured.done[name] : {}]);
  if (tumour) {
    const about = Object.hasOwn(tables.measured.lines, tumour) ? tables.measured.lines[tumour] : {};
    asked.push([tumour, `with the tumour line ${tumour}`, about]);
  }
  const papers = (count) => `${count} paper${count === 1 ? "" : "s"}`;
  for (const [, where, about] of asked) {
    const here = [], elsewhere = [], nowhere = [];
    let latest = 0;
    for (const name of question.show) {
      const by = Object.hasOwn(about, name) ? about[name] : {};
      if (by[host]) {
        here.push(`${name} (${papers(by[host][0])})`);
        latest = Math.max(latest, by[host][1]);
      } else if (Object.keys(by).length) {
        elsewhere.push(`${name} (${Object.entries(by).map(([of, one]) => `${papers(one[0])} in the ${of}`).join(", ")})`);
      } else nowhere.push(name);
    }
    if (here.length) {
      const any = where.startsWith("after") ? " at any dose, with any tumour or none" : " whatever was done";
      found.push({ tested: true, words: `Read in the ${host} ${where},${any}: ${here.join(", ")}.` });
    }
    if (here.length && days > latest) {
      found.push({ tested: false,
        words: `The latest of these was read on day ${+latest.toPrecision(3)}: no measurement tests what comes after.` });
    }
    if (elsewhere.length) {
      found.push({ tested: false, words: `No measurement in the ${host} tests, ${where}: ${elsewhere.join(", ")}.` });
    }
    if (nowhere.length) found.push({ tested: false, words: `No measurement tests, ${where}: ${nowhere.join(", ")}.` });
  }
  return found;
}
