// What waits on this phone: reports not yet sent, the last ones sent, and the form as it was left.
// Photos lie beside both, by ids of their own, so that a letter more in the form does not write megabytes again.
// A report is on disk before the page says so; it leaves only when the server has it or its writer throws it away.

import { newId } from "../shared/ids.mjs";

const NAME = "wangge-field";
const VERSION = 2;
const SENT_KEPT = 50;
const DRAFT = "draft";

let opened = null;
// A browser that refuses storage (private windows, full disks) still sends; the page then warns that nothing is kept.
let memory = null;

function open() {
  opened ??= new Promise((resolve, reject) => {
    const request = indexedDB.open(NAME, VERSION);
    request.onupgradeneeded = ({ oldVersion }) => upgrade(request.result, request.transaction, oldVersion);
    request.onsuccess = () => {
      request.result.onversionchange = () => request.result.close();
      resolve(request.result);
    };
    request.onerror = () => reject(request.error);
    request.onblocked = () => reject(new Error("blocked"));
  });
  return opened;
}

function upgrade(database, transaction, version) {
  if (version < 1) {
    database.createObjectStore("reports", { keyPath: "id" });
    database.createObjectStore("drafts");
  }
  database.createObjectStore("photos", { keyPath: "id" });
  for (const name of version < 1 ? [] : ["reports", "drafts"]) takeOut(transaction.objectStore(name), transaction.objectStore("photos"));
}

/** Until version 1 a report and a draft held their one photo inside. */
function takeOut(store, photos) {
  store.openCursor().onsuccess = ({ target: { result: cursor } }) => {
    if (!cursor) return;
    const { photo, photo_sha256: sha256, ...rest } = cursor.value ?? {};
    const id = newId();
    if (photo) photos.put({ id, ...photo, painted: false });
    const held = photo || sha256 ? [{ id, size: photo?.bytes.byteLength ?? 0, painted: false, sha256: sha256 ?? null }] : [];
    if (cursor.value) cursor.update({ ...rest, photos: held });
    cursor.continue();
  };
}

/** Open the storage; false when this browser keeps nothing. */
export async function start() {
  try {
    await open();
    navigator.storage?.persist?.().catch(() => {});
    return true;
  } catch {
    memory = { reports: new Map(), drafts: new Map(), photos: new Map() };
    return false;
  }
}

/** Run `work` on a store; resolves when the change is on disk. */
async function change(store, mode, work) {
  const database = await open();
  return new Promise((resolve, reject) => {
    const transaction = database.transaction(store, mode, { durability: "strict" });
    const request = work(transaction.objectStore(store));
    transaction.oncomplete = () => resolve(request.result);
    transaction.onerror = transaction.onabort = () => reject(transaction.error);
  });
}

export async function put(report) {
  if (memory) memory.reports.set(report.id, report);
  else await change("reports", "readwrite", (store) => store.put(report));
}

export async function remove(id) {
  if (memory) memory.reports.delete(id);
  else await change("reports", "readwrite", (store) => store.delete(id));
}

/** All reports, the newest first. */
export async function all() {
  const found = memory ? [...memory.reports.values()] : await change("reports", "readonly", (store) => store.getAll());
  return found.sort((one, other) => other.made_at - one.made_at);
}

/** Reports that wait, the oldest first. */
export async function waiting() {
  return (await all()).filter((each) => each.state === "waiting").reverse();
}

/** Drop the oldest of the sent reports; those that wait or were refused stay. */
export async function forgetOldest() {
  const sent = (await all()).filter((each) => each.state === "sent");
  for (const report of sent.slice(SENT_KEPT)) await remove(report.id);
}

export async function saveDraft(draft) {
  if (memory) memory.drafts.set(DRAFT, draft);
  else await change("drafts", "readwrite", (store) => store.put(draft, DRAFT));
}

export async function draft() {
  return memory ? memory.drafts.get(DRAFT) : change("drafts", "readonly", (store) => store.get(DRAFT));
}

export async function putPhoto(photo) {
  if (memory) memory.photos.set(photo.id, photo);
  else await change("photos", "readwrite", (store) => store.put(photo));
}

/** A photo {id, bytes, type, painted}; undefined when it is not there. */
export async function photo(id) {
  return memory ? memory.photos.get(id) : change("photos", "readonly", (store) => store.get(id));
}

/** Let go of the photos that neither the form nor a report that is still to be sent names. */
export async function tidy() {
  const open = (await all()).filter((each) => each.state !== "sent");
  const named = new Set([...open, (await draft()) ?? {}].flatMap(({ photos = [] }) => photos.map(({ id }) => id)));
  const ids = memory ? [...memory.photos.keys()] : await change("photos", "readonly", (store) => store.getAllKeys());
  for (const id of ids.filter((each) => !named.has(each))) {
    if (memory) memory.photos.delete(id);
    else await change("photos", "readwrite", (store) => store.delete(id));
  }
}
