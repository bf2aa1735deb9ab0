// Who looks at the page: a quiet link to sign in, or to the reader's own account.

import { onLanguage, t } from "./i18n.mjs";
import { get } from "./requests.mjs";
import { element } from "./element.mjs";

/** Where to sign in, and then come back to this very view. */
export function signInAddress() {
  const here = `${location.pathname}${location.search}${location.hash}`;
  return `/sign-in?back=${encodeURIComponent(here)}`;
}

/** Whether a problem is that nobody has signed in. */
export function wantsSignIn(error) {
  return error?.status === 401;
}

/** A sentence of what signing in would show, with the link. */
export function signInNote(key) {
  const link = element("a", { href: signInAddress(), text: t("shared.sign_in") });
  return element("p", { class: "note" }, `${t(key)} `, link);
}

let asked = null;

/** Who has signed in, asked once for each page; null when that could not be read. */
export function session() {
  asked ??= get("/session").catch(() => {
    asked = null;
    return null;
  });
  return asked;
}

/** Whether a part of the pages (see `may` of GET /session) is for who has signed in. */
export async function may(part) {
  return (await session())?.may.includes(part) ?? false;
}

// Reports of the staff count by what they are; everybody else is the public.
const CHANNELS = { worker: "worker", level2: "worker", leader: "worker", clerk: "hotline" };

/** The channel of a report that is sent now; asked anew, since a session ends while a page stays open. */
export async function channel() {
  const { grants, second_factor_due: isDue } = await get("/session");
  const roles = isDue ? [] : grants.map(({ role }) => role);
  return CHANNELS[Object.keys(CHANNELS).find((role) => roles.includes(role))] ?? "public";
}

/** Let `link` say who has signed in; nothing else waits for it. */
export async function startSession(link) {
  let name = null;
  const say = () => {
    link.textContent = name ?? t("shared.sign_in");
    link.href = signInAddress();
  };
  onLanguage(say);
  link.addEventListener("click", say);
  say();
  const found = await session();
  name = found?.second_factor_due ? null : (found?.name ?? null);
  say();
}
