// Sign in, set a first password, set up a second factor; then go back to where the reader came from.

import { start as startAppearance, wire } from "../shared/appearance.mjs";
import { isKnown, onLanguage, pick, t } from "../shared/i18n.mjs";
import { clear, show } from "../shared/problems.mjs";
import { ask, get, post, remove } from "../shared/requests.mjs";
import { roleLine } from "./roles.mjs";

const ROSTER_ROLES = ["level2", "leader", "planner", "dispatcher", "administrator"];
const byId = (id) => document.getElementById(id);
const PARTS = ["sign-in", "activate", "second-factor", "owed-code", "signed-in"];
// How a sign-in at the identity provider ended, as the way back says it.
let told = new URLSearchParams(location.search).get("oidc");
let provider = null;
let present = null;
let sealed = null;

async function begin() {
  await startAppearance();
  wire(byId("theme"), byId("language"));
  for (const button of document.querySelectorAll("[data-show]"))
    button.addEventListener("click", () => open(button.dataset.show));
  byId("sign-in").addEventListener("submit", (event) => send(event, signIn));
  byId("activate").addEventListener("submit", (event) => send(event, activate));
  byId("second-factor").addEventListener("submit", (event) => send(event, confirm));
  byId("password").addEventListener("submit", (event) => send(event, changePassword));
  byId("owed-code").addEventListener("submit", (event) => send(event, sendOwedCode));
  byId("link").addEventListener("submit", (event) => send(event, link));
  byId("sign-out").addEventListener("click", signOut);
  onLanguage(() => {
    nameProvider();
    if (present?.name) describe();
  });
  const session = await get("/session");
  provider = session.identity_provider;
  nameProvider();
  await arrive(session, { stay: true });
  document.documentElement.dataset.ready = "sign-in";
}

function open(name) {
  for (const part of PARTS) byId(part).hidden = part !== name;
  byId(name).querySelector("input")?.focus();
}

/** Send a form once; what is refused is told beside its button. */
async function send(event, act) {
  event.preventDefault();
  const form = event.target;
  const alert = form.querySelector("[role=alert]");
  const button = form.querySelector("[type=submit]");
  clear(alert);
  byId("activated").hidden = true;
  say(null);
  const missing = [...form.querySelectorAll("input[required]")].find((input) => !input.value);
  if (missing) return missing.focus();
  button.disabled = true;
  try {
    await act(Object.fromEntries(new FormData(form)));
  } catch (error) {
    show(alert, error);
  } finally {
    button.disabled = false;
  }
}

/** Name the identity provider where it is offered, and say how a sign-in there ended. */
function nameProvider() {
  const name = pick(provider);
  const ways = byId("by-provider");
  ways.hidden = !provider;
  ways.textContent = t("account.by_provider", { name });
  ways.href = `/session/oidc?back=${encodeURIComponent(back())}`;
  byId("link-title").textContent = t("account.link.title", { name });
  byId("linked").textContent = t("account.linked", { name });
  const key = `account.oidc.${told}`;
  const place = byId("from-provider");
  place.hidden = !provider || !isKnown(key);
  place.className = told === "linked" ? "done" : "fault";
  if (!place.hidden) place.textContent = t(key, { name });
}

function say(reason) {
  told = reason;
  nameProvider();
}

async function signIn({ name, password, code }) {
  try {
    await arrive(await post("/session", { name, password, ...(code ? { code } : {}) }));
  } catch (error) {
    if (error.reason !== "code") throw error;
    byId("code-row").hidden = false;
    byId("code-row").querySelector("input").focus();
  }
}

async function sendOwedCode({ code }) {
  try {
    await arrive(await post("/session/oidc/code", { code }));
  } catch (error) {
    if (error.reason !== "refused") throw error;
    say("refused");
    open("sign-in");
  }
}

async function link({ password, code }) {
  try {
    const { address } = await post("/session/oidc/link", { password, ...(code ? { code } : {}) });
    location.assign(address);
  } catch (error) {
    if (error.reason === "unreachable") return say("unreachable");
    if (error.reason !== "code") throw error;
    byId("link-code").hidden = false;
    byId("link-code").querySelector("input").focus();
  }
}

async function activate({ code, password }) {
  const answer = await ask("/session/activation", {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify({ code, password }),
  });
  byId("activate").reset();
  open("sign-in");
  // The header is ASCII: other letters come as &#…; of XML.
  const name = answer.headers.get("X-Account").replace(/&#(\d+);/g, (_, letter) => String.fromCodePoint(letter));
  const { elements } = byId("sign-in");
  elements.name.value = name;
  elements.password.focus();
  byId("activated").hidden = false;
}

async function confirm({ code }) {
  await post("/session/second-factor", { sealed, code });
  await arrive(await get("/session"));
}

async function changePassword({ present: old, wanted }) {
  present = await post("/session/password", { present: old, wanted });
  byId("password").reset();
  byId("password").querySelector(".done").hidden = false;
}

async function signOut() {
  await remove("/session");
  say(null);
  byId("sign-in").reset();
  byId("code-row").hidden = true;
  present = null;
  open("sign-in");
}

/** Show what comes next for who has signed in; with `stay` nobody is sent away from this page. */
async function arrive(session, { stay = false } = {}) {
  present = session;
  if (!session.name) return open(told === "code" ? "owed-code" : "sign-in");
  if (session.second_factor_due) return begin_second_factor();
  if (!stay || (back() !== "/" && !told)) return location.assign(back());
  describe();
  open("signed-in");
  return provider && describeIdentity();
}

async function begin_second_factor() {
  const found = await get("/session/second-factor");
  sealed = found.sealed;
  byId("qr").src = `data:image/svg+xml;utf8,${encodeURIComponent(found.qr_svg)}`;
  byId("secret").textContent = new URL(found.address).searchParams.get("secret");
  open("second-factor");
}

function describe() {
  byId("who").textContent = present.name;
  byId("roles").replaceChildren(...present.grants.map(roleLine));
  const has = (...roles) => present.grants.some(({ role }) => roles.includes(role));
  byId("to-roster").hidden = !has(...ROSTER_ROLES);
  byId("to-accounts").hidden = !has("administrator");
  byId("to-audit").hidden = !has("auditor");
  byId("to-register").hidden = !has("administrator", "auditor");
  if (!present.grants.length) byId("roles").textContent = t("account.no_roles");
}

/** Say whether the identity provider signs this account in; where not, offer to link it. */
async function describeIdentity() {
  const { subject } = await get("/session/identity");
  byId("linking").hidden = subject !== null;
  byId("linked").hidden = subject === null;
}

/** Where the reader came from: a path of this host, else the one screen. */
function back() {
  const wanted = new URLSearchParams(location.search).get("back") ?? "/";
  try {
    const { origin, pathname, search, hash } = new URL(wanted, location.origin);
    return origin === location.origin && !pathname.startsWith("/sign-in") ? `${pathname}${search}${hash}` : "/";
  } catch {
    return "/";
  }
}

begin();
