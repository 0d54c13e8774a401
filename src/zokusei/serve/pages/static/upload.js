// Pictures that are dropped, pasted or chosen: sent one after another, each with its progress.
import { find, tell, withParameters } from "./dom.js";

const NUM_TRIES = 5;
const form = find("#upload");
const waiting = [];
let isSending = false;

/** Sends one picture; answers the status, the text and when to try again. */
function post(file, keep, onProgress) {
  return new Promise((resolve) => {
    const request = new XMLHttpRequest();
    const asked = { fragment: "uploaded", name: file.name, keep: keep ? "1" : null };
    request.open("POST", withParameters(form.getAttribute("action"), asked));
    request.setRequestHeader("Accept", "text/html");
    request.upload.onprogress = (event) => onProgress(event.loaded / event.total);
    request.onloadend = () => resolve({ status: request.status, text: request.responseText, retryAfterS: Number(request.getResponseHeader("Retry-After")) || 2 });
    request.send(file);
  });
}

const messageIn = (text) => {
  try {
    return JSON.parse(text).error.message;
  } catch {
    return "";
  }
};

function add(file) {
  const card = find("#waiting").content.firstElementChild.cloneNode(true);
  const image = find("img", card);
  image.src = URL.createObjectURL(file);
  image.alt = file.name;
  find("h2", card).textContent = file.name;
  find("#uploads").prepend(card);
  waiting.push({ file, card });
  if (!isSending) sendAll();
}

async function sendAll() {
  isSending = true;
  while (waiting.length) await sendOne(waiting.shift());
  isSending = false;
}

async function sendOne({ file, card }) {
  const state = find("[data-state]", card);
  const bar = find("progress", card);
  const say = (key, value) => (state.textContent = form.dataset[key].replace("%s", value));
  const onProgress = (share) => {
    bar.value = share;
    say(share < 1 ? "sending" : "looking", file.name);
  };
  for (let tried = 1; ; tried += 1) {
    onProgress(0);
    const { status, text, retryAfterS } = await post(file, form.elements.keep.checked, onProgress);
    if (status === 200) return show(card, text);
    if (status !== 429 || tried === NUM_TRIES) return fail(card, file, messageIn(text));
    say("busy", retryAfterS);
    await new Promise((resolve) => setTimeout(resolve, retryAfterS * 1000));
  }
}

function show(card, html) {
  find(".body", card).outerHTML = html;
  tell(find("h2", card).textContent);
}

function fail(card, file, message) {
  const body = find(".body", card);
  const note = document.createElement("p");
  note.className = "note warn";
  note.textContent = message;
  find("h2", body).textContent = form.dataset.failed.replace("%s", file.name);
  find("[data-state]", body).replaceWith(note);
  find("progress", body).remove();
  find("img", card).remove();
  tell(`${find("h2", body).textContent}. ${message}`);
}

if (form) {
  const input = find("#pictures");
  const drop = find("#drop");
  const take = (files) => [...files].forEach(add);
  input.addEventListener("change", () => {
    take(input.files);
    input.value = "";
  });
  addEventListener("dragover", (event) => {
    event.preventDefault();
    drop.classList.add("is-over");
  });
  addEventListener("dragleave", (event) => event.relatedTarget ?? drop.classList.remove("is-over"));
  addEventListener("drop", (event) => {
    event.preventDefault();
    drop.classList.remove("is-over");
    take(event.dataTransfer.files);
  });
  addEventListener("paste", (event) => take(event.clipboardData.files));
}
