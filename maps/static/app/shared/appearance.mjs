// Theme and language of the page: from the address, else from the last visit, else from the machine.

import { keep, read } from "./address.mjs";
import { language, LANGUAGES, use } from "./i18n.mjs";

const THEMES = ["light", "dark"];
const listeners = new Set();

// Storage can be refused (private windows, kiosk policies); the page then simply forgets.
function remembered(name) {
  try {
    return localStorage.getItem(`wangge.${name}`);
  } catch {
    return null;
  }
}

function remember(name, value) {
  keep(name, value);
  try {
    localStorage.setItem(`wangge.${name}`, value);
  } catch {
    /* see above */
  }
}

export function theme() {
  return document.documentElement.dataset.theme;
}

export function onTheme(listener) {
  listeners.add(listener);
}

export function setTheme(name) {
  document.documentElement.dataset.theme = name;
  for (const listener of listeners) listener(name);
}

/** Set theme and language before anything is drawn. */
export async function start() {
  const machine = matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light";
  const wanted = read("theme") ?? remembered("theme");
  setTheme(THEMES.includes(wanted) ? wanted : machine);
  if (read("scale") === "wall") document.documentElement.dataset.scale = "wall";
  const spoken = read("lang") ?? remembered("lang") ?? (navigator.language.startsWith("en") ? "en" : "zh");
  await use(LANGUAGES.includes(spoken) ? spoken : "zh");
}

/** Let two buttons change theme and language. */
export function wire(themeButton, languageButton) {
  themeButton.addEventListener("click", () => {
    setTheme(theme() === "dark" ? "light" : "dark");
    remember("theme", theme());
  });
  languageButton.addEventListener("click", async () => {
    await use(language() === "zh" ? "en" : "zh");
    remember("lang", language());
  });
}

/** The value of a token such as "map-ground", as the theme has it now. */
export function token(name) {
  return getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim();
}
