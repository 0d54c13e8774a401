// The gallery's wall: pictures where they find room, more as one comes near the end, and the
// same place again on the way back. The order in the document is the order of the works.
import { all, find, fragment, tell, withParameters } from "./dom.js";
import { onKeys } from "./keys.js";
import { toggle } from "./tastes.js";

const WIDTH_PX = 225; // about a column's
const MIN_COLUMNS = 2;
const TALLEST = 1.75; // height by width; taller pictures show their middle
const FLATTEST = 0.6;
const AHEAD_PX = 1600; // how early more is asked for
const PLACES = "zokusei.places";
const NUM_PLACES = 8;

const wall = find("#wall");
const more = find("#more");
let columns = [];
let places = []; // of each tile: column, top, height

const gap = () => (innerWidth < 740 ? 10 : 16);

function lay(from = 0) {
  const between = gap();
  const num = Math.max(MIN_COLUMNS, Math.round((wall.clientWidth + between) / (WIDTH_PX + between)));
  const width = (wall.clientWidth - between * (num - 1)) / num;
  if (!from || columns.length !== num) {
    from = 0;
    columns = Array(num).fill(0);
    places = [];
  }
  for (const tile of [...wall.children].slice(from)) place(tile, width, between);
  wall.style.height = `${Math.max(0, ...columns)}px`;
  wall.classList.add("is-laid");
}

function place(tile, width, between) {
  const image = find("img", tile);
  const shape = (image.getAttribute("height") || 4) / (image.getAttribute("width") || 3);
  const height = Math.round(width * Math.min(TALLEST, Math.max(FLATTEST, shape)));
  const column = columns.indexOf(Math.min(...columns));
  const top = columns[column];
  tile.style.width = `${width}px`;
  tile.style.height = `${height}px`;
  tile.style.transform = `translate(${column * (width + between)}px, ${top}px)`;
  columns[column] = top + height + between;
  places.push({ tile, column, middle: top + height / 2 });
}

let busy = false;

async function addMore() {
  if (busy || !more.getAttribute("href")) return;
  busy = true;
  more.parentElement.classList.add("is-busy");
  try {
    const before = wall.children.length;
    wall.insertAdjacentHTML("beforeend", await fragment(withParameters(more.href, { fragment: "tiles" })));
    lead(wall.lastElementChild.dataset.next);
    lay(before);
    tell(find("#heading").textContent.trim());
  } catch (error) {
    tell(error.message);
  }
  busy = false;
  more.parentElement.classList.remove("is-busy");
}

function lead(next) {
  more.setAttribute("href", next);
  more.parentElement.hidden = !next;
}

// ------------------------------------------------------------ the place on the way back

function keep() {
  const key = history.state?.wall ?? crypto.randomUUID();
  history.replaceState({ ...history.state, wall: key }, "");
  try {
    const kept = JSON.parse(sessionStorage.getItem(PLACES) ?? "[]").filter((each) => each !== key);
    for (const old of kept.splice(0, Math.max(0, kept.length - NUM_PLACES + 1))) sessionStorage.removeItem(old);
    sessionStorage.setItem(key, JSON.stringify({ html: bare(), next: more.getAttribute("href"), y: scrollY, focus: focused()?.dataset.id }));
    sessionStorage.setItem(PLACES, JSON.stringify([...kept, key]));
  } catch {
    // No room is left in the session's storage: back then leads to the top.
  }
}

/** The tiles as the server sent them: without the styles that laid them out. */
function bare() {
  const copy = wall.cloneNode(true);
  for (const tile of copy.children) tile.removeAttribute("style");
  return copy.innerHTML;
}

function restore() {
  const [navigation] = performance.getEntriesByType("navigation");
  const kept = navigation?.type === "back_forward" && history.state?.wall && sessionStorage.getItem(history.state.wall);
  if (!kept) return;
  const { html, next, y, focus } = JSON.parse(kept);
  history.scrollRestoration = "manual";
  wall.innerHTML = html;
  lead(next);
  lay();
  scrollTo(0, y);
  if (focus) find("a", tileOf(focus))?.focus({ preventScroll: true });
}

const tileOf = (id) => places.find(({ tile }) => tile.dataset.id === id)?.tile ?? wall;

// ------------------------------------------------------------ keys

const focused = () => document.activeElement?.closest("#wall > li");

function go(to) {
  const link = to && find("a", to);
  if (!link) return false;
  link.focus({ preventScroll: true });
  to.scrollIntoView({ block: "nearest", behavior: "instant" });
  return true;
}

function step(by) {
  const at = focused();
  if (!at) return go(places.find(({ middle }) => middle + wall.getBoundingClientRect().top > 80)?.tile);
  return go(wall.children[[...wall.children].indexOf(at) + by]);
}

/** The tile that lies in a direction: the next of the column, or the nearest of the column beside. */
function beside(key) {
  const here = places.find(({ tile }) => tile === focused());
  if (!here) return focused() ? null : step(0);
  const by = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] }[key];
  const near = places.filter(({ tile, column, middle }) =>
    tile !== here.tile && column === here.column + by[0] && (!by[1] || Math.sign(middle - here.middle) === by[1]));
  near.sort((a, b) => Math.abs(a.middle - here.middle) - Math.abs(b.middle - here.middle));
  return go(near[0]?.tile);
}

if (wall) {
  lay();
  restore();
  new ResizeObserver(() => lay()).observe(wall.parentElement);
  new IntersectionObserver(([end]) => end.isIntersecting && addMore().then(catchUp), { rootMargin: `${AHEAD_PX}px` }).observe(more.parentElement);
  more.addEventListener("click", (event) => {
    event.preventDefault();
    addMore();
  });
  addEventListener("pagehide", keep);
  onKeys("j", () => step(1));
  onKeys("k", () => step(-1));
  onKeys("ArrowLeft ArrowRight ArrowUp ArrowDown", (event) => (focused() ? beside(event.key) : false));
  onKeys("l", () => focused() && toggle(find("[data-work]", focused()), "like"));
  onKeys("d", () => focused() && toggle(find("[data-work]", focused()), "dislike"));
}

/** Goes on while the end is still near, which tells an observer nothing new. */
function catchUp() {
  if (!more.parentElement.hidden && more.getBoundingClientRect().top < innerHeight + AHEAD_PX) return addMore().then(catchUp);
}
