// Patrol coverage of the grids in view: days since the last visit, or the share of each grid that was passed.

import { count, date, percent } from "../shared/formats.mjs";
import { get } from "../shared/requests.mjs";
import { t } from "../shared/i18n.mjs";
import { classOf, inkOf, legendRows, rangeText } from "./classes.mjs";
import { element } from "../shared/element.mjs";
import { classRows } from "./legend.mjs";
import { boxOf } from "./view.mjs";

const DAY_MS = 86_400_000;

export const layers = ["unknown", "values"];
export const followsView = true;
export const needs = "grids";

export function controls() {
  return [
    {
      name: "measure",
      label: t("screen.patrols.measure"),
      first: "days",
      wide: true,
      choices: [
        ["days", t("screen.patrols.days")],
        ["share", t("screen.patrols.share")],
      ],
    },
  ];
}

/** Fetch what the view holds; return {classes, legend}. */
export async function load(map, { options, edges: all, signal }) {
  const answer = await get("/patrols/coverage", { bbox: boxOf(map) }, { signal });
  const edges = all[options.measure];
  const value = options.measure === "days" ? (each) => each.days_since : (each) => each.share;
  const visited = answer.grids.filter((each) => each.days_since !== null);
  const values = visited.map(value);
  const classes = visited.map((each) => [each.id, inkOf(classOf(value(each), edges), edges)]);
  const word = options.measure === "days" ? daysRange : shareRange;
  const never = {
    ink: "unknown",
    range: t("screen.patrols.never"),
    figure: count(answer.grids.length - visited.length),
  };
  const { since, until } = answer.period;
  const days = Math.round((Date.parse(until) - Date.parse(since)) / DAY_MS);
  const told = { days, since: date(since), until: date(until) };
  const period = element("p", { class: "note", text: t("screen.patrols.period", told) });
  const head = heading(`screen.patrols.${options.measure}`);
  return { classes, legend: [period, head, ...classRows([...legendRows(values, edges, word), never])] };
}

export function clear() {}

function daysRange(low, high) {
  return t("screen.patrols.days.range", { range: rangeText(low, high) });
}

/** Words for a range of shares; cameras use them too. */
export function shareRange(low, high) {
  // The highest class ends at all of it.
  return rangeText(low === null ? null : Math.round(low * 100), percent(high ?? 1));
}

/** The head of the counts: what is counted, and how many grids in view have it. */
export function heading(key) {
  return element(
    "div",
    { class: "row note" },
    element("span"),
    element("span", { text: t(key) }),
    element("span", { class: "figure", text: t("screen.grids_in_view") }),
  );
}
