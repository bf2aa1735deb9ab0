// Accounts, for administrators: list, find, add, and change one.

import { start as startAppearance, wire } from "../shared/appearance.mjs";
import { startDialog } from "../shared/dialog.mjs";
import { element } from "../shared/element.mjs";
import { instant } from "../shared/formats.mjs";
import { onLanguage, t } from "../shared/i18n.mjs";
import { clear, show } from "../shared/problems.mjs";
import { get } from "../shared/requests.mjs";
import { add, give, keys, link, take, turn, unlink } from "./changes.mjs";
import { roleText } from "./roles.mjs";

const byId = (id) => document.getElementById(id);
const PAGE = 50;
const state = { accounts: [], next: null, name: "", provider: null, told: null };

async function begin() {
  await startAppearance();
  wire(byId("theme"), byId("language"));
  onLanguage(draw);
  startDialog();
  byId("add").addEventListener("click", () => attempt(() => add(done)));
  byId("find").addEventListener("input", find);
  byId("find").addEventListener("submit", (event) => event.preventDefault());
  byId("more").addEventListener("click", () => attempt(() => load({ more: true })));
  const session = await get("/session");
  if (!session.name || session.second_factor_due) {
    const { pathname, search, hash } = location;
    return location.assign(`/sign-in?back=${encodeURIComponent(`${pathname}${search}${hash}`)}`);
  }
  state.name = new URLSearchParams(location.search).get("name") ?? "";
  byId("find").elements.name.value = state.name;
  byId("me").textContent = session.name;
  state.provider = session.identity_provider;
  await attempt(load);
  document.documentElement.dataset.ready = "accounts";
}

async function load({ more = false } = {}) {
  const found = await get("/accounts", { name: state.name, after: more ? state.next : "", limit: PAGE });
  state.accounts = more ? [...state.accounts, ...found.accounts] : found.accounts;
  state.next = found.next;
  draw();
}

let typing = 0;
function find() {
  clearTimeout(typing);
  typing = setTimeout(() => {
    state.name = byId("find").elements.name.value.trim();
    attempt(load);
  }, 200);
}

/** Do something; say what went wrong where it does. */
async function attempt(act) {
  clear(byId("fault"));
  try {
    await act();
  } catch (error) {
    show(byId("fault"), error);
  }
}

/** Say that something was done; a code or a key is told once, here: it is stored nowhere as it is. */
function done(key, values, secret = null) {
  state.told = { key, values, secret };
  attempt(load);
}

function drawTold() {
  byId("told").hidden = state.told === null;
  if (state.told === null) return;
  const { key, values, secret } = state.told;
  const code = secret ? [element("code", { text: secret })] : [];
  byId("told").replaceChildren(element("p", { text: t(key, values) }), ...code);
}

function draw() {
  drawTold();
  byId("more").hidden = state.next === null;
  const rows = state.accounts.map(row);
  const empty = element("tr", {}, element("td", { colspan: 5, text: t("accounts.empty") }));
  byId("rows").replaceChildren(...(rows.length ? rows : [empty]));
}

function row(account) {
  const { name, grants, created_at: created } = account;
  return element(
    "tr",
    { "data-account": name },
    element("th", { scope: "row", text: name }),
    element("td", {}, element("ul", { class: "roles" }, ...grants.map((grant) => roleItem(account, grant)))),
    element("td", { text: t(`accounts.state.${stateOf(account)}`) }),
    element("td", { text: instant(created) }),
    element("td", {}, element("div", { class: "row-actions" }, ...actions(account))),
  );
}

/** A role with a way to take it; one that comes of a post ends with the post. */
function roleItem(account, grant) {
  const text = [roleText(grant), grant.last_on && t("accounts.until", { on: grant.last_on })].filter(Boolean).join(" ");
  const post = { href: "/roster#tab=holders", class: "mark", text: t("accounts.by_post") };
  const label = t("accounts.take.label", { name: account.name, grant: text });
  const onclick = () => attempt(() => take(account, grant, done));
  const taking = { type: "button", class: "quiet", text: t("accounts.take"), "aria-label": label, onclick };
  return element("li", {}, `${text} `, grant.by_post ? element("a", post) : element("button", taking));
}

function actions(account) {
  const { kind, is_disabled: disabled, is_linked: linked } = account;
  const button = (what, act) =>
    element("button", { type: "button", text: t(`accounts.${what}`), onclick: () => attempt(() => act()) });
  const turning = (what) => button(what, () => turn(account, what, done));
  const ofKind = kind === "system" ? [button("keys", () => keys(account, done))] : [turning("reset"), identity()];
  return [button("give", () => give(account, done)), ...ofKind, turning(disabled ? "enable" : "disable")].filter(Boolean);

  function identity() {
    if (linked) return button("unlink", () => unlink(account, done));
    return state.provider ? button("link", () => link(account, state.provider, done)) : null;
  }
}

function stateOf({ is_disabled: disabled, is_active: active, kind }) {
  if (disabled) return "disabled";
  if (kind === "system") return "system";
  return active ? "active" : "waiting";
}

begin();
