// What the page says instead of, or over, the map: loading, empty, failed, offline, no WebGL 2, partly loaded.

import { onLanguage, t } from "../shared/i18n.mjs";
import { sentence } from "../shared/problems.mjs";
import { element } from "../shared/element.mjs";

const FOLIUM_MAPS = ["hotspots", "patrols", "cameras"];

let place = null;
let shown = null;

/** Draw states into `container`. */
export function startStates(container) {
  place = container;
  onLanguage(() => shown?.());
}

/** `small` states stand over a map; the others have the page to themselves. */
function put(draw, small = false) {
  document.body.classList.toggle("bare", !small);
  delete place.dataset.state;
  shown = () => {
    place.className = small ? "state small" : "state";
    place.replaceChildren(...draw());
    place.hidden = false;
  };
  shown();
}

export function clear() {
  document.body.classList.remove("bare");
  shown = null;
  place.hidden = true;
}

export function loading() {
  put(() => [element("p", { text: t("shared.loading") })], true);
  place.dataset.state = "loading";
}

/** The map is drawn: drop the word that it loads, but no other state that came meanwhile. */
export function loaded() {
  if (place.dataset.state === "loading") clear();
}

/** No plan is in force yet: say how one gets in. */
export function empty() {
  put(() => [
    element("h2", { text: t("screen.empty") }),
    element("p", { text: t("screen.empty.next") }),
    element("code", { text: "make demo" }),
    element("code", { text: "wangge import FOLDER --datum cgcs2000 --commit" }),
  ]);
}

export function failed(error, retry) {
  put(() => [
    element("h2", { text: t(error.offline ? "screen.offline" : "screen.failed") }),
    element("p", { role: "alert", text: sentence(error) }),
    element("button", { type: "button", class: "primary", text: t("shared.retry"), onclick: retry }),
  ]);
}

/** Some tiles did not come; what is there stays useful. */
export function partial(retry) {
  put(
    () => [
      element("span", { text: t("screen.partial") }),
      element("button", { type: "button", text: t("shared.retry"), onclick: retry }),
    ],
    true,
  );
}

export function noWebGL() {
  const link = (name) => element("li", {}, element("a", { href: `/maps/${name}.html`, text: t(`screen.map.${name}`) }));
  put(() => [
    element("h2", { text: t("screen.no_webgl") }),
    element("p", { text: t("screen.no_webgl.next") }),
    element("ul", {}, ...FOLIUM_MAPS.map(link)),
  ]);
}
