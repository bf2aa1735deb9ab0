// Registers of impact assessments and of breaches: read them; administrators add rows and correct them.

import { element } from "../shared/element.mjs";
import { instant } from "../shared/formats.mjs";
import { t } from "../shared/i18n.mjs";
import { clear, show } from "../shared/problems.mjs";
import { get, post, putJson } from "../shared/requests.mjs";

// Fields in the order of the form, and how each is asked for.
const KINDS = {
  assessments: {
    title: "text", assessed_on: "date", processing: "area", purpose: "area", ground: "area", risks: "area",
    measures: "area", conclusion: "area",
  },
  breaches: {
    title: "text", found_at: "datetime-local", categories: "area", causes: "area", harm: "area", measures: "area",
    notified: "area", notified_at: "datetime-local",
  },
};
const OPTIONAL = ["notified", "notified_at"];
const PAGE = 50;
const CITY_OFFSET = "+08:00";
const state = {};

/** Read both registers; `place` gives the section of each, `writes` says whether there are forms. */
export async function startRecords(writes, place) {
  for (const kind of Object.keys(KINDS)) {
    state[kind] = { kind, writes, place: place(kind), rows: [], next: null, edited: undefined };
    await read(state[kind]);
  }
}

export function drawRecords() {
  for (const kind of Object.keys(KINDS)) draw(state[kind]);
}

async function read(part, { more = false } = {}) {
  const found = await get(`/register/${part.kind}`, { limit: PAGE, before: more ? part.next : null });
  part.rows = more ? [...part.rows, ...found[part.kind]] : found[part.kind];
  part.next = found.next;
}

function draw(part) {
  const word = (key) => t(`register.${part.kind}${key}`);
  const head = element(
    "div",
    { class: "section-head" },
    element("h2", { text: word("") }),
    element("p", { class: "quiet-text", text: word(".hint") }),
  );
  if (part.writes && part.edited === undefined) {
    const add = () => edit(part, null);
    head.append(element("button", { type: "button", class: "primary", text: word(".add"), onclick: add }));
  }
  const rows = part.rows.map((row) => card(part, row));
  const empty = element("p", { class: "quiet-text", text: word(".empty") });
  const more = element("button", { type: "button", text: t("accounts.more"), onclick: () => goOn(part) });
  part.place.replaceChildren(
    head,
    ...(part.edited === undefined ? [] : [form(part)]),
    ...(rows.length ? rows : [empty]),
    ...(part.next === null ? [] : [more]),
  );
}

async function goOn(part) {
  await read(part, { more: true });
  draw(part);
}

function card(part, row) {
  const fields = Object.entries(KINDS[part.kind]).filter(([name]) => name !== "title" && row[name]);
  const told = fields.flatMap(([name, type]) => [
    element("dt", { text: t(`register.${part.kind}.${name}`) }),
    element("dd", { text: type === "datetime-local" ? instant(row[name]) : row[name] }),
  ]);
  const stamp = row.corrected_at ? "register.corrected" : "register.recorded";
  const correct = element("button", { type: "button", text: t("register.correct"), onclick: () => edit(part, row) });
  return element(
    "article",
    { class: "record", "data-record": row.id },
    element("header", {}, element("h3", { text: row.title }), part.writes ? correct : null),
    element("dl", {}, ...told),
    element("p", { class: "quiet-text", text: t(stamp, { at: instant(row.corrected_at ?? row.recorded_at) }) }),
  );
}

function edit(part, row) {
  part.edited = row;
  draw(part);
  part.place.querySelector("form input").focus();
}

function form(part) {
  const fault = element("div", { class: "fault", role: "alert", hidden: true });
  const leave = () => close(part);
  const made = element(
    "form",
    { class: "record", novalidate: true },
    ...Object.entries(KINDS[part.kind]).map(([name, type]) => field(part, name, type)),
    fault,
    element(
      "footer",
      {},
      element("button", { type: "submit", class: "primary", text: t("register.save") }),
      element("button", { type: "button", class: "quiet", text: t("register.cancel"), onclick: leave }),
    ),
  );
  made.addEventListener("submit", (event) => send(event, part, fault));
  return made;
}

function field(part, name, type) {
  const value = type === "datetime-local" ? local(part.edited?.[name]) : (part.edited?.[name] ?? "");
  const common = { name, required: !OPTIONAL.includes(name) };
  const input =
    type === "area"
      ? element("textarea", { ...common, rows: 2, maxlength: 4000 })
      : element("input", { ...common, type, maxlength: type === "text" ? 200 : null });
  input.value = value;
  return element("label", { class: "field" }, element("span", { text: t(`register.${part.kind}.${name}`) }), input);
}

async function send(event, part, fault) {
  event.preventDefault();
  clear(fault);
  const fields = [...event.target.querySelectorAll("[name]")];
  const missing = fields.find((input) => input.required && !input.value.trim());
  if (missing) return missing.focus();
  const said = Object.fromEntries(fields.map((input) => [input.name, valueOf(input)]));
  const button = event.target.querySelector("[type=submit]");
  button.disabled = true;
  try {
    await (part.edited ? putJson(`/register/${part.kind}/${part.edited.id}`, said) : post(`/register/${part.kind}`, said));
    await read(part);
    close(part);
  } catch (error) {
    show(fault, error);
    button.disabled = false;
  }
}

function close(part) {
  part.edited = undefined;
  draw(part);
}

/** Instants are typed and shown in the city's time, wherever the browser is. */
function valueOf(input) {
  if (input.type !== "datetime-local") return input.value;
  return input.value ? `${input.value}:00${CITY_OFFSET}` : null;
}

function local(at) {
  return at ? instant(at).replace(" ", "T") : "";
}
