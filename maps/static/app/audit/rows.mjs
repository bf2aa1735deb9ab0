// One row of the audit log, in words.

import { count, moment } from "../shared/formats.mjs";
import { isKnown, language, t } from "../shared/i18n.mjs";
import { element } from "../shared/element.mjs";

const HASH_SHOWN = 12;
// Numbers that name something, and count nothing.
const NUMBERS = new Set(["account", "before", "from_account", "holder", "number"]);
const HASH = /^[0-9a-f]{64}$/;

/** What an action is called, else its own name. */
export function actionText(action) {
  return known(`audit.action.${action}`, action);
}

/** A noun as groups of actions and subjects call it. */
export function nounText(noun) {
  return known(`audit.noun.${noun}`, noun);
}

/** A table row; `narrow(name, value, text)` is called for what is chosen to be looked at alone. */
export function rowElement(row, narrow) {
  const choose = (name, value, text) =>
    element("button", { type: "button", text, title: t("audit.narrow", { what: text }), onclick: () => narrow(name, value) });
  return element(
    "tr",
    { "data-position": row.position },
    element("th", { scope: "row", class: "figure", text: count(row.position) }),
    element("td", {}, element("time", { datetime: row.at, text: moment(row.at) })),
    whoCell(row, choose),
    element("td", {}, choose("action", row.action, actionText(row.action))),
    element("td", {}, choose("subject", row.subject, subjectText(row.subject))),
    element("td", {}, values(row)),
    element("td", { text: row.reason }),
  );
}

function whoCell({ actor_id: id, actor_name: name, role, address, is_erased: erased }, choose) {
  const under = [roleText(role), address].filter(Boolean).join(" · ");
  const small = under ? element("span", { class: "quiet-text", text: under }) : null;
  if (name) return element("td", {}, choose("who", name, name), small);
  const text = erased ? t("audit.erased") : t("audit.nobody");
  return element("td", { text: id === null ? text : `${t("audit.noun.account")} ${id} · ${text}` }, small);
}

/** Roles with a comma between, each in words. */
function roleText(role) {
  const words = (role ?? "").split(", ").filter(Boolean);
  return words.map((one) => known(`audit.role.${one}`, known(`role.${one}`, one))).join(listMark());
}

function subjectText(subject) {
  const [noun, ...rest] = subject.split(":");
  const number = rest.join(":");
  return number === "all" ? nounText(noun) : `${nounText(noun)} ${short(number)}`;
}

/** The values that may be read; where one was another before, both. */
function values({ before, after }) {
  const names = [...new Set([...Object.keys(before), ...Object.keys(after)])];
  const line = (name) => {
    const parts = [before, after].filter((side) => name in side).map((side) => valueText(name, side[name]));
    const whole = [before[name], after[name]].find((value) => HASH.test(value));
    return element(
      "div",
      {},
      element("dt", { text: known(`audit.value.${name}`, name) }),
      element("dd", { text: parts.join(" → "), title: whole }),
    );
  };
  return names.length ? element("dl", { class: "values" }, ...names.map(line)) : null;
}

function valueText(name, value) {
  if (typeof value === "number") return NUMBERS.has(name) ? String(value) : count(value);
  if (Array.isArray(value)) return value.map((one) => valueText(name, one)).join(listMark()) || "—";
  if (value !== null && typeof value === "object")
    return Object.entries(value).map(([key, one]) => `${known(`audit.${key}`, key)} ${one}`).join(listMark()) || "—";
  if (name === "role") return roleText(value);
  if (name === "roles") return value.replace(/^(\w+) in (\w+)$/, (_, role, area) => `${roleText(role)} · ${area}`);
  if (name === "category" || name === "channel") return known(`shared.${name}.${value}`, value);
  if (name.endsWith("_at") || name === "as_of") return moment(value);
  return value === null || value === "" ? "—" : short(String(value));
}

/** A hash by its beginning; the whole of it is in the title. */
function short(text) {
  return HASH.test(text) ? `${text.slice(0, HASH_SHOWN)}…` : text;
}

function listMark() {
  return language() === "zh" ? "、" : ", ";
}

function known(key, otherwise) {
  return isKnown(key) ? t(key) : otherwise;
}
