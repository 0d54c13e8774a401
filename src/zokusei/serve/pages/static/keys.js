// Keys that hold on every page, and a place for pages to add their own.
import { find, isTyping } from "./dom.js";

const acts = new Map();

/** Lets keys do something wherever nobody types; the last to claim a key has it. */
export function onKeys(keys, act) {
  for (const key of keys.split(" ")) acts.set(key, act);
}

addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
  if (isTyping(event) || find("dialog[open]")) return;
  const act = acts.get(event.key);
  if (act && act(event) !== false) event.preventDefault();
});

const help = find("#help");
const show = () => help.showModal();
onKeys("?", show);
find("[data-help]").addEventListener("click", show);

onKeys("/", () => {
  const field = find("#q");
  field.focus();
  field.select();
});

const root = document.documentElement;

function switchTheme() {
  const isDark = root.dataset.theme ? root.dataset.theme === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
  root.dataset.theme = isDark ? "light" : "dark";
  document.cookie = `theme=${root.dataset.theme}; path=/; max-age=31536000; samesite=strict`;
}
onKeys("t", switchTheme);
find("[data-theme-switch]").addEventListener("click", switchTheme);
