// A reporter without an account sees the own report, who looked at the contact, and decides about the data.

import { start as startAppearance, wire } from "../shared/appearance.mjs";
import { contactFields, contactList } from "../shared/contact.mjs";
import { drawing, element } from "../shared/element.mjs";
import { instant } from "../shared/formats.mjs";
import { apply, onLanguage, pick, t } from "../shared/i18n.mjs";
import { clear, show } from "../shared/problems.mjs";
import * as own from "./own.mjs";

const byId = (id) => document.getElementById(id);
const DONE = "M5 12.5l4.5 4.5L19 7.5";
const MISSING = "follow.contact.missing";
const fields = contactFields(MISSING);
const replaces = element("p", { class: "quiet-text", "data-i18n": "follow.contact.replaces" });
let report = null;
let shownPhotos = [];

async function begin() {
  await startAppearance();
  wire(byId("theme"), byId("language"));
  fillForm();
  onLanguage(() => report && draw());
  // Another link in the same window is another report.
  addEventListener("hashchange", load);
  await load();
  document.documentElement.dataset.ready = "follow";
}

async function load() {
  report = null;
  if (!own.hasSecret()) return ended("follow.missing", "follow.missing.next");
  await refresh();
}

async function refresh() {
  try {
    report = await own.report();
  } catch (error) {
    return error.status === 404 ? ended("follow.missing", "follow.missing.next") : failed(error);
  }
  clear(byId("fault"));
  byId("state").hidden = true;
  byId("report").hidden = false;
  draw();
  await drawPhotos();
}

/** Nothing more can be done with this link: say so, and what next. */
function ended(title, next) {
  report = null;
  byId("report").hidden = true;
  byId("state").hidden = false;
  byId("state").replaceChildren(line("h2", title), line("p", next));
}

function failed(error) {
  byId("report").hidden = true;
  byId("state").hidden = false;
  const again = element("button", { type: "button", "data-i18n": "shared.retry", text: t("shared.retry"), onclick: refresh });
  byId("state").replaceChildren(line("h2", "follow.failed"), element("div", { class: "actions" }, again));
  show(byId("fault"), error);
}

function draw() {
  const { decision } = report;
  const title = element("h2", { id: "received-title" }, drawing(DONE, { width: 24, height: 24 }), t("follow.received"));
  const facts = [
    [t("follow.at"), instant(report.received_at)],
    [t("follow.grid"), decision.grid ? `${decision.name} (${decision.grid})` : t("follow.outside")],
  ];
  byId("received").replaceChildren(
    title,
    list(facts),
    element("p", { class: "quiet-text", text: pick(decision.explanation) }),
  );
  const said = [
    [t("shared.category"), t(`shared.category.${report.category}`)],
    [t("follow.captured"), instant(report.captured_at)],
  ];
  const words = element("p", { class: "words", text: report.text || t("follow.no_text") });
  byId("own").replaceChildren(list(said), words);
  drawContact();
  drawLooks();
  byId("data").replaceChildren(
    actions(["follow.export", download, "primary"], ["follow.erase", () => sure(byId("data"), "follow.erase.sure", "follow.erase.yes", erase)]),
  );
}

function drawContact() {
  byId("contact-form").hidden = true;
  byId("contact").hidden = false;
  const { contact } = report;
  if (!contact) {
    byId("contact").replaceChildren(line("p", "follow.contact.none"), actions(["follow.contact.add", edit]));
    return;
  }
  const askFirst = () => sure(byId("contact"), "follow.contact.sure", "follow.contact.withdraw", withdraw);
  byId("contact").replaceChildren(
    contactList(contact),
    actions(["follow.contact.correct", edit], ["follow.contact.withdraw", askFirst]),
  );
}

