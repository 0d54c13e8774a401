// A work's page: where the model looked, its figures, what people say of it, bookmarks.
import { all, find, fragment, messageOf, send, toast } from "./dom.js";
import { onKeys } from "./keys.js";
import { label } from "./labels.js";

const work = find("article.work");
const picture = find("#picture");
const where = find("[data-where-switch]");

// ------------------------------------------------------------ where it looked

function look(attributeId) {
  find(".over", picture)?.remove();
  for (const button of all("[data-where]")) button.setAttribute("aria-pressed", String(button.dataset.where === attributeId));
  where.setAttribute("aria-pressed", String(Boolean(attributeId)));
  if (!attributeId) return;
  const over = new Image();
  over.className = "over";
  over.alt = where.dataset.template.replace("%s", find(`[data-attribute="${CSS.escape(attributeId)}"] .name`).textContent);
  over.src = where.dataset.address.replace("ATTRIBUTE", encodeURIComponent(attributeId));
  over.onerror = async () => {
    look(null);
    toast(await messageOf(await fetch(over.src)));
  };
  picture.append(over);
}

const isLooking = () => where.getAttribute("aria-pressed") === "true";
const likeliest = () => all("[data-where]").toSorted((a, b) => shown(b) - shown(a))[0]?.dataset.where;
const shown = (button) => parseFloat(find(".number", button.closest(".line")).textContent);

if (where) {
  const turn = () => look(isLooking() ? null : likeliest());
  where.addEventListener("click", turn);
  onKeys("w", turn);
}

// ------------------------------------------------------------ figures

/** Outlines the heads, and tells under the picture what each figure has. */
async function showFigures(button) {
  const there = find(".heads", picture);
  if (there) {
    there.remove();
    find(".figures").remove();
    return button.setAttribute("aria-pressed", "false");
  }
  button.disabled = true;
  try {
    const holder = document.createElement("div");
    holder.innerHTML = await fragment(button.dataset.figures);
    const outlines = find(".heads", holder);
    if (!outlines) return toast(button.dataset.none);
    const told = find(".figures", holder);
    picture.append(outlines);
    button.closest(".doing").after(told);
    button.setAttribute("aria-pressed", "true");
    followFigure(outlines, told);
  } catch (error) {
    toast(error.message);
  } finally {
    button.disabled = false;
  }
}

/** Marks a figure in the picture and in the text, wherever one points at it or is with the keys. */
function followFigure(outlines, told) {
  const mark = (number) => {
    for (const each of all("[data-figure]", outlines).concat(all("[data-figure]", told))) each.classList.toggle("is-meant", each.dataset.figure === number);
  };
  for (const each of all("[data-figure]", told)) {
    for (const event of ["pointerenter", "focusin"]) each.addEventListener(event, () => mark(each.dataset.figure));
    for (const event of ["pointerleave", "focusout"]) each.addEventListener(event, () => mark(null));
  }
  for (const each of all("[data-figure]", outlines)) {
    each.addEventListener("pointerenter", () => mark(each.dataset.figure));
    each.addEventListener("pointerleave", () => mark(null));
    each.addEventListener("click", () => find(`[data-figure="${each.dataset.figure}"]`, told).focus());
  }
}

// ------------------------------------------------------------ labels

async function say(line, state, isUndo = false) {
  const button = find(`[name=state][value="${state}"]`, line);
  const taken = !isUndo && button?.getAttribute("aria-pressed") === "true";
  const name = find(".name", line).textContent;
  try {
    const previous = await label(work.dataset.labels, work.dataset.work, line.dataset.attribute, taken ? "unknown" : state);
    await showLines(line.dataset.attribute);
    if (!isUndo) toast(button && !taken ? button.getAttribute("aria-label") : name, () => say(line, previous, true));
  } catch (error) {
    toast(error.message);
  }
}

/** Brings the attributes up to date: a person's word moves what it implies, too. */
async function showLines(attributeId) {
  const active = document.activeElement?.closest("button[name=state]")?.value;
  await drawLines(Boolean(find("#lines .rest[open]")));
  if (active) find(`[data-attribute="${CSS.escape(attributeId)}"] [value="${active}"]`)?.focus();
}

async function drawLines(withRest) {
  find("#lines").innerHTML = await fragment(`${location.pathname}?fragment=lines${withRest ? "&rest=1" : ""}`);
}

async function showRest() {
  try {
    await drawLines(true);
    find("#lines .rest summary").focus();
  } catch (error) {
    toast(error.message);
  }
}

find("#lines")?.addEventListener("click", (event) => {
  const line = event.target.closest(".line");
  const verdict = event.target.closest("[name=state]");
  const eye = event.target.closest("[data-where]");
  if (event.target.closest("[data-rest]")) {
    event.preventDefault();
    showRest();
  }
  if (verdict) say(line, verdict.value);
  if (eye) {
    event.preventDefault();
    look(eye.getAttribute("aria-pressed") === "true" ? null : eye.dataset.where);
  }
});

// ------------------------------------------------------------ bookmarks and tastes

async function bookmark(button) {
  const isSet = button.getAttribute("aria-pressed") === "true";
  try {
    const { changed } = await send(work.dataset.bookmarks, { work_id: work.dataset.work, is_set: !isSet }, "PUT");
    button.setAttribute("aria-pressed", String(!isSet));
    const num = find("[data-num]", button);
    num.textContent = Number(num.textContent) + (changed ? (isSet ? -1 : 1) : 0);
  } catch (error) {
    toast(error.message);
  }
}

if (work) {
  const button = find("[data-bookmark]", work);
  const figures = find("[data-figures]", work);
  if (button) {
    button.addEventListener("click", () => bookmark(button));
    onKeys("b", () => bookmark(button));
  }
  figures?.addEventListener("click", () => showFigures(figures));
  onKeys("l", () => find('.doing [data-taste="like"]').click());
  onKeys("d", () => find('.doing [data-taste="dislike"]').click());
}
