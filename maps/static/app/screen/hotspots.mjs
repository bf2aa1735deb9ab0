// Reports of a period: by grid in classes, and as heat where grids are too small to see.

import { count, date } from "../shared/formats.mjs";
import { get } from "../shared/requests.mjs";
import { t } from "../shared/i18n.mjs";
import { classOf, inkOf, legendRows, geometricEdges } from "./classes.mjs";
import { drawing, element } from "./element.mjs";
import { classRows } from "./legend.mjs";
import { CATEGORIES } from "./report_form.mjs";

const DAY_MS = 86_400_000;
const MOST_GRIDS = 20_000;

export const layers = ["values", "heat"];
export const followsView = false;

export function controls() {
  return [
    {
      name: "days",
      label: t("screen.period"),
      choices: [7, 30, 90, 365].map((days) => [days, t("screen.period.days", { days })]),
      first: 30,
    },
    {
      name: "category",
      label: t("shared.category"),
      first: "",
      choices: [["", t("screen.category.all")], ...CATEGORIES.map((name) => [name, t(`shared.category.${name}`)])],
    },
  ];
}

/** Fetch and draw; return {classes: [[grid id, ink]], legend: [elements]}. */
export async function load(map, { options, held, signal }) {
  const until = new Date();
  const since = new Date(until - options.days * DAY_MS);
  const query = {
    since: since.toISOString(),
    until: until.toISOString(),
    category: options.category,
    limit: MOST_GRIDS,
  };
  const answer = await get("/hotspots", query, { signal });
  heat(map, answer.points);
  const values = answer.grids.map((each) => each.count);
  const edges = geometricEdges(Math.max(1, ...values));
  const classes = answer.grids.map((each) => [each.id, inkOf(classOf(each.count, edges), edges)]);
  return { classes, legend: legend(answer, { since, until, values, edges, held }) };
}

export function clear(map) {
  heat(map, []);
}

function heat(map, points) {
  const usual = points.reduce((sum, point) => sum + point[2], 0) / (points.length || 1);
  const features = points.map(([lon, lat, weight]) => ({
    type: "Feature",
    properties: { weight, usual },
    geometry: { type: "Point", coordinates: [lon, lat] },
  }));
  map.getSource("heat").setData({ type: "FeatureCollection", features });
}

function legend(answer, { since, until, values, edges, held }) {
  const told = { since: date(since), until: date(until), total: count(answer.total) };
  const period = element("p", { class: "note", text: t("screen.hotspots.period", told) });
  if (values.length === 0) return [period, element("p", { text: t("screen.hotspots.none") })];
  if (held) return [period, heading("screen.hotspots.count"), ...classRows(legendRows(values, edges, range))];
  const bar = drawing("M0 0");
  bar.classList.add("ink-heat");
  const closer = element("p", { class: "note", text: t("screen.hotspots.closer") });
  return [period, element("div", { class: "row" }, bar, element("span", { text: t("screen.hotspots.heat") })), closer];
}

function range(low, high) {
  const from = (low ?? 0) + 1;
  if (high === null) return t("screen.range.from", { low: count(from) });
  return from === high ? count(high) : `${count(from)}–${count(high)}`;
}

function heading(key) {
  return element(
    "div",
    { class: "row note" },
    element("span"),
    element("span", { text: t(key) }),
    element("span", { class: "figure", text: t("screen.grids") }),
  );
}
