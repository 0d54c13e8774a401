// The few things that several modules do with the page and the server.

/** The first element that a selector finds, or null. */
export const find = (selector, within = document) => within.querySelector(selector);

/** All elements that a selector finds, as an array. */
export const all = (selector, within = document) => [...within.querySelectorAll(selector)];

/** Calls `act` once nothing has called for `ms` milliseconds. */
export function debounced(act, ms) {
  let timer;
  return (...args) => {
    clearTimeout(timer);
    timer = setTimeout(() => act(...args), ms);
  };
}

/** An address with these parameters set, and those that are null left out. */
export function withParameters(address, parameters) {
  const url = new URL(address, location.href);
  for (const [name, value] of Object.entries(parameters)) {
    if (value === null) url.searchParams.delete(name);
    else url.searchParams.set(name, value);
  }
  return url;
}

/** What an error response says, in the server's one shape, else its status. */
export async function messageOf(response) {
  try {
    return (await response.json()).error.message;
  } catch {
    return `${response.status} ${response.statusText}`;
  }
}

/** The text of a page's fragment; throws with the server's message where that fails. */
export async function fragment(address, options = {}) {
  const response = await fetch(address, { ...options, headers: { Accept: "text/html", ...options.headers } });
  if (!response.ok) throw new Error(await messageOf(response));
  return response.text();
}

/** What the API answers to a JSON body; throws with its message where that fails. */
export async function send(address, body, method = "POST") {
  const response = await fetch(address, {
    method, headers: { "Content-Type": "application/json", Accept: "application/json" }, body: JSON.stringify(body),
  });
  if (!response.ok) throw new Error(await messageOf(response));
  return response.status === 204 ? null : response.json();
}

/** Tells people who do not see the page what happened. */
export function tell(text) {
  find("#told").textContent = text;
}

let hiding;

/** Shows a line at the foot of the page for some seconds, with a way back where there is one. */
export function toast(text, undo = null) {
  const element = find("#toast");
  const button = find("button", element);
  find("span", element).textContent = text;
  button.hidden = !undo;
  button.onclick = () => {
    element.hidden = true;
    undo();
  };
  element.hidden = false;
  tell(text);
  clearTimeout(hiding);
  hiding = setTimeout(() => (element.hidden = true), undo ? 8000 : 5000);
}

/** Whether somebody types into a field, where keys are letters. */
export const isTyping = (event) =>
  event.target.closest("input:not([type=range], [type=checkbox], [type=file]), textarea, select") !== null;
