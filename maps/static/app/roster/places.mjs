// What the parts of the page share: places of the page, rows of a table, days.

import { element } from "../shared/element.mjs";
import { t } from "../shared/i18n.mjs";

export const byId = (id) => document.getElementById(id);
export const PAGE = 50;

/** An area by its name, its code below. */
export function areaText(name, code) {
  return [name ?? code, element("span", { class: "code", text: name ? code : "" })];
}

/** Fill the body of a table, or say in one row that there is nothing. */
export function fill(table, rows, { columns, empty }) {
  const nothing = element("tr", {}, element("td", { colspan: columns, text: t(empty) }));
  table.tBodies[0].replaceChildren(...(rows.length ? rows : [nothing]));
}

export function daysText({ from_on: from, last_on: last }) {
  return t(last ? "roster.days.span" : "roster.days.open", { from, last });
}

/** Say in a line that something was done. */
export function tell(key, values) {
  byId("told").textContent = t(key, values);
  byId("told").hidden = false;
}

/** Take the line of what was done before away. */
export function hush() {
  byId("told").hidden = true;
}

/** Call `act` a moment after the last key. */
export function soon(act) {
  let typing = 0;
  return () => {
    clearTimeout(typing);
    typing = setTimeout(act, 250);
  };
}