function drawLooks() {
  const looks = report.looks.map(({ at, role, reason }) => {
    const roles = role.split(", ").filter(Boolean).map((each) => t(`role.${each}`));
    const head = element("time", { datetime: at, text: `${instant(at)} · ${roles.join(", ")}` });
    return element("li", {}, head, element("span", { text: reason ?? t("follow.look.erased") }));
  });
  byId("looks").replaceChildren(...(looks.length > 0 ? looks : [line("li", "follow.looks.none")]));
}

async function drawPhotos() {
  for (const address of shownPhotos) URL.revokeObjectURL(address);
  shownPhotos = await Promise.all(report.photos.map((sha256) => own.photo(sha256).catch(() => null)));
  shownPhotos = shownPhotos.filter(Boolean);
  const alt = { alt: t("follow.photo"), "data-i18n-attr": "alt:follow.photo" };
  byId("photos").replaceChildren(...shownPhotos.map((src) => element("img", { src, ...alt })));
}

function fillForm() {
  const save = element("button", { type: "submit", class: "primary", "data-i18n": "follow.contact.save", text: t("follow.contact.save") });
  const row = element("div", { class: "actions" }, save, button("follow.cancel", drawContact));
  byId("contact-form").append(replaces, fields.root, row);
  apply(byId("contact-form"));
  byId("contact-form").addEventListener("submit", correct);
}

function edit() {
  // What stands there is known masked alone; only the wish is known as it is.
  fields.fill({ call_back: report.contact?.call_back });
  replaces.hidden = !report.contact;
  byId("contact").hidden = true;
  byId("contact-form").hidden = false;
  byId("contact-form").querySelector("input").focus();
}

async function correct(event) {
  event.preventDefault();
  const { contact, missing } = fields.read();
  if (!contact) return tell(missing.length > 0 ? missing.join(" ") : t(`${MISSING}.way`));
  await act(() => own.correct(contact), "follow.contact.saved");
}

function withdraw() {
  return act(own.withdraw, "follow.contact.withdrawn");
}

async function download() {
  const found = await act(own.exported, "follow.exported", { stay: true });
  if (!found) return;
  const href = URL.createObjectURL(found.blob);
  element("a", { href, download: found.name }).click();
  setTimeout(() => URL.revokeObjectURL(href), 1_000);
}

async function erase() {
  const done = await act(async () => (await own.erase()) ?? true, null, { stay: true });
  if (done) ended("follow.erased", "follow.erased.next");
}

/** Do something, say that it is done or what went wrong, and draw what is so now; null when it went wrong. */
async function act(work, done, { stay = false } = {}) {
  clear(byId("fault"));
  byId("said").hidden = true;
  try {
    const found = await work();
    if (!stay) await refresh();
    if (done) Object.assign(byId("said"), { textContent: t(done), hidden: false });
    return found;
  } catch (error) {
    show(byId("fault"), error);
    byId("fault").scrollIntoView({ block: "nearest" });
    return null;
  }
}

function tell(text) {
  byId("fault").textContent = text;
  byId("fault").hidden = false;
  byId("fault").scrollIntoView({ block: "nearest" });
}

/** Ask once more below the buttons before something that cannot be undone. */
function sure(place, question, yes, work) {
  place.querySelector(".sure")?.remove();
  const no = button("follow.cancel", () => box.remove());
  const box = element("div", { class: "sure", role: "alert" }, line("p", question));
  box.append(element("div", { class: "actions" }, button(yes, work), no));
  place.append(box);
  no.focus();
}

function actions(...wanted) {
  return element("div", { class: "actions" }, ...wanted.map(([word, work, kind]) => button(word, work, kind)));
}

function button(word, onclick, kind = null) {
  return element("button", { type: "button", class: kind, "data-i18n": word, text: t(word), onclick });
}

function line(name, word) {
  return element(name, { "data-i18n": word, text: t(word) });
}

function list(rows) {
  const cells = rows.flatMap(([name, value]) => [element("dt", { text: name }), element("dd", { text: value })]);
  return element("dl", {}, ...cells);
}

begin();
