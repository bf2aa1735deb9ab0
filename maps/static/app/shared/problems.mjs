// Show what went wrong, and what to do next, in one place of the page.

import { Problem } from "./requests.mjs";
import { isKnown, t } from "./i18n.mjs";

// What the server says to everybody alike; the page has told it in its own words already.
const GENERAL = new Set(["Sign in first.", "None of your roles may do this."]);

/** One sentence for people: why a sign-in was refused, or what to do next by status and the server's own words for what they can mend. */
export function sentence(error) {
  if (!(error instanceof Problem)) return t("shared.problem.page", { detail: error.message });
  if (error.offline) return t("shared.problem.offline");
  if (error.status >= 500) return t("shared.problem.server", { trace: error.traceId ?? "—" });
  const refused = `shared.refused.${error.reason}`;
  if (isKnown(refused)) return t(refused);
  const key = `shared.problem.${error.status}`;
  if (!isKnown(key)) return error.message;
  return GENERAL.has(error.message) ? t(key) : `${t(key)} ${error.message}`;
}

/** Write the problem into `place` (an element with role="alert"), its faults as a list; each sentence once. */
export function show(place, error) {
  const text = document.createElement("p");
  text.textContent = sentence(error);
  place.replaceChildren(text);
  const faults = error.errors ?? [];
  const isTold = faults.length === 1 && error.message.includes(faults[0].detail);
  if (faults.length > 0 && !isTold) {
    const list = document.createElement("ul");
    for (const fault of faults.slice(0, 10)) {
      const item = document.createElement("li");
      item.textContent = fault.pointer ? `${fault.pointer}: ${fault.detail}` : fault.detail;
      list.append(item);
    }
    place.append(list);
  }
  place.hidden = false;
}

export function clear(place) {
  place.replaceChildren();
  place.hidden = true;
}
