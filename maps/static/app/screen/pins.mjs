// Numbered pins on the map for the addresses that a search found; a pin is chosen like its line in the list.

import { Marker } from "/static/vendor/maplibre-gl-6.17.0/maplibre-gl.mjs";

import { element } from "../shared/element.mjs";
import { onLanguage, t } from "../shared/i18n.mjs";

/** Return {show, point, clear} for pins on `map`. */
export function startPins(map) {
  const pins = new Map();
  const label = ([number, { button, name }]) => button.setAttribute("aria-label", t("screen.search.pin", { number, name }));

  function clear() {
    for (const { marker } of pins.values()) marker.remove();
    pins.clear();
  }

  /** Draw `places` ([{number, name, center}]) instead of what was there; `chosen` hears the number of a clicked pin. */
  function show(places, chosen) {
    clear();
    // The first is the best: drawn last, it lies over the others.
    for (const { number, name, center } of [...places].reverse()) {
      const click = (event) => {
        event.stopPropagation();
        chosen(number);
      };
      const button = element("button", { type: "button", class: "pin", text: String(number), onclick: click });
      pins.set(number, { button, name, marker: new Marker({ element: button }).setLngLat(center).addTo(map) });
    }
    for (const pin of pins) label(pin);
  }

  /** Point out one pin, or none. */
  function point(number) {
    for (const [each, { button }] of pins) button.toggleAttribute("data-active", each === number);
  }

  // MapLibre names a marker by itself when it is added; ours say which address.
  onLanguage(() => [...pins].forEach(label));
  return { show, point, clear };
}
