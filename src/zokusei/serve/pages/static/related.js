// Related works that are ranked again as one moves a dial, changes a tab or a filter.
import { all, debounced, find, fragment, tell, withParameters } from "./dom.js";
import { onKeys } from "./keys.js";

const WAIT_MS = 110;
const section = find("#related[data-fragment]");
const form = section && find("form.dials", section);
let asking = new AbortController();

/** What the form says beyond what is usual, as parameters of an address. */
function said() {
  const parameters = new URLSearchParams();
  for (const [name, value] of new FormData(form)) {
    const usual = form.elements[name].dataset?.usual;
    const isUsual = usual !== undefined && Number(value) === Number(usual);
    if (value && !isUsual && !(name === "by" && value === "attributes")) parameters.append(name, value);
  }
  return parameters;
}

async function rank() {
  asking.abort();
  asking = new AbortController();
  const holder = find("#answers", section);
  find(".answers", holder)?.classList.add("is-busy");
  const parameters = said();
  const address = new URL(form.getAttribute("action"), location.href);
  address.search = parameters;
  const asked = new URL(section.dataset.fragment, location.href);
  for (const [name, value] of parameters) asked.searchParams.append(name, value);
  try {
    const html = await fragment(withParameters(asked, { fragment: "answers" }), { signal: asking.signal });
    const before = corners(holder);
    holder.innerHTML = html;
    move(holder, before);
    address.hash = "";
    history.replaceState(history.state, "", address);
    tell(form.dataset.told.replace("%s", find(".answers", holder)?.dataset.num ?? "0"));
  } catch (error) {
    if (error.name === "AbortError") return;
    find(".answers", holder)?.classList.remove("is-busy");
    tell(error.message);
  }
}

const corners = (holder) => new Map(all(".answer", holder).map((each) => [each.dataset.id, each.getBoundingClientRect()]));

/** Lets works glide from where they were, so that one sees what changed. */
function move(holder, before) {
  if (matchMedia("(prefers-reduced-motion: reduce)").matches) return;
  for (const each of all(".answer", holder)) {
    const old = before.get(each.dataset.id);
    const now = each.getBoundingClientRect();
    const frames = old
      ? [{ transform: `translate(${old.left - now.left}px, ${old.top - now.top}px)` }, { transform: "none" }]
      : [{ opacity: 0 }, { opacity: 1 }];
    each.animate(frames, { duration: 260, easing: "cubic-bezier(0.2, 0, 0, 1)" });
  }
}

const rankSoon = debounced(rank, WAIT_MS);

function show(input) {
  const dial = input.closest(".dial");
  const output = dial && find("output", dial);
  if (!output) return;
  output.textContent = Number(input.value).toFixed(1);
  dial.classList.toggle("is-off", Number(input.value) === 0);
}

function turnTo(by) {
  form.elements.by.value = by;
  for (const tab of all(".tabs a", section)) {
    if (tab.dataset.by === by) tab.setAttribute("aria-current", "true");
    else tab.removeAttribute("aria-current");
  }
  rank();
}

if (form) {
  form.addEventListener("input", (event) => {
    show(event.target);
    rankSoon();
  });
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    rank();
  });
  find("[data-reset]", form).addEventListener("click", () => {
    for (const input of all("input[data-usual]", form)) {
      input.value = input.dataset.usual;
      show(input);
    }
    for (const box of all("input[type=checkbox]", form)) box.checked = false;
    rank();
  });
  for (const tab of all(".tabs a", section)) {
    tab.addEventListener("click", (event) => {
      if (event.ctrlKey || event.metaKey || event.shiftKey) return;
      event.preventDefault();
      turnTo(tab.dataset.by);
    });
  }
  const tabs = all(".tabs a", section);
  tabs.forEach((tab, place) => onKeys(String(place + 1), () => turnTo(tab.dataset.by)));
}
