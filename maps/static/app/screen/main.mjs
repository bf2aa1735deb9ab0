// The one screen. Puts the parts together; each part knows only what it is given.

import { NavigationControl, ScaleControl } from "/static/vendor/maplibre-gl-6.17.0/maplibre-gl.mjs";

import { onTheme, start as startAppearance, theme, wire } from "../shared/appearance.mjs";
import { isKnown, language, onLanguage, t } from "../shared/i18n.mjs";
import { get } from "../shared/requests.mjs";
import { signInAddress, startSession, wantsSignIn } from "../shared/session.mjs";
import { createMap, hasWebGL2, renewTiles, style } from "../shared/map_setup.mjs";
import { answerPanel } from "./answer.mjs";
import { startFeed } from "./feed.mjs";
import { startLegend } from "./legend.mjs";
import * as levels from "./levels.mjs";
import { startMaps } from "./maps.mjs";
import { startPins } from "./pins.mjs";
import { startSearch } from "./search.mjs";
import * as states from "./states.mjs";
import { startTabs } from "./tabs.mjs";

const byId = (id) => document.getElementById(id);
const CITY_MARGIN = 24;
const FIT_MARGIN = 48;
const CLOSE_UP = 16;
const POINT_ZOOM = 17;

async function begin() {
  await startAppearance();
  wire(byId("theme"), byId("language"));
  states.startStates(byId("state"));
  startTabs(byId("tabs"), byId("side"));
  startSession(byId("me"));
  if (!hasWebGL2()) return states.noWebGL();
  return open();
}

/** Fetch the style; draw the map, or say why not. */
async function open() {
  states.loading();
  try {
    const first = await style();
    if (!first.metadata["wangge:bounds"]) return states.empty();
    return draw(first);
  } catch (error) {
    // Where the map is not open to all there is nothing to show before.
    if (wantsSignIn(error)) return location.assign(signInAddress());
    return states.failed(error, open);
  }
}

function draw(first) {
  const map = createMap(byId("map"), first, {
    bounds: first.metadata["wangge:bounds"],
    fitBoundsOptions: { padding: CITY_MARGIN },
    hash: "view",
  });
  map.addControl(new NavigationControl({ showCompass: false }), "top-left");
  map.addControl(new ScaleControl({ maxWidth: 120, unit: "metric" }), "bottom-left");
  label(map);
  showPlan(first);
  map.on("error", ({ error, sourceId }) => tileFailed(map, error, sourceId));
  map.on("webglcontextlost", () => states.failed(new Error(t("screen.context_lost")), () => location.reload()));
  map.on("webglcontextrestored", states.clear);
  // The style is enough to work with: one slow tile must not keep clicks, search and feed waiting.
  map.once("style.load", () => live(map, first));
  map.once("load", () => {
    states.loaded();
    document.documentElement.dataset.ready = "map";
  });
  return map;
}

/** Everything that needs the map's style to be there. */
function live(map, first) {
  reportLink();
  const panel = answerPanel(byId("answer"), map);
  const legend = startLegend(byId("legend"), map);
  const maps = startMaps(
    map,
    { choice: byId("maps"), controls: byId("map-controls"), legend: byId("map-legend"), print: byId("print") },
    first.metadata,
  );
  const update = levels.follow(map, (shown) => {
    legend(shown);
    maps.levels(shown);
  });
  // Without the counts the zooms decide; the map is no worse for it than a little.
  levels.load().then(update, () => {});
  startSearch(byId("search"), startPins(map), (result) => go(map, panel, result));
  const feed = { live: byId("live"), list: byId("feed"), note: byId("feed-note") };
  startFeed(map, feed, { told: () => renew(map, update), chosen: (place, report) => show(map, panel, place, report) });
  clicks(map, panel);
  outline(map);
  document.documentElement.dataset.ready = "parts";
}

