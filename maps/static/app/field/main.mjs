// The phone page: position, photo, kind, text; saved here first, sent when there is a network.

import * as appearance from "../shared/appearance.mjs";
import { accuracy, instant } from "../shared/formats.mjs";
import { onLanguage, t } from "../shared/i18n.mjs";
import * as form from "./form.mjs";
import * as list from "./list.mjs";
import * as outbox from "./outbox.mjs";
import * as positions from "./position.mjs";
import * as sender from "./sender.mjs";
import * as where from "./where.mjs";

const COARSE_M = 50;
const place = (id) => document.getElementById(id);
let keeps = true;
let doing = null;

async function start() {
  await appearance.start();
  appearance.wire(place("theme"), place("language"));
  keeps = await outbox.start();
  warn();
  wireForm();
  await form.start();
  positions.start(showPosition);
  const saved = await outbox.draft();
  positions.restore(saved?.position);
  onLanguage(redraw);
  addEventListener("online", () => { drawNetwork(); where.tell(positions.position().fix, showWhere, { again: true }); });
  addEventListener("offline", drawNetwork);
  sender.start(sent);
  await redraw();
  if ("serviceWorker" in navigator) navigator.serviceWorker.register("/sw.js", { scope: "/report" }).catch(() => {});
  document.documentElement.dataset.ready = "yes";
}

function warn() {
  place("insecure").hidden = isSecureContext;
  place("forgetful").hidden = keeps;
}

function wireForm() {
  place("form").addEventListener("submit", submit);
  place("form").addEventListener("input", () => say(""));
  place("send-now").addEventListener("click", () => sender.flush({ now: true }));
  place("gps").addEventListener("click", () => { place("hand").open = false; positions.followGps(); form.save(); });
  place("hand-use").addEventListener("click", useHand);
}

let submitting = false;
async function submit(event) {
  event.preventDefault();
  // A second touch while photos are still being read would be a second report.
  if (submitting) return;
  submitting = true;
  try {
    await form.settled();
    await keep(form.read());
  } finally {
    submitting = false;
  }
}

async function keep(report) {
  if (!report) return;
  try {
    await outbox.put(report);
  } catch (error) {
    form.fault(t("field.not_saved", { detail: error?.message ?? "" }));
    return;
  }
  await form.clear();
  say(t(navigator.onLine ? "field.saved" : "field.saved.offline"));
  await redraw();
  sender.flush({ now: true });
}

function useHand() {
  const [x, y] = [place("hand-x"), place("hand-y")].map((input) => Number(input.value.trim() || NaN));
  if (!Number.isFinite(x) || !Number.isFinite(y)) return form.fault(t("field.hand.numbers"));
  if (!place("hand-datum").value) return form.fault(t("field.hand.datum"));
  form.fault("");
  positions.setByHand({ x, y, datum: place("hand-datum").value });
  form.save();
}

/** Called by the sender: with an id while it is being sent, without one when it is done. */
async function sent(id = null) {
  doing = id;
  await redraw();
}

async function redraw() {
  showPosition(positions.position());
  const reports = await outbox.all();
  list.draw(place("list"), reports, { doing, onBack: takeBack, onDrop: drop });
  place("list-empty").hidden = reports.length > 0;
  const count = reports.filter((each) => each.state === "waiting").length;
  place("waiting").textContent = count > 0 ? t("field.waiting", { count }) : t("field.waiting.none");
  place("send-now").hidden = count === 0;
  place("send-now").disabled = doing !== null;
  drawNetwork();
  announce(reports[0]);
}

function drawNetwork() {
  place("network").dataset.state = navigator.onLine ? "online" : "offline";
  place("network-text").textContent = t(navigator.onLine ? "field.online" : "field.offline");
}

let told = null;
function announce(newest) {
  if (newest?.state !== "sent" || told === newest.id || Date.now() - newest.sent_at > 5_000) return;
  told = newest.id;
  say(`${t("field.state.sent")} ${where.lines(newest.decision)[0]?.text ?? ""}`);
}

function say(text) {
  place("said").textContent = text;
  place("said").hidden = !text;
}

function showPosition({ source, state, fix }) {
  const box = place("position");
  box.dataset.state = state === "found" && fix.accuracy_m > COARSE_M ? "coarse" : state;
  const key = source === "hand" ? "field.position.hand" : `field.position.${state}`;
  place("position-main").textContent = t(key, { accuracy: accuracy(fix?.accuracy_m ?? 0) });
  place("position-detail").textContent = fix ? `${fix.x.toFixed(6)}, ${fix.y.toFixed(6)} · ${t(`shared.datum.${fix.datum}`)} · ${instant(fix.at).slice(11)}` : "";
  where.tell(fix, showWhere);
}

function showWhere(lines) {
  const paragraphs = lines.map(({ text, kind }) => Object.assign(document.createElement("p"), { textContent: text, className: kind }));
  place("where").replaceChildren(...paragraphs);
}

async function takeBack(report) {
  if (form.isDirty() && !confirm(t("field.back.sure"))) return;
  const { x, y, datum, accuracy_m: accuracy } = report.body;
  const fix = { x, y, datum, accuracy_m: accuracy ?? null, at: report.made_at };
  const { category, text, contact } = report.body;
  form.fill({ category, text, contact, photos: report.photos, position: { source: "hand", fix } });
  await form.save();
  await outbox.remove(report.id);
  await redraw();
  place("text").focus();
}

async function drop(report) {
  if (!confirm(t("field.drop.sure"))) return;
  await outbox.remove(report.id);
  await outbox.tidy();
  await redraw();
}

start();
