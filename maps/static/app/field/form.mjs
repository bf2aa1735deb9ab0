// The form: kind, text, photo; kept as it is on every change, so that a closed page loses nothing.

import { newId } from "../shared/ids.mjs";
import { t } from "../shared/i18n.mjs";
import * as outbox from "./outbox.mjs";
import * as photos from "./photo.mjs";
import { position, restore } from "./position.mjs";

const CHANNEL = "worker";
const SAVE_AFTER_MS = 300;

const place = (id) => document.getElementById(id);
let photo = null;
let timer = null;

/** Fill the form as it was left, and keep it from now on. */
export async function start() {
  const saved = await outbox.draft();
  if (saved) fill(saved);
  place("form").addEventListener("input", saveSoon);
  place("photo").addEventListener("change", takePhoto);
  place("photo-drop").addEventListener("click", () => usePhoto(null));
}

/** What the form says, as a report that waits; null, with the fault shown, when something is missing. */
export function read() {
  const { fix } = position();
  const category = new FormData(place("form")).get("category");
  const missing = [...(fix ? [] : ["field.missing.position"]), ...(category ? [] : ["field.missing.category"])];
  if (missing.length > 0) {
    fault(missing.map((key) => t(key)).join(" "));
    (fix ? document.querySelector("input[name=category]") : place("hand-open")).focus();
    return null;
  }
  fault("");
  const id = newId();
  const { x, y, datum, accuracy_m } = fix;
  const text = place("text").value.trim();
  const body = { id, x, y, datum, category, text, captured_at: new Date().toISOString(), channel: CHANNEL };
  if (accuracy_m !== null) body.accuracy_m = Math.round(accuracy_m * 10) / 10;
  return { id, body, photo, photo_sha256: null, state: "waiting", made_at: Date.now(), tries: 0, next_at: 0, problem: null, decision: null };
}

/** Empty the form for the next report. */
export async function clear() {
  clearTimeout(timer);
  place("form").reset();
  usePhoto(null, { save: false });
  await outbox.saveDraft(null);
}

/** Put a refused report back into the form. */
export function fill({ category, text, photo: kept, position: where }) {
  place("text").value = text ?? "";
  for (const choice of document.querySelectorAll("input[name=category]")) choice.checked = choice.value === category;
  usePhoto(kept ?? null, { save: false });
  restore(where);
}

/** True when something was entered that would be lost by filling the form anew. */
export function isDirty() {
  return Boolean(photo || place("text").value || new FormData(place("form")).get("category"));
}

export function fault(text) {
  place("fault").textContent = text;
  place("fault").hidden = !text;
}

/** Keep the form on disk now. */
export function save() {
  const category = new FormData(place("form")).get("category");
  return outbox.saveDraft({ category, text: place("text").value, photo, position: position() });
}

function saveSoon() {
  clearTimeout(timer);
  timer = setTimeout(save, SAVE_AFTER_MS);
}

async function takePhoto({ target }) {
  const [file] = target.files;
  if (!file) return;
  place("photo-state").textContent = t("field.photo.reading");
  try {
    usePhoto(await photos.prepare(file));
    fault("");
  } catch {
    usePhoto(null);
    fault(t("field.photo.too_large"));
  }
  target.value = "";
}

function usePhoto(next, { save: keep = true } = {}) {
  photo = next;
  photos.show(place("photo-shown"), photo);
  place("photo-box").hidden = !photo;
  place("photo-state").textContent = photo ? t("field.photo.size", { kb: Math.ceil(photo.bytes.byteLength / 1000) }) : "";
  if (keep) save();
}
