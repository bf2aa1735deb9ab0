// Which levels the map shows: as many as the view can hold without its shapes running together.
//
// The number of shapes in view, and the part of the screen they fill, are estimated from the villages' boxes and their
// counts of level-2 grids and grids; a level is shown while each of its shapes has about the given pixels, from the
// first zoom of its tiles. Before the counts are there, zooms alone decide.

import { get } from "../shared/requests.mjs";

const PIXELS_PER_SHAPE = { towns: 60 * 60, villages: 44 * 44, level2: 40 * 40, grids: 20 * 20 };
const FALLBACK_ZOOM = { towns: 8, villages: 10.5, level2: 12.5, grids: 13.5 };
// Dedicated grids are laid over the comprehensive ones and come with them.
const COMES_WITH = { dedicated: "grids" };

let villages = null;

/** Load the boxes and counts; levels then follow the view. */
export async function load() {
  const answer = await get("/divisions", { level: "village", geometry: false, limit: 5000 });
  villages = (answer.features ?? answer.divisions ?? []).map(entry);
}

function entry({ bbox, properties }) {
  const { code, level2_count: level2 = 0, grid_count: grids = 0 } = properties;
  return { bbox, town: code.slice(0, 9), level2, grids };
}

function shareInView([west, south, east, north], bounds) {
  const width = Math.min(east, bounds.getEast()) - Math.max(west, bounds.getWest());
  const height = Math.min(north, bounds.getNorth()) - Math.max(south, bounds.getSouth());
  return width <= 0 || height <= 0 ? 0 : Math.min(1, (width * height) / (areaOf([west, south, east, north]) || 1));
}

/** Estimate how many shapes of each level lie in `bounds`, and which part of its area they fill. */
export function inView(bounds) {
  const towns = new Set();
  const found = { towns: 0, villages: 0, level2: 0, grids: 0, filled: 0 };
  const whole = areaOf([bounds.getWest(), bounds.getSouth(), bounds.getEast(), bounds.getNorth()]);
  for (const village of villages) {
    const share = shareInView(village.bbox, bounds);
    if (share === 0) continue;
    towns.add(village.town);
    found.villages += 1;
    found.level2 += share * village.level2;
    found.grids += share * village.grids;
    found.filled += (share * areaOf(village.bbox)) / whole;
  }
  return { ...found, towns: towns.size, filled: Math.min(1, found.filled) };
}

function areaOf([west, south, east, north]) {
  return (east - west) * (north - south);
}

function fits(level, map, found) {
  if (map.getZoom() < (map.getSource(level)?.minzoom ?? Infinity)) return false;
  if (!found) return map.getZoom() >= FALLBACK_ZOOM[level];
  const { clientWidth, clientHeight } = map.getContainer();
  return found[level] > 0 && (clientWidth * clientHeight * found.filled) / found[level] >= PIXELS_PER_SHAPE[level];
}

/** The levels that the view holds, coarse to fine; a finer one never without the coarser. */
function chosen(map) {
  const found = villages?.length ? inView(map.getBounds()) : null;
  const shown = new Set(["counties"]);
  for (const level of ["towns", "villages", "level2", "grids"]) {
    if (!fits(level, map, found)) break;
    shown.add(level);
  }
  for (const [level, with_] of Object.entries(COMES_WITH)) if (shown.has(with_)) shown.add(level);
  return shown;
}

/** Show the levels that fit, now and after every move; `told` hears the set when it changes. */
export function follow(map, told) {
  let last = "";
  const update = () => {
    const shown = chosen(map);
    const text = [...shown].join();
    if (text === last) return;
    last = text;
    for (const layer of map.getStyle().layers) {
      const level = layer.metadata?.["wangge:level"];
      if (level) map.setLayoutProperty(layer.id, "visibility", shown.has(level) ? "visible" : "none");
    }
    told(shown);
  };
  map.on("moveend", update);
  map.on("resize", update);
  update();
  return update;
}
