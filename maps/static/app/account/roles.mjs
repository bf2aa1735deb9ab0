// A role in an area, as a line of a list.

import { t } from "../shared/i18n.mjs";

export function roleText({ role, area }) {
  return `${t(`role.${role}`)} · ${area}`;
}

export function roleLine(grant) {
  const line = document.createElement("li");
  line.textContent = roleText(grant);
  return line;
}
