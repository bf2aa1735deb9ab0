// Reports of a period: by grid in classes, and as heat where grids are too small to see.

import { count, date } from "../shared/formats.mjs";
import { get } from "../shared/requests.mjs";
import { t } from "../shared/i18n.mjs";
import { classOf, inkOf, legendRows, quantileEdges } from "./classes.mjs";
import { drawing, element } from "../shared/element.mjs";
import { classRows } from "./legend.mjs";
import { heading } from "./patrols.mjs";
import { CATEGORIES } from "./report_form.mjs";
import { gridsInView } from "./view.mjs";

const DAY_MS = 86_400_000;
const MOST_GRIDS = 20_000;
// An answer serves this long while people look around; a changed option asks anew.
const FRESH_MS = 60_000;

export const layers = ["values", "heat"];
export const followsView = true;

let kept = null;

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

/** Fetch and draw; return {classes: [[grid id, ink]], legend: [elements]}. Classes break by the grids in view. */
export async function load(map, { options, held, signal }) {
  const asked = await answerTo(options, signal);
  heat(map, asked.answer.points);
  if (!held) return { classes: [], legend: legend(asked, null) };
  const known = new Map(asked.answer.grids.map((each) => [each.id, each.count]));
  const all = (await gridsInView(map, signal)).map((id) => known.get(id) ?? 0);
  // A list that was cut knows of the rest only that it has no more than the last of it.
  const cut = asked.answer.grids.length >= MOST_GRIDS;
  const floor = cut ? asked.answer.grids.at(-1).count : 0;
  const values = all.filter((value) => value > floor);
  const edges = quantileEdges(values);
  const above = asked.answer.grids.filter((each) => each.count > floor);
  const classes = above.map((each) => [each.id, inkOf(classOf(each.count, edges), edges)]);
  return { classes, legend: legend(asked, { values, edges, floor, below: all.length - values.length }) };
}

async function answerTo({ days, category }, signal) {
  const until = new Date();
  const key = `${days} ${category}`;
  if (kept?.key === key && until - kept.until < FRESH_MS) return kept;
  const since = new Date(until - days * DAY_MS);
  const query = { since: since.toISOString(), until: until.toISOString(), category, limit: MOST_GRIDS };
  const answer = await get("/hotspots", query, { signal });
  kept = { key, since, until, answer };
  return kept;
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

function legend({ answer, since, until }, inView) {
  const told = { since: date(since), until: date(until), total: count(answer.total) };
  const period = element("p", { class: "note", text: t("screen.hotspots.period", told) });
  if (answer.grids.length === 0) return [period, element("p", { text: t("screen.hotspots.none") })];
  if (inView) return [period, heading("screen.hotspots.count"), ...classRows(rows(inView))];
  const bar = drawing("M0 0");
  bar.classList.add("ink-heat");
  const closer = element("p", { class: "note", text: t("screen.hotspots.closer") });
  return [period, element("div", { class: "row" }, bar, element("span", { text: t("screen.hotspots.heat") })), closer];
}

/** Zero first and plain: that nothing was reported is known. */
function rows({ values, edges, floor, below }) {
  const least = { ink: "none", range: floor > 0 ? `0–${count(floor)}` : "0", figure: count(below) };
  const word = (low, high) => range(low ?? floor, high);
  return [least, ...(values.length > 0 ? legendRows(values, edges, word) : [])];
}

function range(low, high) {
  const from = low + 1;
  if (high === null) return t("screen.range.from", { low: count(from) });
  return from === high ? count(high) : `${count(from)}–${count(high)}`;
}
