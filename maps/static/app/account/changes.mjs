// The changes of an account: each asks what it needs, then does it; `done` is told what is to be said once.

import { ask, askSure, choice, field } from "../shared/dialog.mjs";
import { element } from "../shared/element.mjs";
import { date } from "../shared/formats.mjs";
import { pick, t } from "../shared/i18n.mjs";
import { get, post, putJson, remove } from "../shared/requests.mjs";
import { roleText } from "./roles.mjs";

const ROLES = [
  "worker", "level2", "leader", "window", "handler", "clerk", "planner", "dispatcher", "auditor", "administrator",
];
const NONE = "";

const roles = () => ROLES.map((role) => [role, t(`role.${role}`)]);
const area = (more) => field("area", t("accounts.area"), { placeholder: "210304015000", ...more });
const accountPath = (name, what) => `/accounts/${encodeURIComponent(name)}/${what}`;
const identityPath = (name) => `/identities/${encodeURIComponent(name)}`;

export function add(done) {
  const content = [
    choice("kind", t("accounts.kind"), ["person", "system"].map((kind) => [kind, t(`accounts.kind.${kind}`)])),
    field("name", t("accounts.name"), { required: true }),
    field("telephone", t("accounts.telephone"), { type: "tel", inputmode: "tel", maxlength: 20 }),
    choice("role", t("accounts.role"), [[NONE, t("accounts.role.none")], ...roles()]),
    area(),
  ];
  const onAct = async ({ role, area: code, ...values }) => {
    const grants = role || code ? [{ role: role ?? "", area: code ?? "" }] : [];
    const made = await post("/accounts", { ...values, grants });
    const key = made.activation_code ? "accounts.added" : "accounts.added.system";
    done(key, { name: made.name, date: made.activation_ends_on }, made.activation_code);
  };
  ask({ title: t("accounts.add"), content, button: t("accounts.add"), onAct });
}

export function give({ name }, done) {
  const content = [choice("role", t("accounts.role"), roles()), area({ required: true }), field("last_on", t("accounts.last_on"), { type: "date" })];
  const onAct = async (grant) => {
    await post(accountPath(name, "give"), grant);
    done("accounts.given", { name, grant: roleText(grant) });
  };
  ask({ title: t("accounts.give.title", { name }), content, button: t("accounts.give"), onAct });
}

export function take({ name }, { role, area: code }, done) {
  const grant = roleText({ role, area: code });
  askSure(t("accounts.take.sure", { name, grant }), t("accounts.take"), async () => {
    await post(accountPath(name, "take"), { role, area: code });
    done("accounts.taken", { name, grant });
  });
}

/** Disable, enable or reset an account. */
export async function turn({ name }, what, done) {
  const act = async () => {
    const made = await post(accountPath(name, what));
    done(`accounts.done.${what}`, { name, date: made?.activation_ends_on }, made?.activation_code);
  };
  if (what === "enable") await act();
  else askSure(t(`accounts.${what}.sure`, { name }), t(`accounts.${what}`), act);
}

export function link({ name }, provider, done) {
  const label = t("accounts.link.subject", { name, provider: pick(provider) });
  const content = [field("subject", label, { required: true, max: 255, spellcheck: "false" })];
  const onAct = async (values) => {
    await putJson(identityPath(name), values);
    done("accounts.linked", { name });
  };
  ask({ title: t("accounts.link"), content, button: t("accounts.link"), onAct });
}

export function unlink({ name }, done) {
  askSure(t("accounts.unlink.sure", { name }), t("accounts.unlink"), async () => {
    await remove(identityPath(name));
    done("accounts.unlinked", { name });
  });
}

/** Show the keys of a system that hold, each with a way to end it, and ask for one more. */
export async function keys({ name }, done) {
  const { keys: held } = await get(accountPath(name, "keys"));
  const list = element("ul", { class: "keys" }, ...held.map((key) => element("li", {}, ...keyLine(name, key, done))));
  const content = [
    held.length ? list : element("p", { text: t("accounts.keys.none") }),
    field("days", t("accounts.keys.days"), { type: "number", min: 1, max: 730, value: 365, required: true }),
    field("per_minute", t("accounts.keys.per_minute"), { type: "number", min: 1, max: 100000, value: 600, required: true }),
  ];
  const onAct = async ({ days, per_minute: perMinute }) => {
    const made = await post(accountPath(name, "keys"), { days: Number(days), per_minute: Number(perMinute) });
    done("accounts.keys.made", { name, date: date(made.expires_at) }, made.key);
  };
  ask({ title: t("accounts.keys.title", { name }), content, button: t("accounts.keys.make"), onAct });
}

function keyLine(name, { id, created_at: from, expires_at: until, per_minute: rate }, done) {
  const values = { number: id, from: date(from), until: date(until), rate };
  const said = { number: id, name };
  const end = async () => {
    await remove(accountPath(name, `keys/${id}`));
    done("accounts.keys.ended", said);
  };
  const onclick = () => askSure(t("accounts.keys.end.sure", said), t("accounts.keys.end"), end);
  return [t("accounts.keys.line", values), element("button", { type: "button", text: t("accounts.keys.end"), onclick })];
}
