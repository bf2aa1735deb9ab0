// The audit log, for auditors: filter it, follow it, write it to a file, prove that it is whole.

import { keep, read } from "../shared/address.mjs";
import { start as startAppearance, wire } from "../shared/appearance.mjs";
import { count, ofField } from "../shared/formats.mjs";
import { keys, onLanguage, t } from "../shared/i18n.mjs";
import { clear, show } from "../shared/problems.mjs";
import { get } from "../shared/requests.mjs";
import { element } from "../shared/element.mjs";
import { actionText, nounText, rowElement } from "./rows.mjs";
import { startVerification } from "./verification.mjs";

const byId = (id) => document.getElementById(id);
const NAMES = ["who", "action", "subject", "since", "until", "text"];
const PAGE = 100;
const FOLLOW_MS = 3000;
// A page that follows for days holds no more rows than these.
const HELD = 1000;
const ACTION = "audit.action.";
const state = { rows: [], next: null, timer: 0, asked: 0 };

async function begin() {
  await startAppearance();
  wire(byId("theme"), byId("language"));
  const session = await get("/session");
  if (!session.name || session.second_factor_due) {
    location.assign(`/sign-in?back=${encodeURIComponent(`/audit.html${location.hash}`)}`);
    return;
  }
  byId("me").textContent = session.name;
  drawActions();
  fields().forEach((field) => (field.value = read(field.name) ?? ""));
  onLanguage(() => (drawActions(), draw()));
  byId("filters").addEventListener("submit", (event) => (event.preventDefault(), search()));
  byId("filters").addEventListener("reset", () => setTimeout(search));
  byId("more").addEventListener("click", () => load({ more: true }));
  byId("follow").addEventListener("change", follow);
  await search();
  const places = { state: byId("chain"), button: byId("verify"), bar: byId("verifying"), result: byId("verified") };
  await startVerification(places).catch((error) => show(byId("fault"), error));
  document.documentElement.dataset.ready = "audit";
}

function fields() {
  return NAMES.map((name) => byId("filters").elements[name]);
}

/** What is asked for, as the service takes it. */
function filters() {
  const given = Object.fromEntries(fields().map(({ name, value }) => [name, value.trim() || null]));
  return { ...given, since: ofField(given.since), until: ofField(given.until) };
}

function search() {
  fields().forEach(({ name, value }) => keep(name, value.trim() || null));
  for (const format of ["csv", "jsonl"]) byId(format).href = exportAddress(format);
  return load();
}

function exportAddress(format) {
  const set = Object.entries(filters()).filter(([, value]) => value !== null);
  return `/audit/export?${new URLSearchParams([...set, ["format", format]])}`;
}

/** Look at one actor, action or subject alone. */
function narrow(name, value) {
  byId("filters").elements[name].value = value;
  byId("filters").elements[name].focus();
  search();
}

async function load({ more = false } = {}) {
  clear(byId("fault"));
  byId("fresh").textContent = "";
  const asked = ++state.asked;
  try {
    const found = await get("/audit", { ...filters(), limit: PAGE, cursor: more ? state.next : null });
    if (asked !== state.asked) return;
    state.rows = more ? [...state.rows, ...found.rows] : found.rows;
    state.next = found.next;
  } catch (error) {
    if (asked !== state.asked) return;
    show(byId("fault"), error);
    if (!more) Object.assign(state, { rows: [], next: null });
  }
  draw();
}

function follow() {
  clearTimeout(state.timer);
  byId("fresh").textContent = byId("follow").checked ? t("audit.follow.on") : "";
  if (byId("follow").checked) look();
}

/** Ask for what is newer than the newest row, as long as the switch is on and the page is seen. */
async function look() {
  if (!document.hidden) await fetchFresh();
  if (byId("follow").checked) state.timer = setTimeout(look, FOLLOW_MS);
}

async function fetchFresh() {
  const { asked } = state;
  try {
    const found = await get("/audit", { ...filters(), after: state.rows[0]?.position ?? 0, limit: PAGE });
    clear(byId("fault"));
    if (asked !== state.asked || found.rows.length === 0) return;
    // More than a page at once, or more than is held: begin anew with the newest page.
    if (found.next || state.rows.length > HELD) return void (await load());
    state.rows = [...found.rows, ...state.rows];
    byId("fresh").textContent = t("audit.follow.fresh", { count: count(found.rows.length) });
    draw({ fresh: found.rows.length });
  } catch (error) {
    show(byId("fault"), error);
  }
}

function drawActions() {
  const select = byId("filters").elements.action;
  const chosen = select.value;
  const actions = keys(ACTION).map((key) => key.slice(ACTION.length)).filter((action) => action.includes("."));
  const nouns = [...new Set(actions.map((action) => action.split(".")[0]))];
  const group = (noun) => {
    const own = actions.filter((action) => action.startsWith(`${noun}.`));
    const all = element("option", { value: noun, text: t("audit.action.all", { noun: nounText(noun) }) });
    const each = own.map((action) => element("option", { value: action, text: actionText(action) }));
    return element("optgroup", { label: nounText(noun) }, ...(own.length > 1 ? [all] : []), ...each);
  };
  select.replaceChildren(element("option", { value: "", text: t("audit.action.any") }), ...nouns.map(group));
  select.value = chosen;
}

function draw({ fresh = 0 } = {}) {
  const rows = state.rows.map((row) => rowElement(row, narrow));
  rows.slice(0, fresh).forEach((row) => row.classList.add("fresh"));
  const empty = element("tr", {}, element("td", { colspan: 7, text: t("audit.empty") }));
  byId("rows").replaceChildren(...(rows.length ? rows : [empty]));
  byId("more").hidden = state.next === null;
}

begin();
