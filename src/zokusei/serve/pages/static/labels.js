// What people say of an attribute of a work, and how it is taken back.
import { send } from "./dom.js";

/** Gives a label (present, absent) or takes it back (unknown); answers what was said before. */
export async function label(address, workId, attributeId, state) {
  const change = await send(address, { work_id: workId, attribute_id: attributeId, state }, "PUT");
  return change.previous;
}
