// Sends what waits: the photos first, then the report under its own id, so that sending twice is sending once.

import { Problem, post, put } from "../shared/requests.mjs";
import { t } from "../shared/i18n.mjs";
import { channel } from "../shared/session.mjs";
import * as outbox from "./outbox.mjs";
import { blobOf } from "./photo.mjs";

const EVERY_MS = 15_000;
const LONGEST_WAIT_MS = 15 * 60_000;
// The server, or a gate before it, has no time now, or wants its sender to sign in first; everything else from 400 to
// 499 is about this report.
const LATER = new Set([0, 401, 408, 425, 429, 502, 503, 504]);

let sending = false;
let changed = () => {};

/** Send on start, when the network comes back, when the page is looked at again, and on a timer. */
export function start(listener) {
  changed = listener;
  addEventListener("online", () => flush({ now: true }));
  document.addEventListener("visibilitychange", () => document.visibilityState === "visible" && flush());
  setInterval(() => flush(), EVERY_MS);
  flush({ now: true });
}

/** Send what waits; `now` also what would wait longer after a failure. One page at a time, where the browser can tell. */
export async function flush({ now = false } = {}) {
  if (sending) return;
  sending = true;
  try {
    if (navigator.locks) await navigator.locks.request("wangge-outbox", { ifAvailable: true }, (held) => held && sendAll(now));
    else await sendAll(now);
  } finally {
    sending = false;
    changed();
  }
}

async function sendAll(now) {
  for (const report of await outbox.waiting()) {
    if (!now && report.next_at > Date.now()) continue;
    changed(report.id);
    if (!(await sendOne(report))) return;
  }
  await outbox.forgetOldest();
  await outbox.tidy();
}

/** Send one report; false when the others had better wait too. */
async function sendOne(report) {
  try {
    for (const [index, photo] of report.photos.entries()) if (!photo.sha256) await sendPhoto(report, photo, index + 1);
    // The same picture chosen twice is one.
    const photos = [...new Set(report.photos.map(({ sha256 }) => sha256))];
    await settleChannel(report);
    const answer = await post("/reports", photos.length > 0 ? { ...report.body, photos } : report.body);
    // Of a contact nothing stays on the phone: the reporter sees and changes it by the secret.
    const { contact, ...said } = report.body;
    await outbox.put({ ...report, body: said, state: "sent", sent_at: Date.now(), problem: null, decision: answer.decision });
    return true;
  } catch (error) {
    return keep(report, error);
  }
}

/** Who sends decides the channel, once: with another one the same report would be refused when it is sent again. */
async function settleChannel(report) {
  if (report.body.channel) return;
  report.body.channel = await channel();
  await outbox.put(report);
}

async function sendPhoto(report, photo, number) {
  try {
    const kept = await outbox.photo(photo.id);
    if (!kept) throw new Problem({ status: 410, detail: t("field.photo.lost") });
    photo.sha256 = (await put("/photos", blobOf(kept))).sha256;
  } catch (error) {
    throw Object.assign(error, { photo: number });
  }
  await outbox.put(report);
}

async function keep(report, error) {
  const status = error instanceof Problem ? error.status : 500;
  const problem = { status, detail: error.message, errors: error.errors ?? [], photo: error.photo ?? null };
  // The server lets go of photos that no report named for long; it is sent again, and the report after it.
  if (problem.errors.some((fault) => fault.pointer.startsWith("/photos/"))) {
    const photos = report.photos.map((photo) => ({ ...photo, sha256: null }));
    await outbox.put({ ...report, photos, tries: report.tries + 1, next_at: 0 });
    return true;
  }
  if (status >= 400 && status < 500 && !LATER.has(status)) {
    await outbox.put({ ...report, state: "refused", problem });
    return true;
  }
  const tries = report.tries + 1;
  const wait = Math.min(EVERY_MS * 2 ** Math.min(tries, 10), LONGEST_WAIT_MS);
  // Without a network the timer simply asks again; a server that fails is asked less and less often.
  const next_at = status === 0 ? 0 : Date.now() + wait;
  await outbox.put({ ...report, tries, next_at, problem: status === 0 ? null : problem });
  return !LATER.has(status);
}
