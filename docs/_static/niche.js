// Filters of long tables and the drawing of the network. Nothing is fetched; without scripts all of it is there to read.
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
  show();
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

document.querySelectorAll("form.filters").forEach(prepare);
document.querySelectorAll("svg.network").forEach(network);
