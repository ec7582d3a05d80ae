"use strict";
// Tables that are marked so can be sorted: a button in each title, which the keyboard reaches too. A first press sorts
// upwards, a second downwards, a third brings back the order in which the page was written.
const UNITS = {ms: 1e-3, s: 1, min: 60, h: 3600, kB: 1e3, MB: 1e6, GB: 1e9};
const NUMBER = /([-+]?\d[\d,]*\.?\d*(?:e[-+]?\d+)?)\s*(ms|s|min|h|kB|MB|GB)?(?![a-z])/gi;
const DURATION = /^[\d.]+ (ms|s|min \d+ s|h \d+ min)$/;

function valueOf(cell) {  // a number, or a text, or nothing
  const text = cell.textContent.trim();
  if (text === "" || text === "-") return null;
  if (!/^[-+<]?\s?\d/.test(text)) return text;
  const parts = [...text.matchAll(NUMBER)].map(part => Number(part[1].replaceAll(",", "")) * (UNITS[part[2]] ?? 1));
  return DURATION.test(text) ? parts.reduce((a, b) => a + b) : parts[0];
}

function compare(a, b) {
  if (typeof a !== typeof b) return typeof a === "number" ? -1 : 1;
  return typeof a === "number" ? a - b : a.localeCompare(b, undefined, {numeric: true});
}

function sort(table, column, direction) {
  const rows = [...table.tBodies[0].rows];
  const value = new Map(rows.map(row => [row, valueOf(row.cells[column])]));
  rows.sort((a, b) => {
    const [x, y] = [value.get(a), value.get(b)];
    if (direction && (x === null || y === null)) return (x === null) - (y === null);  // nothing stays below
    const order = direction === "ascending" ? compare(x, y) : direction ? compare(y, x) : 0;
    return order || a.dataset.place - b.dataset.place;
  });
  table.tBodies[0].append(...rows);
}

for (const table of document.querySelectorAll("table.sortable")) {
  [...table.tBodies[0].rows].forEach((row, place) => { row.dataset.place = place; });
  const titles = [...table.tHead.rows[0].cells];
  titles.forEach((title, column) => {
    if (title.tagName !== "TH") return;
    const button = document.createElement("button");
    button.append(...title.childNodes);
    title.append(button);
    button.addEventListener("click", () => {
      const next = {ascending: "descending", descending: ""}[title.getAttribute("aria-sort")] ?? "ascending";
      titles.forEach(other => other.removeAttribute("aria-sort"));
      if (next) title.setAttribute("aria-sort", next);
      sort(table, column, next);
    });
  });
}
