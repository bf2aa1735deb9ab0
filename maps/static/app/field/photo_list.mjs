// The photos of the form: taken or chosen, at most ten, each painted over or taken back. Their bytes lie in the outbox;
// here is only what must be shown.

import { count } from "../shared/formats.mjs";
import { element } from "../shared/element.mjs";
import { onLanguage, t } from "../shared/i18n.mjs";
import { paint } from "./brush.mjs";
import * as outbox from "./outbox.mjs";
import { kept, prepare, thumbnail } from "./photo.mjs";

const LIMIT = 10;
const place = (id) => document.getElementById(id);
const small = new Map();
let photos = [];
let reading = Promise.resolve();
let changed = async () => {};
let refused = () => {};

/** `onChange` is called to keep the form, `onFault` with a sentence. */
export function start({ onChange, onFault }) {
  changed = onChange;
  refused = onFault;
  for (const id of ["photo", "photo-choose"]) place(id).addEventListener("change", take);
  onLanguage(draw);
}

/** [{id, size, painted}], in the order in which they were taken. */
export function all() {
  return photos;
}

/** Resolves when every chosen photo is in the list. */
export function settled() {
  return reading;
}

/** Show other photos, which are in the outbox already. */
export function use(next) {
  photos = next;
  draw();
}

function take({ target }) {
  const files = [...target.files];
  target.value = "";
  reading = reading.then(() => add(files));
}

async function add(files) {
  refused("");
  place("photo-state").textContent = t("field.photo.reading");
  for (const file of files) {
    if (photos.length >= LIMIT) {
      refused(t("field.photo.many", { limit: LIMIT }));
      break;
    }
    await prepare(file).then(keep).catch(() => refused(t("field.photo.too_large")));
  }
  draw();
}

/** Put a photo into the list, in the place of another or at its end. The form names it before its bytes are kept, since
 * what nobody names is let go of. */
async function keep(photo, replaced = null) {
  const next = { id: photo.id, size: photo.bytes.byteLength, painted: photo.painted };
  const before = photos;
  photos = replaced ? photos.map((each) => (each.id === replaced.id ? next : each)) : [...photos, next];
  try {
    await changed();
    await outbox.putPhoto(photo);
  } catch (error) {
    photos = before;
    throw error;
  }
}

async function cover(photo) {
  const painted = await paint(await outbox.photo(photo.id)).catch(() => refused(t("field.brush.unreadable")));
  if (!painted) return;
  await keep(await kept(painted, { painted: true }), photo);
  await change();
}

async function drop(photo) {
  photos = photos.filter((each) => each.id !== photo.id);
  await change();
  place("photo-choose").focus();
}

/** Keep the form, then let go of what it does not name any more: an unpainted photo is gone for good. */
async function change() {
  await changed();
  await outbox.tidy();
  draw();
}

function draw() {
  const full = photos.length >= LIMIT;
  for (const id of ["photo", "photo-choose"]) place(id).disabled = full;
  place("photo-state").textContent = photos.length > 0 ? t("field.photo.count", { count: photos.length, limit: LIMIT }) : "";
  place("photo-list").replaceChildren(...photos.map(item));
}

function item(photo, index) {
  const number = index + 1;
  const picture = element("div", { class: "picture" });
  show(photo, picture, t("field.photo.nth", { number }));
  const size = t("field.photo.size", { kb: count(Math.ceil(photo.size / 1000)) });
  const said = photo.painted ? `${size} · ${t("field.photo.painted")}` : size;
  return element(
    "li",
    { "data-painted": String(photo.painted) },
    picture,
    element("span", { class: "quiet-text", text: said }),
    button("field.photo.cover", number, () => cover(photo)),
    button("field.photo.drop", number, () => drop(photo)),
  );
}

function button(key, number, onclick) {
  const name = `${t(key)} (${t("field.photo.nth", { number })})`;
  return element("button", { type: "button", text: t(key), "aria-label": name, onclick });
}

async function show(photo, box, name) {
  if (!small.has(photo.id)) small.set(photo.id, await thumbnail((await outbox.photo(photo.id)) ?? { bytes: new ArrayBuffer(0) }));
  const canvas = small.get(photo.id);
  canvas.setAttribute("aria-label", name);
  box.replaceChildren(canvas);
}
