// Cameras in view as sectors, and the share of each grid that they cover.

import { count } from "../shared/formats.mjs";
import { get } from "../shared/requests.mjs";
import { t } from "../shared/i18n.mjs";
import { classOf, inkOf, legendRows } from "./classes.mjs";
import { element } from "../shared/element.mjs";
import { classRows } from "./legend.mjs";
import { heading, shareRange } from "./patrols.mjs";
import { boxOf } from "./view.mjs";

const EMPTY = { type: "FeatureCollection", features: [] };

export const layers = ["values", "sectors", "sector_halo", "sector_lines", "cameras"];
export const followsView = true;
export const needs = "grids";

export function controls() {
  return [];
}

/** Fetch what the view holds; return {classes, legend}. */
export async function load(map, { edges: all, signal }) {
  const bbox = boxOf(map);
  const [cameras, coverage] = await Promise.all([
    get("/cameras", { bbox }, { signal }),
    get("/cameras/coverage", { bbox }, { signal }),
  ]);
  place(map, cameras);
  const edges = all.share;
  const seen = coverage.grids.filter((each) => each.cameras > 0);
  const classes = seen.map((each) => [each.id, inkOf(classOf(each.share, edges), edges)]);
  const values = seen.map((each) => each.share);
  // That no camera looks in is known: plain, not hatched as what nobody knows.
  const none = { ink: "none", range: t("screen.cameras.none"), figure: count(coverage.grids.length - seen.length) };
  const total = element("p", {
    class: "note",
    text: t("screen.cameras.count", { count: count(pointsOf(cameras).length) }),
  });
  return { classes, legend: [total, heading("screen.cameras.share"), ...classRows([...legendRows(values, edges, shareRange), none])] };
}

export function clear(map) {
  map.getSource("sectors").setData(EMPTY);
  map.getSource("camera_points").setData(EMPTY);
}

function pointsOf(cameras) {
  return cameras.features.filter((each) => each.geometry.type === "Point");
}

function place(map, cameras) {
  const sectors = cameras.features.filter((each) => each.geometry.type !== "Point");
  map.getSource("sectors").setData({ type: "FeatureCollection", features: sectors });
  map.getSource("camera_points").setData({ type: "FeatureCollection", features: pointsOf(cameras) });
}
