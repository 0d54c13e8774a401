// Liked and disliked works: kept for the session, shown in a tray, and together a wish.
import { all, find, withParameters } from "./dom.js";

const KEY = "zokusei.tastes";
const tray = find(".tray");

const read = () => JSON.parse(sessionStorage.getItem(KEY) ?? "[]");

function write(tastes) {
  sessionStorage.setItem(KEY, JSON.stringify(tastes));
  show();
}

/** Likes or dislikes a work, or takes that back where it is so already. */
export function toggle(holder, taste) {
  const { work, picture, name } = holder.dataset;
  const before = read();
  const is = before.find((each) => each.work === work)?.taste === taste;
  const others = before.filter((each) => each.work !== work);
  write(is ? others : [...others, { work, picture, name, taste }]);
}

function mark(within = document) {
  const tastes = new Map(read().map((each) => [each.work, each.taste]));
  for (const holder of all("[data-work]:has([data-taste])", within)) {
    for (const button of all("[data-taste]", holder)) {
      if (button.closest("[data-work]") !== holder) continue;
      button.setAttribute("aria-pressed", String(tastes.get(holder.dataset.work) === button.dataset.taste));
    }
  }
}

function wish(tastes) {
  const url = withParameters(tray.dataset.wish, {});
  for (const { work, taste } of tastes) url.searchParams.append(taste, work);
  return url.href;
}

function row({ work, picture, name, taste }) {
  const item = document.createElement("li");
  item.className = taste === "like" ? "" : "is-disliked";
  const button = document.createElement("button");
  button.type = "button";
  button.title = tray.dataset.remove.replace("%s", name);
  button.setAttribute("aria-label", button.title);
  button.dataset.forget = work;
  const image = new Image();
  image.src = picture;
  image.alt = "";
  button.append(image, icon(taste === "like" ? "heart" : "less"));
  item.append(button);
  return item;
}

function icon(name) {
  const drawn = find(".top .search .icon").cloneNode(true);
  const use = find("use", drawn);
  use.setAttribute("href", use.getAttribute("href").replace(/#.*/, `#${name}`));
  return drawn;
}

function show() {
  const tastes = read();
  tray.hidden = !tastes.length || document.body.dataset.page === "wish";
  find("ul", tray).replaceChildren(...tastes.map(row));
  find("a", tray).href = wish(tastes);
  mark();
}

document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-taste]");
  const forgotten = event.target.closest("[data-forget]");
  if (button) {
    event.preventDefault();
    toggle(button.closest("[data-work]"), button.dataset.taste);
  } else if (forgotten) {
    write(read().filter((each) => each.work !== forgotten.dataset.forget));
  } else if (event.target.closest("[data-clear]")) {
    write([]);
  }
});

// A wish that came by its address is the tray from then on.
if (document.body.dataset.page === "wish") {
  const asked = new URLSearchParams(location.search);
  const known = new Map(read().map((each) => [each.work, each]));
  const of = (taste) => asked.getAll(taste).map((work) => ({ name: work, picture: "", ...known.get(work), work, taste }));
  if (asked.has("like") || asked.has("dislike")) write([...of("like"), ...of("dislike")].filter((each) => each.picture));
}

new MutationObserver((changes) => {
  for (const change of changes) for (const node of change.addedNodes) if (node.nodeType === 1) mark(node.parentElement);
}).observe(find("#main"), { childList: true, subtree: true });
addEventListener("pageshow", show);
show();
