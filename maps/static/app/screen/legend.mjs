// The legend: every line and sign of the map with its name; levels that the view is too wide for stand back.

import { onLanguage, t } from "../shared/i18n.mjs";
import { drawing, element } from "./element.mjs";

const LINE = "M0 7H28";
const BOX = "M1 1H27V13H1Z";
const CIRCLE = "M14 3a4 4 0 1 1-.01 0Z";
const HATCH = "M1 1H27V13H1ZM4 13L16 1M12 13L24 1M20 13L27 6M1 8L8 1";

const ENTRIES = [
  { level: "counties", path: LINE, class: "county", "stroke-width": 2.4 },
  { level: "towns", path: LINE, class: "town", "stroke-width": 1.6, "stroke-dasharray": "6 3" },
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

/** Return a function that redraws the legend for a set of shown levels. */
export function startLegend(place) {
  let shown = new Set();
  const draw = (levels = shown) => {
    shown = levels;
    place.replaceChildren(...ENTRIES.map((entry) => row(entry, shown)));
  };
  onLanguage(() => draw());
  return draw;
}

function row({ level, key, path, class: name, ...pen }, shown) {
  const swatch = drawing(path, pen);
  swatch.classList.add(`ink-${name}`);
  const away = level && !shown.has(level);
  const note = away ? element("span", { class: "note", text: t("screen.legend.closer") }) : null;
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
    const swatch = drawing(ink === "unknown" ? HATCH : BOX, { "stroke-width": 1 });
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
