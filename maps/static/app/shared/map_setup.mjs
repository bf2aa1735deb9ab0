// A MapLibre map that draws our style: theme, Chinese font, hatches and icons. Reused by every page with a map.

import { Map as MapLibre } from "/static/vendor/maplibre-gl-6.17.0/maplibre-gl.mjs";

import { drawings } from "./map_images.mjs";
import { get } from "./requests.mjs";
import { onTheme, theme, token } from "./appearance.mjs";

// The one file that covers Chinese. MapLibre keeps a glyph as it was first drawn, so labels wait for the font.
const FONT_SAMPLE = ["16px MapSC", "鞍"];

export function hasWebGL2() {
  return Boolean(document.createElement("canvas").getContext("webgl2"));
}

/** Fetch the style of a theme; on a wall its labels grow with the rest of the page. */
export async function style(name = theme()) {
  const fetched = await get("/style.json", { theme: name });
  const scale = Number(token("scale")) || 1;
  for (const { layout } of fetched.layers) if (layout?.["text-size"]) layout["text-size"] = larger(layout["text-size"], scale);
  return fetched;
}

/** A size, or sizes by zoom: ["interpolate", how, ["zoom"], zoom, size, zoom, size, …]. */
function larger(size, scale) {
  if (!Array.isArray(size)) return size * scale;
  return size.map((part, index) => (index > 3 && index % 2 === 0 ? part * scale : part));
}

/** Create the map; `options` go to MapLibre over ours. Labels appear when their font is there. */
export function createMap(container, firstStyle, options = {}) {
  const map = new MapLibre({
    container,
    style: firstStyle,
    attributionControl: false,
    dragRotate: false,
    pitchWithRotate: false,
    maxPitch: 0,
    maxZoom: 19.5,
    fadeDuration: matchMedia("(prefers-reduced-motion: reduce)").matches ? 0 : 200,
    transformRequest: (url) => ({ url: new URL(url, location.origin).href }),
    ...options,
  });
  map.touchZoomRotate.disableRotation();
  map.keyboard.disableRotation();
  map.setMissingStyleImageResolver((id) => addDrawing(map, id));
  showLabelsWithFont(map);
  onTheme(() => repaint(map));
  return map;
}

function addDrawing(map, id) {
  const drawn = drawings(id);
  if (drawn && !map.hasImage(id)) map.addImage(id, drawn, { pixelRatio: 2 });
}

function symbolLayers(map) {
  return map.getStyle().layers.filter((each) => each.type === "symbol");
}

async function showLabelsWithFont(map) {
  const font = document.fonts.load(...FONT_SAMPLE).catch(() => []);
  const early = await Promise.race([font, new Promise((done) => setTimeout(done, 0, null))]);
  if (early) return;
  const hide = () => symbolLayers(map).forEach(({ id }) => map.setLayerZoomRange(id, 24, 24));
  const ranges = new Map();
  await map.once("styledata");
  for (const { id, minzoom, maxzoom } of symbolLayers(map)) ranges.set(id, [minzoom ?? 0, maxzoom ?? 24]);
  hide();
  await font;
  for (const [id, range] of ranges) map.setLayerZoomRange(id, ...range);
}

/** Give every layer the paint of the theme in force; data, values and what is shown stay as they are. */
async function repaint(map) {
  const wanted = theme();
  const next = await style(wanted);
  if (wanted !== theme()) return;
  for (const { id, paint = {} } of next.layers) {
    for (const [name, value] of Object.entries(paint)) map.setPaintProperty(id, name, value);
  }
  for (const id of map.listImages()) {
    const drawn = drawings(id);
    if (drawn) map.updateImage(id, drawn);
  }
}

/** Point the tile sources at the addresses of a new style: a plan was published or a layer loaded. */
export function renewTiles(map, next) {
  for (const [name, source] of Object.entries(next.sources)) {
    const known = map.getSource(name);
    if (source.type === "vector" && known && known.tiles[0] !== source.tiles[0]) known.setTiles(source.tiles);
  }
}
