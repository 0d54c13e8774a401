// Tables that are sorted by the column one chooses, and the library's counts that stay current.
import { all, find, fragment, withParameters } from "./dom.js";

const REFRESH_MS = 4000;

const valueOf = (cell) => cell.dataset.value ?? cell.textContent.trim();

function sort(table, column, direction) {
  const collator = new Intl.Collator(document.documentElement.lang, { numeric: true });
  const body = table.tBodies[0];
  const rows = [...body.rows].map((row) => ({ row, value: valueOf(row.cells[column]) }));
  rows.sort((a, b) => {
    if (!a.value || !b.value) return (a.value ? 0 : 1) - (b.value ? 0 : 1); // unknown ones last
    return direction * (isNumber(a.value) && isNumber(b.value) ? a.value - b.value : collator.compare(a.value, b.value));
  });
  body.append(...rows.map(({ row }) => row));
}

const isNumber = (text) => text !== "" && Number.isFinite(Number(text));

function makeSortable(table) {
  all("thead th", table).forEach((head, column) => {
    if (!head.textContent.trim()) return; // a column without a name has nothing to choose
    const button = document.createElement("button");
    button.type = "button";
    button.append(...head.childNodes);
    head.append(button);
    button.addEventListener("click", () => {
      const isNumeric = head.classList.contains("number");
      const was = head.getAttribute("aria-sort");
      const direction = was ? (was === "ascending" ? -1 : 1) : isNumeric ? -1 : 1;
      for (const other of all("thead th", table)) other.removeAttribute("aria-sort");
      head.setAttribute("aria-sort", direction > 0 ? "ascending" : "descending");
      sort(table, column, direction);
    });
  });
}

all("table[data-sortable]").forEach(makeSortable);

const facts = find("#facts[data-refresh]");
if (facts) {
  setInterval(async () => {
    if (document.hidden) return;
    facts.innerHTML = await fragment(withParameters(facts.dataset.refresh, { fragment: "facts" }));
  }, REFRESH_MS);
}
