// The registers, for auditors and administrators: data, retention, impact assessments, breaches.

import { start as startAppearance, wire } from "../shared/appearance.mjs";
import { element } from "../shared/element.mjs";
import { count, instant } from "../shared/formats.mjs";
import { onLanguage, pick, t } from "../shared/i18n.mjs";
import { show } from "../shared/problems.mjs";
import { get } from "../shared/requests.mjs";
import { drawRecords, startRecords } from "./records.mjs";

const byId = (id) => document.getElementById(id);
const PARTS = ["data", "retention", "assessments", "breaches"];
let register = null;

async function begin() {
  await startAppearance();
  wire(byId("theme"), byId("language"));
  onLanguage(draw);
  addEventListener("hashchange", open);
  byId("personal").addEventListener("change", drawEntries);
  const session = await get("/session");
  if (!session.name || session.second_factor_due) return location.assign("/sign-in?back=/register.html");
  byId("me").textContent = session.name;
  try {
    register = await get("/register");
    const writes = session.grants.some(({ role }) => role === "administrator");
    await startRecords(writes, (kind) => document.querySelector(`[data-part="${kind}"]`));
    draw();
    open();
  } catch (error) {
    for (const part of document.querySelectorAll("[data-part]")) part.hidden = true;
    show(byId("fault"), error);
  }
  document.documentElement.dataset.ready = "register";
}

/** Show the part that the address names; the address also keeps theme and language. */
function open() {
  const wanted = PARTS.find((part) => location.hash.slice(1).split("&").includes(part)) ?? "data";
  for (const part of document.querySelectorAll("[data-part]")) part.hidden = part.dataset.part !== wanted;
  for (const link of document.querySelectorAll(".sections a")) {
    link.setAttribute("aria-current", String(link.hash === `#${wanted}`));
  }
}

function draw() {
  if (!register) return;
  drawEntries();
  byId("rules").replaceChildren(...register.retention.map(rule));
  drawRecords();
}

function drawEntries() {
  const told = byId("personal").checked ? register.entries.filter(({ ground }) => ground !== "-") : register.entries;
  const columns = told.reduce((sum, entry) => sum + entry.columns.length, 0);
  const tables = new Set(told.map(({ table }) => table)).size;
  byId("summary").textContent = t("register.summary", { tables, columns });
  byId("entries").replaceChildren(...told.map((entry, index) => line(entry, told[index - 1]?.table !== entry.table)));
}

function line(entry, first) {
  const word = (kind, code) => pick(register.words[kind][code]);
  return element(
    "tr",
    { class: first ? "first" : null },
    first ? element("th", { scope: "row", text: entry.table }) : element("td"),
    element("td", { class: "codes", text: entry.columns.join(" ") }),
    element("td", { text: word("subject", entry.subject) }),
    element("td", { class: "said", text: pick(entry.purpose) }),
    element("td", { class: entry.ground === "-" ? "quiet-text" : null, text: word("ground", entry.ground) }),
    element("td", { text: entry.days === null ? word("kept", entry.kept) : t("register.kept_days", entry) }),
    element("td", { text: entry.who.map((code) => word("who", code)).join(t("register.list")) }),
  );
}

function rule(each) {
  return element(
    "tr",
    { "data-rule": each.name },
    element("th", { scope: "row", text: pick(each.what) }),
    element("td", { class: "number", text: count(each.days) }),
    element("td", { text: pick(each.reason) }),
    element("td", { class: "number", text: each.run_at ? count(each.deleted) : "—" }),
    element("td", { text: each.oldest_at ? instant(each.oldest_at) : "—" }),
    element("td", { text: each.run_at ? instant(each.run_at) : t("register.never_run") }),
  );
}

begin();
