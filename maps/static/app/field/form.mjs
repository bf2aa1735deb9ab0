// The form: kind, text, photos; kept as it is on every change, so that a closed page loses nothing.

import { contactFields } from "../shared/contact.mjs";
import { newSecret } from "../shared/follow_secret.mjs";
import { newId } from "../shared/ids.mjs";
import { apply, t } from "../shared/i18n.mjs";
import * as outbox from "./outbox.mjs";
import * as photos from "./photo_list.mjs";
import { position, restore } from "./position.mjs";

const SAVE_AFTER_MS = 300;

const place = (id) => document.getElementById(id);
const contact = contactFields();
let timer = null;
// Made ahead, since hashing waits and a report is made at once.
let follow = null;

/** Fill the form as it was left, and keep it from now on. */
export async function start() {
  photos.start({ onChange: save, onFault: fault });
  // Over plain http others could read it on the way.
  if (isSecureContext) place("contact-place").append(contact.root);
  apply(contact.root);
  place("contact-insecure").hidden = isSecureContext;
  follow = await newSecret();
  const saved = await outbox.draft();
  if (saved) fill(saved);
  place("form").addEventListener("input", saveSoon);
}

/** What the form says, as a report that waits; null, with the fault shown, when something is missing. */
export function read() {
  const { fix } = position();
  const category = new FormData(place("form")).get("category");
  const reach = contact.read();
  const missing = [...(fix ? [] : ["field.missing.position"]), ...(category ? [] : ["field.missing.category"])];
  if (missing.length + reach.missing.length > 0) {
    fault([...missing.map((key) => t(key)), ...reach.missing].join(" "));
    if (missing.length === 0) place("contact").open = true;
    (!fix ? place("hand-open") : !category ? document.querySelector("input[name=category]") : place("contact-open")).focus();
    return null;
  }
  fault("");
  const id = newId();
  const { x, y, datum, accuracy_m } = fix;
  const text = place("text").value.trim();
  const body = { id, x, y, datum, category, text, captured_at: new Date().toISOString() };
  if (accuracy_m !== null) body.accuracy_m = Math.round(accuracy_m * 10) / 10;
  if (reach.contact) body.contact = reach.contact;
  if (follow) body.follow_sha256 = follow.sha256;
  const taken = photos.all().map((photo) => ({ ...photo, sha256: null }));
  return {
    id,
    body,
    follow: follow?.secret ?? null,
    photos: taken,
    state: "waiting",
    made_at: Date.now(),
    tries: 0,
    next_at: 0,
    problem: null,
    decision: null,
  };
}

/** Resolves when every chosen photo is in the form. */
export const settled = photos.settled;

/** Empty the form for the next report. */
export async function clear() {
  clearTimeout(timer);
  place("form").reset();
  photos.use([]);
  contact.fill(null);
  place("contact").open = false;
  await outbox.saveDraft(null);
  follow = await newSecret();
}

/** Put a refused report back into the form. */
export function fill({ category, text, photos: taken, contact: reach, position: where }) {
  place("text").value = text ?? "";
  for (const choice of document.querySelectorAll("input[name=category]")) choice.checked = choice.value === category;
  photos.use(taken ?? []);
  contact.fill(reach);
  place("contact").open = Boolean(reach);
  restore(where);
}

/** True when something was entered that would be lost by filling the form anew. */
export function isDirty() {
  const isChosen = new FormData(place("form")).get("category");
  return Boolean(photos.all().length > 0 || !contact.isEmpty() || place("text").value || isChosen);
}

export function fault(text) {
  place("fault").textContent = text;
  place("fault").hidden = !text;
}

/** Keep the form on disk now. */
export function save() {
  const category = new FormData(place("form")).get("category");
  const text = place("text").value;
  return outbox.saveDraft({ category, text, photos: photos.all(), contact: contact.state(), position: position() });
}

function saveSoon() {
  clearTimeout(timer);
  timer = setTimeout(save, SAVE_AFTER_MS);
}