/** The phone page in the same language and theme. */
function reportLink() {
  const draw = () => (byId("report-page").href = `/report#lang=${language()}&theme=${theme()}`);
  draw();
  onLanguage(draw);
  onTheme(draw);
}

/** The city's own line, heavier than its counties'; the map is complete enough without it. */
async function outline(map) {
  const city = await get("/divisions", { level: "city" }).catch(() => null);
  if (city) map.getSource("city").setData(city);
}

function clicks(map, panel) {
  // The part of the address after # is the view's: the link must not replace it.
  document.querySelector(".skip").addEventListener("click", (event) => {
    event.preventDefault();
    map.getCanvas().focus();
  });
  map.on("click", ({ lngLat }) => panel.ask(lngLat.lng, lngLat.lat));
  map.getCanvas().addEventListener("keydown", (event) => {
    if (event.key !== "Enter") return;
    const { lng, lat } = map.getCenter();
    panel.ask(lng, lat);
  });
  document.addEventListener("keydown", (event) => {
    const typing = event.target.closest("input, textarea, select");
    if (event.key === "/" && !typing) {
      event.preventDefault();
      byId("search-text").focus();
    }
    if (event.key === "Escape" && panel.isOpen() && !typing) panel.close();
  });
}

function show(map, panel, place, report) {
  map.jumpTo({ center: place, zoom: Math.max(map.getZoom(), CLOSE_UP) });
  panel.ask(...place, { report });
}

/** Go to a search result: an area or a street is shown whole; a grid, an address or a coordinate is also asked for. */
function go(map, panel, result) {
  const { kind, center, bbox } = result;
  // The panel first: an old answer goes, a new one counts as margin of what is fitted.
  const asked = ["grid", "coordinate", "building", "place"].includes(kind);
  if (asked) panel.ask(...center, { found: result });
  else panel.dismiss();
  if (bbox && kind !== "coordinate")
    map.fitBounds(bbox, { padding: paddingFor(panel), maxZoom: POINT_ZOOM, duration: 0 });
  else map.jumpTo({ center, zoom: Math.max(map.getZoom(), CLOSE_UP) });
  if (!asked) map.getCanvas().focus();
}

function paddingFor(panel) {
  const { right = 0, bottom = 0 } = panel.covers();
  return { top: FIT_MARGIN, left: FIT_MARGIN, right: FIT_MARGIN + right, bottom: FIT_MARGIN + bottom };
}

/** A plan was published or a layer loaded: new tile addresses, new counts. */
async function renew(map, update) {
  const next = await style(theme());
  renewTiles(map, next);
  showPlan(next);
  await levels.load();
  update();
}

/** The line under the map: which plan, from whom the layers are. Some origins have words of ours. */
let described = null;
function showPlan({ metadata }) {
  described = metadata;
  byId("plan").textContent = t("screen.plan", { revision: metadata["wangge:plan"] });
  const words = (origin) => (isKnown(`screen.origin.${origin}`) ? t(`screen.origin.${origin}`) : `${origin}。`);
  byId("origins").textContent = metadata["wangge:origins"].map(words).join("");
}
onLanguage(() => described && showPlan({ metadata: described }));

function tileFailed(map, error, sourceId) {
  if (!sourceId) {
    console.error(error);
    return;
  }
  states.partial(() => {
    states.clear();
    for (const [name, source] of Object.entries(map.getStyle().sources))
      if (source.type === "vector") map.refreshTiles(name);
  });
}

/** Name the canvas and MapLibre's buttons in the page's language. */
function label(map) {
  const name = () => {
    map.getCanvas().setAttribute("aria-label", t("screen.map"));
    for (const [key, selector] of [
      ["screen.zoom_in", ".maplibregl-ctrl-zoom-in"],
      ["screen.zoom_out", ".maplibregl-ctrl-zoom-out"],
    ]) {
      for (const button of map.getContainer().querySelectorAll(selector)) {
        button.title = t(key);
        button.setAttribute("aria-label", t(key));
      }
    }
  };
  name();
  onLanguage(name);
}

begin();
