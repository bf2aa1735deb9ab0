// The legend: every line and sign of the map with its name; levels that the view is too wide for stand back.

import { onLanguage, t } from "../shared/i18n.mjs";
import { drawing, element } from "../shared/element.mjs";

const LINE = "M0 7H28";
const BOX = "M1 1H27V13H1Z";
const CIRCLE = "M14 3a4 4 0 1 1-.01 0Z";
const HATCH = "M1 1H27V13H1ZM4 13L16 1M12 13L24 1M20 13L27 6M1 8L8 1";

const DOTS =
  "M1 1H27V13H1Z" + [5, 11, 17, 23].flatMap((x) => [4, 10].map((y) => `M${x} ${y}m-.6 0a.6.6 0 1 0 1.2 0a.6.6 0 1 0-1.2 0`)).join("");

const ENTRIES = [
  { level: "counties", path: LINE, class: "county", "stroke-width": 2.4 },
  { level: "towns", path: LINE, class: "town", "stroke-width": 1.6, "stroke-dasharray": "5 5" },
  { level: "villages", path: LINE, class: "village", "stroke-width": 1.2 },
  { level: "level2", path: LINE, class: "level2", "stroke-width": 0.9 },
  { level: "grids", path: LINE, class: "grid", "stroke-width": 0.6 },
  { level: "dedicated", path: HATCH, class: "dedicated", "stroke-width": 1 },
  { key: "zones", path: LINE, class: "zone", "stroke-width": 2, "stroke-dasharray": "2 3" },
  { key: "waters", path: BOX, class: "water", "stroke-width": 0 },
  { key: "streets", path: LINE, class: "street", "stroke-width": 4 },
  { key: "buildings", path: BOX, class: "building", "stroke-width": 1 },
  { key: "reports", path: CIRCLE, class: "report", "stroke-width": 0 },
];

/** Return a function that redraws the legend of `map` for a set of shown levels; what zooms decide it sees by itself. */
export function startLegend(place, map) {
  let shown = new Set();
  let last = "";
  const draw = (levels = shown) => {
    shown = levels;
    // A layer that was never loaded would not come closer in either.
    const known = ENTRIES.filter(({ level, key }) => level || map.getSource(key));
    place.replaceChildren(...known.map((entry) => row(entry, map, shown)));
  };
  const look = () => {
    const now = ENTRIES.map((entry) => absence(entry, map, shown)).join();
    if (now !== last) draw();
    last = now;
  };
  map.on("moveend", look);
  map.on("idle", look);
  onLanguage(() => draw());
  return draw;
}

/** Why a sign is not on the map just now: a key of words, or null where it is. */
function absence({ level, key }, map, shown) {
  if (level) return shown.has(level) ? null : "screen.legend.closer";
  const zoom = map.getZoom();
  const first = map.getSource(key)?.minzoom ?? 0;
  const drawn = map.getStyle().layers.filter((each) => each.source === key && each.type !== "symbol");
  if (!drawn.some((each) => zoom >= Math.max(first, each.minzoom ?? 0))) return "screen.legend.closer";
  return drawn.every((each) => each.layout?.visibility === "none") ? "screen.legend.hidden" : null;
}

function row({ level, key, path, class: name, ...pen }, map, shown) {
  const swatch = drawing(path, pen);
  swatch.classList.add(`ink-${name}`);
  const away = absence({ level, key }, map, shown);
  const note = away ? element("span", { class: "note", text: t(away) }) : null;
  return element(
    "li",
    { class: "row", "data-faint": away ? "true" : null },
    swatch,
    element("span", { text: t(`screen.legend.${level ?? key}`) }),
    note,
  );
}

/** The classes of a map: a swatch, the range, how many grids. `rows`: [{ink, range, figure}]. */
export function classRows(rows) {
  return rows.map(({ ink, range, figure }) => {
    const swatch = drawing(ink === "unknown" ? DOTS : BOX, { "stroke-width": 1 });
    swatch.classList.add(`ink-${ink}`);
    return element(
      "div",
      { class: "row" },
      swatch,
      element("span", { text: range }),
      element("span", { class: "figure", text: figure }),
    );
  });
}
