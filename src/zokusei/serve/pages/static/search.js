// Suggestions while one types: a combobox after the ARIA authoring practices.
import { all, debounced, find, fragment, withParameters } from "./dom.js";

const form = find(".top .search");
const field = find("#q");
const list = find("#suggestions");
let asking = new AbortController();

field.setAttribute("role", "combobox");
field.setAttribute("aria-autocomplete", "list");
field.setAttribute("aria-controls", list.id);

const chosen = () => find('[aria-selected="true"]', list);

function open(isOpen) {
  list.hidden = !isOpen;
  field.setAttribute("aria-expanded", String(isOpen));
  if (!isOpen) field.removeAttribute("aria-activedescendant");
}
open(false);

function choose(option) {
  chosen()?.setAttribute("aria-selected", "false");
  option?.setAttribute("aria-selected", "true");
  option?.scrollIntoView({ block: "nearest" });
  if (option) field.setAttribute("aria-activedescendant", option.id);
  else field.removeAttribute("aria-activedescendant");
}

async function ask() {
  asking.abort();
  asking = new AbortController();
  if (!field.value.trim()) return open(false);
  try {
    list.innerHTML = await fragment(withParameters(form.dataset.suggest, { q: field.value }), { signal: asking.signal });
    open(list.children.length > 0 && document.activeElement === field);
  } catch (error) {
    if (error.name !== "AbortError") open(false);
  }
}

function take(option) {
  field.value = `${option.dataset.value} `;
  open(false);
  field.focus();
}

function step(by) {
  const options = all("[role=option]", list);
  const place = options.indexOf(chosen()) + by;
  choose(options[(place + options.length + (by < 0 && place < -1 ? 1 : 0)) % options.length]);
}

field.addEventListener("input", debounced(ask, 70));
field.addEventListener("keydown", (event) => {
  if (event.isComposing) return;
  if (event.key === "Escape" && !list.hidden) open(false);
  else if (event.key === "Escape") field.blur();
  else if (list.hidden) return;
  else if (event.key === "ArrowDown") step(1);
  else if (event.key === "ArrowUp") step(-1);
  else if ((event.key === "Enter" || event.key === "Tab") && chosen()) take(chosen());
  else return;
  event.preventDefault();
});
field.addEventListener("blur", () => setTimeout(() => open(false), 120));
list.addEventListener("pointerdown", (event) => {
  const option = event.target.closest("[role=option]");
  if (option) {
    event.preventDefault();
    take(option);
  }
});
