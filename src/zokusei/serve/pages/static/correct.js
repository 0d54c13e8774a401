// The queue: one question at a time, answered by a key, undone by another.
import { all, find, fragment, tell, toast, withParameters } from "./dom.js";
import { onKeys } from "./keys.js";
import { label } from "./labels.js";

const FEW = 6; // questions left when more are asked for
const queue = find("#queue");
const done = []; // what was answered: the question, and what was said before
let asked = new Set();

const questions = () => all(".judge", queue).filter((each) => !each.dataset.done);
const keyOf = (question) => `${question.dataset.work}\n${question.dataset.attribute}`;

function show() {
  const open = questions();
  for (const each of all(".judge", queue)) each.hidden = each !== open[0];
  find("[data-empty]", queue).hidden = open.length > 0;
  const undo = find("[data-undo]");
  undo.disabled = !done.length;
  find("[data-count]").textContent = queue.dataset.answered.replace("%s", done.length);
  const coming = find(".coming ul");
  coming.replaceChildren(...open.slice(0, 12).map(thumbnail));
  coming.parentElement.hidden = !open.length;
  // The next two are fetched now, so that an answer shows them at once.
  for (const each of open.slice(1, 3)) find("img", each).loading = "eager";
  if (open.length <= FEW) addMore();
}

function thumbnail(question) {
  const item = document.createElement("li");
  const image = new Image();
  image.src = question.dataset.picture;
  image.alt = question.dataset.name;
  item.append(image);
  return item;
}

async function addMore() {
  const next = find("#next-questions");
  if (!next) return;
  const address = withParameters(next.href, { fragment: "questions" });
  next.remove();
  const holder = document.createElement("div");
  holder.innerHTML = await fragment(address);
  for (const question of all(".judge", holder)) {
    if (asked.has(keyOf(question))) continue;
    asked.add(keyOf(question));
    question.hidden = true;
    find("[data-empty]", queue).before(question);
  }
  const further = find("#next-questions", holder);
  if (further) queue.after(further);
  show();
}

async function answer(state) {
  const [question] = questions();
  if (!question) return;
  question.dataset.done = "1";
  const entry = { question, previous: null };
  done.push(entry);
  show();
  if (state === "unsure") return;
  tell(queue.dataset[state === "present" ? "yes" : "no"].replace("%s", question.dataset.name));
  try {
    entry.saved = label(queue.dataset.labels, question.dataset.work, question.dataset.attribute, state);
    entry.previous = await entry.saved;
  } catch (error) {
    done.splice(done.indexOf(entry), 1);
    delete question.dataset.done;
    show();
    toast(error.message);
  }
}

async function undo() {
  const entry = done.pop();
  if (!entry) return;
  delete entry.question.dataset.done;
  queue.prepend(entry.question);
  show();
  await entry.saved;
  if (entry.previous !== null) {
    await label(queue.dataset.labels, entry.question.dataset.work, entry.question.dataset.attribute, entry.previous);
  }
  tell(queue.dataset.undone);
}

if (queue) {
  asked = new Set(questions().map(keyOf));
  show();
  onKeys("y", () => answer("present"));
  onKeys("n", () => answer("absent"));
  onKeys("u", () => answer("unsure"));
  onKeys("z Backspace", undo);
  find("[data-undo]").addEventListener("click", undo);
  queue.addEventListener("click", (event) => {
    const verdict = event.target.closest(".verdicts button");
    if (verdict) answer(verdict.value);
  });
}
