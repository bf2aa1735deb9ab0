// Words of the page. Flat keys from /static/i18n/{zh,en}.json; an unknown key shows itself, so that it is seen.

export const LANGUAGES = ["zh", "en"];

let words = {};
let current = "zh";
const listeners = new Set();

export function language() {
  return current;
}

export function isKnown(key) {
  return key in words;
}

/** All keys that begin with `start`, sorted. */
export function keys(start) {
  return Object.keys(words).filter((key) => key.startsWith(start)).sort();
}

/** The text of `key`, `{name}` replaced from `values`. */
export function t(key, values = {}) {
  const text = words[key] ?? key;
  return text.replace(/\{(\w+)\}/g, (whole, name) => (name in values ? String(values[name]) : whole));
}

/** One of {zh, en} as the API sends names and explanations. */
export function pick(both) {
  return both?.[current] ?? both?.zh ?? both?.en ?? "";
}

/** Fill every element with data-i18n (text) or data-i18n-attr="name:key; name:key" (attributes) under `root`. */
export function apply(root = document) {
  for (const element of root.querySelectorAll("[data-i18n]")) element.textContent = t(element.dataset.i18n);
  for (const element of root.querySelectorAll("[data-i18n-attr]")) {
    for (const pair of element.dataset.i18nAttr.split(";")) {
      const [name, key] = pair.split(":").map((part) => part.trim());
      if (name && key) element.setAttribute(name, t(key));
    }
  }
}

/** Call `listener` after each change of language; it draws again what it wrote by itself. */
export function onLanguage(listener) {
  listeners.add(listener);
}

/** Load the words of a language, fill the page, tell the listeners. */
export async function use(name) {
  const wanted = LANGUAGES.includes(name) ? name : "zh";
  const answer = await fetch(`/static/i18n/${wanted}.json`);
  words = await answer.json();
  current = wanted;
  document.documentElement.lang = wanted === "zh" ? "zh-CN" : "en";
  apply();
  for (const listener of listeners) listener(wanted);
}
