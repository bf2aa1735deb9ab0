// Accounts, for administrators: list, find, add, and change one.

import { start as startAppearance, wire } from "../shared/appearance.mjs";
import { instant } from "../shared/formats.mjs";
import { onLanguage, t } from "../shared/i18n.mjs";
import { clear, show } from "../shared/problems.mjs";
import { get, post } from "../shared/requests.mjs";
import { element } from "../shared/element.mjs";
import { roleLine } from "./roles.mjs";

const byId = (id) => document.getElementById(id);
const ROLES = [
  "worker", "level2", "leader", "window", "handler", "clerk", "planner", "dispatcher", "auditor", "administrator",
];
const PAGE = 50;
const state = { accounts: [], next: null, name: "" };

async function begin() {
  await startAppearance();
  wire(byId("theme"), byId("language"));
  onLanguage(draw);
  byId("add").addEventListener("submit", add);
  byId("find").addEventListener("input", find);
  byId("find").addEventListener("submit", (event) => event.preventDefault());
  byId("more").addEventListener("click", () => load({ more: true }));
  const session = await get("/session");
  if (!session.name || session.second_factor_due) return location.assign("/sign-in?back=/accounts.html");
  byId("me").textContent = session.name;
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
  const { name, grants, created_at: created } = account;
  const buttons = [account.is_disabled ? "enable" : "disable", ...(account.kind === "person" ? ["reset"] : [])];
  const actions = buttons.map((what) =>
    element("button", { type: "button", text: t(`accounts.${what}`), onclick: () => change(name, what) }),
  );
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

function stateOf({ is_disabled, is_active, kind }) {
  if (is_disabled) return "disabled";
  if (kind === "system") return "system";
  return is_active ? "active" : "waiting";
}

begin();
