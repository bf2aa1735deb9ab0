// What waits on this phone: reports not yet sent, the last ones sent, and the form as it was left.
// A report is on disk before the page says so; it leaves only when the server has it or its writer throws it away.

const NAME = "wangge-field";
const VERSION = 1;
const SENT_KEPT = 50;
const DRAFT = "draft";

let opened = null;
// A browser that refuses storage (private windows, full disks) still sends; the page then warns that nothing is kept.
let memory = null;

function open() {
  opened ??= new Promise((resolve, reject) => {
    const request = indexedDB.open(NAME, VERSION);
    request.onupgradeneeded = () => {
      request.result.createObjectStore("reports", { keyPath: "id" });
      request.result.createObjectStore("drafts");
    };
    request.onsuccess = () => {
      request.result.onversionchange = () => request.result.close();
      resolve(request.result);
    };
    request.onerror = () => reject(request.error);
    request.onblocked = () => reject(new Error("blocked"));
  });
  return opened;
}

/** Open the storage; false when this browser keeps nothing. */
export async function start() {
  try {
    await open();
    navigator.storage?.persist?.().catch(() => {});
    return true;
  } catch {
    memory = { reports: new Map(), drafts: new Map() };
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
