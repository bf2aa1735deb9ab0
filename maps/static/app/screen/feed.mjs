// Reports as they come: one stream of events, a short list, points on the map, one pulse for each new one.

import { Marker } from "/static/vendor/maplibre-gl-6.17.0/maplibre-gl.mjs";

import { get } from "../shared/requests.mjs";
import { instant } from "../shared/formats.mjs";
import { isKnown, onLanguage, t } from "../shared/i18n.mjs";
import { sentence } from "../shared/problems.mjs";
import { signInNote, wantsSignIn } from "../shared/session.mjs";
import { element } from "../shared/element.mjs";

// Walls run for weeks: the list and the points stay this short.
const LISTED = 20;
const DRAWN = 300;

/** Return the feed; `told` hears of plans and layers, `chosen` of a report that somebody clicked. */
export function startFeed(map, places, { told, chosen }) {
  const feed = { map, places, chosen, reports: [], fresh: new Set(), state: "loading", fault: null };
  list(feed);
  onLanguage(() => list(feed));
  setLive(places.live, "waiting");
  onLanguage(() => setLive(places.live, places.live.dataset.state));
  listen(feed, told);
  past(feed);
  return feed;
}

async function past(feed) {
  if (feed.state === "failed") {
    feed.state = "loading";
    list(feed);
  }
  try {
    const answer = await get("/reports", { limit: LISTED });
    for (const { properties, geometry } of answer.features) {
      if (!feed.reports.some(({ id }) => id === properties.id)) {
        feed.reports.push({
          ...properties,
          grid: properties.grid ?? properties.decision?.grid,
          location: geometry.coordinates,
          photo_count: properties.photos?.length ?? 0,
        });
      }
    }
    feed.reports.sort((one, other) => Date.parse(other.captured_at) - Date.parse(one.captured_at));
    feed.state = "read";
  } catch (error) {
    // What was read before stays true when a later reading fails.
    if (feed.state !== "read") Object.assign(feed, { state: "failed", fault: error });
  }
  draw(feed);
}

function listen(feed, told) {
  const stream = new EventSource("/events");
  let opened = false;
  stream.addEventListener("open", () => {
    setLive(feed.places.live, "on");
    // What was sent between the first reading and the opening of the stream.
    past(feed);
    // The public is sent no ids to resume from: a plan may have been published while the stream was away.
    if (opened) told();
    opened = true;
  });
  stream.addEventListener("error", () => setLive(feed.places.live, "off"));
  stream.addEventListener("report.submitted", (event) => arrive(feed, JSON.parse(event.data)));
  stream.addEventListener("plan.published", told);
  stream.addEventListener("layers.loaded", told);
  addEventListener("pagehide", () => stream.close());
}

function setLive(place, state) {
  place.dataset.state = state;
  place.replaceChildren(element("span", { text: t(`screen.live.${state}`) }));
  place.title = t(`screen.live.${state}`);
}

function arrive(feed, report) {
  if (feed.reports.some(({ id }) => id === report.id)) return;
  feed.reports.unshift(report);
  feed.reports.length = Math.min(feed.reports.length, DRAWN);
  feed.fresh = new Set([report.id]);
  draw(feed);
  pulse(feed.map, report.location);
}

function pulse(map, location) {
  if (matchMedia("(prefers-reduced-motion: reduce)").matches) return;
  const ring = element("div", { class: "pulse" });
  const marker = new Marker({ element: ring }).setLngLat(location).addTo(map);
  ring.addEventListener("animationend", () => marker.remove());
}

function draw(feed) {
  const features = feed.reports.map(({ id, category, location }) => ({
    type: "Feature",
    properties: { id, category },
    geometry: { type: "Point", coordinates: location },
  }));
  feed.map.getSource("reports").setData({ type: "FeatureCollection", features });
  list(feed);
}

function list(feed) {
  feed.places.note.replaceChildren(...note(feed));
  feed.places.list.replaceChildren(...feed.reports.slice(0, LISTED).map((report) => line(feed, report)));
}

/** What stands in the list's place: it loads, it could not be read, or there is truly nothing. */
function note(feed) {
  if (feed.state === "loading") return [element("p", { class: "quiet-text", text: t("shared.loading") })];
  if (feed.state === "failed" && wantsSignIn(feed.fault)) return [signInNote("screen.feed.sign_in")];
  if (feed.state === "failed") {
    const retry = element("button", { type: "button", text: t("shared.retry"), onclick: () => past(feed) });
    const told = `${t("screen.feed.failed")} ${sentence(feed.fault)}`;
    return [element("div", { class: "fault", role: "alert" }, element("p", { text: told }), retry)];
  }
  return feed.reports.length > 0 ? [] : [element("p", { class: "quiet-text", text: t("screen.feed.empty") })];
}

function line(feed, report) {
  const key = `shared.category.${report.category}`;
  const button = element(
    "button",
    { type: "button", class: feed.fresh.has(report.id) ? "fresh" : null, onclick: () => feed.chosen(report.location, report) },
    element("span", { class: "dot" }),
    element("span", { text: isKnown(key) ? t(key) : report.category }),
    element("time", { datetime: report.captured_at, text: instant(report.captured_at) }),
    element("small", { text: [report.grid ?? t("shared.method.outside"), pictures(report)].filter(Boolean).join(" · ") }),
  );
  return element("li", { "data-report": report.id }, button);
}

function pictures({ photo_count: count }) {
  return count > 0 ? t("screen.photos.with", { count }) : "";
}
