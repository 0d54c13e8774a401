// Sorts and filters the table of attributes; the page reads well without it.
"use strict";
const table = document.getElementById("table");
const groups = [...table.tBodies];
const rows = groups.flatMap((body) => [...body.rows].slice(1).map((row) => ({ row, body })));
const flat = document.createElement("tbody");
const regroup = document.getElementById("regroup");
const heads = [...table.tHead.rows[0].cells];
const valueAt = (row, column) => {
  const text = row.cells[column].textContent.trim();
  const value = parseFloat(text);
  return column === 0 ? text : Number.isNaN(value) ? -Infinity : value;
};
const unmark = () => heads.forEach((head) => head.removeAttribute("aria-sort"));

function sortBy(head, column) {
  const before = head.getAttribute("aria-sort");
  const descending = column === 0 ? before === "ascending" : before !== "descending";
  const direction = descending ? -1 : 1;
  const order = (a, b) => (a < b ? -1 : a > b ? 1 : 0) * direction;
  const sorted = rows.map(({ row }) => row);
  sorted.sort((a, b) => order(valueAt(a, column), valueAt(b, column)));
  unmark();
  head.setAttribute("aria-sort", descending ? "descending" : "ascending");
  flat.append(...sorted);
  groups.forEach((body) => body.remove());
  table.append(flat);
  regroup.hidden = false;
}

heads.forEach((head, place) => {
  const column = place === 0 ? 0 : place + 1; // average precision has two cells: bar and figure
  const button = document.createElement("button");
  button.type = "button";
  button.textContent = head.textContent;
  button.addEventListener("click", () => sortBy(head, column));
  head.replaceChildren(button);
});
regroup.addEventListener("click", () => {
  rows.forEach(({ row, body }) => body.append(row));
  flat.remove();
  table.append(...groups);
  unmark();
  regroup.hidden = true;
});
document.querySelector(".filter").hidden = false;
document.getElementById("find").addEventListener("input", (event) => {
  const wanted = event.target.value.trim().toLowerCase();
  rows.forEach(({ row }) => {
    const told = row.cells[0].textContent + " " + row.dataset.attribute;
    row.hidden = !told.toLowerCase().includes(wanted);
  });
  groups.forEach((body) => {
    body.hidden = ![...body.rows].slice(1).some((row) => !row.hidden);
  });
});
