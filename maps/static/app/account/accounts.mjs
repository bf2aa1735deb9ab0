// Accounts, for administrators: list, find, add, and change one.

import { start as startAppearance, wire } from "../shared/appearance.mjs";
import { instant } from "../shared/formats.mjs";
import { onLanguage, pick, t } from "../shared/i18n.mjs";
import { clear, show } from "../shared/problems.mjs";
import { get, post, putJson, remove } from "../shared/requests.mjs";
import { element } from "../shared/element.mjs";
import { roleLine } from "./roles.mjs";

const byId = (id) => document.getElementById(id);
const ROLES = [
  "worker", "level2", "leader", "window", "handler", "clerk", "planner", "dispatcher", "auditor", "administrator",
];
const PAGE = 50;
const state = { accounts: [], next: null, name: "", provider: null, linking: null };

async function begin() {
  await startAppearance();
  wire(byId("theme"), byId("language"));
  onLanguage(draw);
  byId("add").addEventListener("submit", add);
  byId("find").addEventListener("input", find);
  byId("find").addEventListener("submit", (event) => event.preventDefault());
  byId("link").addEventListener("submit", link);
  byId("link-cancel").addEventListener("click", () => ask(null));
  byId("more").addEventListener("click", () => load({ more: true }));
  const session = await get("/session");
  if (!session.name || session.second_factor_due) return location.assign("/sign-in?back=/accounts.html");
  byId("me").textContent = session.name;
  state.provider = session.identity_provider;
  await load();
  document.documentElement.dataset.ready = "accounts";
}

async function load({ more = false } = {}) {
  clear(byId("fault"));
  try {
    const found = await get("/accounts", { name: state.name, after: more ? state.next : "", limit: PAGE });
    state.accounts = more ? [...state.accounts, ...found.accounts] : found.accounts;
    state.next = found.next;
  } catch (error) {
    show(byId("fault"), error);
    state.accounts = [];
    state.next = null;
  }
  draw();
}

let typing = 0;
function find() {
  clearTimeout(typing);
  typing = setTimeout(() => {
    state.name = byId("find").elements.name.value.trim().toLowerCase();
    load();
  }, 200);
}

async function add(event) {
  event.preventDefault();
  const { name, role, area } = event.target.elements;
  const missing = [name, area].find((input) => !input.value.trim());
  if (missing) return missing.focus();
  await attempt(async () => {
    const grants = [{ role: role.value, area: area.value.trim() }];
    const made = await post("/accounts", { name: name.value, grants });
    tell("accounts.added", made);
    event.target.reset();
  });
}

async function change(name, what) {
  if (what !== "enable" && !confirm(t(`accounts.${what}.sure`, { name }))) return;
  await attempt(async () => {
    const done = await post(`/accounts/${encodeURIComponent(name)}/${what}`);
    if (what === "reset") tell("accounts.was_reset", done);
  });
}

/** Ask for the subject that is to sign an account in; null asks no more. */
function ask(name) {
  state.linking = name;
  byId("link").reset();
  byId("link").hidden = name === null;
  if (name === null) return;
  byId("link-title").textContent = linkTitle();
  byId("link").elements.subject.focus();
}

async function link(event) {
  event.preventDefault();
  const { subject } = event.target.elements;
  if (!subject.value.trim()) return subject.focus();
  await attempt(async () => {
    await putJson(identityOf(state.linking), { subject: subject.value.trim() });
    ask(null);
  });
}

async function unlink(name) {
  if (confirm(t("accounts.unlink.sure", { name }))) await attempt(() => remove(identityOf(name)));
}

const linkTitle = () => t("accounts.link.subject", { name: state.linking, provider: pick(state.provider) });
const identityOf = (name) => `/identities/${encodeURIComponent(name)}`;

async function attempt(act) {
  clear(byId("fault"));
  byId("told").hidden = true;
  try {
    await act();
    await load();
  } catch (error) {
    show(byId("fault"), error);
  }
}

/** The code is told once, here; it is stored nowhere as it is. */
function tell(key, { name, activation_code: code }) {
  byId("told").replaceChildren(element("p", { text: t(key, { name }) }), element("code", { text: code }));
  byId("told").hidden = false;
}

function draw() {
  if (state.linking) byId("link-title").textContent = linkTitle();
  const options = ROLES.map((role) => element("option", { value: role, text: t(`role.${role}`) }));
  const select = byId("add").elements.role;
  const chosen = select.value;
  select.replaceChildren(...options);
  if (chosen) select.value = chosen;
  byId("more").hidden = state.next === null;
  const rows = state.accounts.map(row);
  const empty = element("tr", {}, element("td", { colspan: 5, text: t("accounts.empty") }));
  byId("rows").replaceChildren(...(rows.length ? rows : [empty]));
}

function row(account) {
  const { name, grants, kind, created_at: created, is_linked: linked } = account;
  const buttons = [account.is_disabled ? "enable" : "disable", ...(kind === "person" ? ["reset"] : [])];
  const actions = buttons.map((what) => button(what, () => change(name, what)));
  if (linked) actions.push(button("unlink", () => unlink(name)));
  else if (state.provider && kind === "person") actions.push(button("link", () => ask(name)));
  return element(
    "tr",
    { "data-account": name },
    element("th", { scope: "row", text: name }),
    element("td", {}, element("ul", {}, ...grants.map(roleLine))),
    element("td", { text: t(`accounts.state.${stateOf(account)}`) }),
    element("td", { text: instant(created) }),
    element("td", {}, element("div", { class: "row-actions" }, ...actions)),
  );
}

function button(what, onclick) {
  return element("button", { type: "button", text: t(`accounts.${what}`), onclick });
}

function stateOf({ is_disabled, is_active, kind }) {
  if (is_disabled) return "disabled";
  if (kind === "system") return "system";
  return is_active ? "active" : "waiting";
}

begin();
