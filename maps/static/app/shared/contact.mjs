// How a reporter wants to be reached: the fields, the notice, and the tick without which nothing of it is sent.

import { element } from "./element.mjs";
import { t } from "./i18n.mjs";

// The version of the notice in the words `contact.notice`; another text is another version.
const CONSENT = "1";

/**
 * Return {root, read, state, fill, isEmpty} of the fields; words follow the language through data-i18n. The words of
 * what is missing begin with `words`: what else can be done differs from page to page.
 */
export function contactFields(words = "contact.missing") {
  const fields = {
    name: box("name", { maxlength: 40 }),
    telephone: box("telephone", { type: "tel", maxlength: 25, inputmode: "tel" }),
    email: box("email", { type: "email", maxlength: 254, inputmode: "email" }),
  };
  const callBack = element("input", { type: "checkbox" });
  const consent = element("input", { type: "checkbox" });
  let consentedAt = null;
  consent.addEventListener("input", () => (consentedAt = consent.checked ? new Date().toISOString() : null));
  const root = element(
    "div",
    { class: "contact-fields" },
    ...Object.entries(fields).map(([name, input]) => labelled(`contact.${name}`, input)),
    tick("contact.call_back", callBack),
    said("p", "contact.notice", { class: "notice" }),
    tick("contact.consent", consent),
  );

  const written = (name) => fields[name].value.trim();
  const isEmpty = () => Object.keys(fields).every((name) => !written(name));

  /** {contact, missing}: what is sent, or null, and the words of what keeps it from being sent. */
  function read() {
    if (isEmpty()) return { contact: null, missing: [] };
    const missing = [];
    if (!written("telephone") && !written("email")) missing.push(t(`${words}.way`));
    if (!consentedAt) missing.push(t(`${words}.consent`));
    if (missing.length > 0) return { contact: null, missing };
    const contact = { name: written("name"), call_back: callBack.checked, consent: CONSENT, consented_at: consentedAt };
    for (const name of ["telephone", "email"]) if (written(name)) contact[name] = written(name);
    return { contact, missing };
  }

  /** What stands in the fields, to be filled in again by `fill`. */
  function state() {
    if (isEmpty()) return null;
    const values = Object.fromEntries(Object.keys(fields).map((name) => [name, written(name)]));
    return { ...values, call_back: callBack.checked, consented_at: consentedAt };
  }

  function fill(saved) {
    for (const [name, input] of Object.entries(fields)) input.value = saved?.[name] ?? "";
    callBack.checked = saved?.call_back ?? false;
    consentedAt = saved?.consented_at ?? null;
    consent.checked = consentedAt !== null;
  }

  return { root, read, state, fill, isEmpty };
}

/** A masked or clear contact as a list of what was given. */
export function contactList({ call_back: callBack, ...given }) {
  const written = Object.entries(given).filter(([, value]) => value);
  const rows = written.flatMap(([name, text]) => [said("dt", `contact.${name}`), element("dd", { text })]);
  const wish = said("dd", callBack ? "contact.yes" : "contact.no");
  return element("dl", {}, ...rows, said("dt", "contact.wish"), wish);
}

function box(name, properties) {
  return element("input", { type: "text", autocomplete: "off", id: `contact-${name}`, ...properties });
}

function labelled(word, input) {
  return element("label", { class: "field" }, said("span", word), input);
}

function tick(word, input) {
  return element("label", { class: "tick" }, input, said("span", word));
}

function said(name, word, properties = {}) {
  return element(name, { "data-i18n": word, text: t(word), ...properties });
}
