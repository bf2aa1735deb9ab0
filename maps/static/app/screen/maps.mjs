// The three maps as a layer of the one screen: choose one, set its options, read its legend.

import { keep, read } from "../shared/address.mjs";
import { onTheme, theme } from "../shared/appearance.mjs";
import { language, onLanguage, t } from "../shared/i18n.mjs";
import { sentence } from "../shared/problems.mjs";
import { session, signInNote, wantsSignIn } from "../shared/session.mjs";
import * as cameras from "./cameras.mjs";
import { element } from "../shared/element.mjs";
import * as hotspots from "./hotspots.mjs";
import * as patrols from "./patrols.mjs";

const MAPS = { none: null, hotspots, patrols, cameras };
const GRIDS = { source: "grids", sourceLayer: "grids" };

/** Start with the map that the address names; `levels(shown)` tells which levels of detail the view holds. */
export function startMaps(map, places, metadata) {
  const state = {
    map,
    places,
    edges: metadata["wangge:edges"],
    name: "none",
    names: ["none"],
    isPublic: false,
    options: {},
    shown: new Set(),
    waiting: null,
  };
  const redraw = () => {
    drawChoice(state);
    drawControls(state);
    refresh(state);
  };
  onLanguage(redraw);
  onTheme(() => drawPrint(state));
  map.on("moveend", () => MAPS[state.name]?.followsView && refresh(state));
  drawChoice(state);
  offer(state);
  return {
    levels(shown) {
      const changed = shown.has("grids") !== state.shown.has("grids");
      state.shown = shown;
      setVisible(state);
      if (changed) refresh(state);
    },
  };
}

/** Offer the maps that the roles of the reader have; to who has not signed in, say that there are some. */
async function offer(state) {
  const found = await session();
  // A session that could not be read hides nothing: each map says by itself why it cannot be shown.
  const names = Object.keys(MAPS).filter((name) => name === "none" || (found?.may.includes(name) ?? true));
  Object.assign(state, { names, isPublic: found?.name === null });
  state.places.choice.hidden = names.length === 1;
  state.places.choice.closest(".block").hidden = names.length === 1 && !state.isPublic;
  drawChoice(state);
  refresh(state);
  const wanted = read("layer");
  if (wanted !== "none" && names.includes(wanted)) choose(state, wanted);
}

function choose(state, name) {
  MAPS[state.name]?.clear(state.map);
  state.name = name;
  state.options = Object.fromEntries((MAPS[name]?.controls() ?? []).map((each) => [each.name, each.first]));
  keep("layer", name === "none" ? null : name);
  drawChoice(state);
  drawControls(state);
  refresh(state);
}

function drawChoice(state) {
  const button = (name) =>
    element("button", {
      type: "button",
      role: "radio",
      "aria-checked": String(name === state.name),
      tabindex: name === state.name ? 0 : -1,
      "data-map": name,
      text: t(`screen.map.${name}`),
      onclick: () => choose(state, name),
      onkeydown: (event) => step(state, event),
    });
  const { choice } = state.places;
  const focused = choice.contains(document.activeElement);
  choice.replaceChildren(...state.names.map(button));
  if (focused) choice.querySelector("[aria-checked=true]").focus();
}

function step(state, event) {
  const by = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 }[event.key];
  if (!by) return;
  event.preventDefault();
  const { name, names } = state;
  choose(state, names[(names.indexOf(name) + by + names.length) % names.length]);
}

function drawControls(state) {
  drawPrint(state);
  state.places.controls.replaceChildren(...(MAPS[state.name]?.controls() ?? []).map((each) => control(state, each)));
}

/** The same map as a page to keep, in the page's language and theme. */
function drawPrint({ places, name }) {
  places.print.hidden = name === "none";
  const link = places.print.querySelector("a");
  link.href = `/maps/${name}.html?lang=${language()}&theme=${theme()}`;
}

function control(state, { name, label, choices, wide }) {
  const options = choices.map(([value, text]) =>
    element("option", { value, text, selected: String(value) === String(state.options[name]) }),
  );
  const select = element("select", { "data-option": name }, ...options);
  select.addEventListener("change", () => {
    state.options[name] = select.value;
    refresh(state);
  });
  return element("label", { class: wide ? "wide" : null }, element("span", { text: label }), select);
}

/** Values by grid where grids can be seen, heat where they cannot; buildings stand back while values are shown. */
function setVisible({ map, name, shown }) {
  const wanted = MAPS[name]?.layers ?? [];
  const held = shown.has("grids");
  const where = { values: held, unknown: held, heat: !held };
  for (const layer of new Set(Object.values(MAPS).flatMap((module) => module?.layers ?? []))) {
    show(map, layer, wanted.includes(layer) && (where[layer] ?? true));
  }
  const covered = wanted.includes("values") && held;
  show(map, "buildings", !covered);
  map.setGlobalStateProperty("values", covered);
}

function show(map, layer, visible) {
  if (map.getLayer(layer)) map.setLayoutProperty(layer, "visibility", visible ? "visible" : "none");
}

/** Fetch the values of the chosen map and draw them; the last question asked wins. */
async function refresh(state) {
  const { map, places } = state;
  const chosen = MAPS[state.name];
  state.waiting?.abort();
  setVisible(state);
  if (!chosen) {
    places.legend.replaceChildren(...(state.isPublic ? [signInNote("screen.map.sign_in")] : []));
    colour(map, []);
    return;
  }
  if (chosen.needs && !state.shown.has(chosen.needs)) return say(places.legend, "screen.closer");
  state.waiting = new AbortController();
  const { signal } = state.waiting;
  places.legend.setAttribute("aria-busy", "true");
  if (places.legend.childElementCount === 0) say(places.legend, "shared.loading");
  try {
    const { classes, legend } = await chosen.load(map, {
      options: state.options,
      edges: state.edges,
      held: state.shown.has("grids"),
      signal,
    });
    if (signal.aborted) return;
    colour(map, classes);
    places.legend.replaceChildren(...legend);
  } catch (error) {
    if (error.name === "AbortError") return;
    refuse(state, error);
  } finally {
    places.legend.removeAttribute("aria-busy");
  }
}

function colour(map, classes) {
  if (!map.getSource(GRIDS.source)) return;
  map.removeFeatureState(GRIDS);
  for (const [id, ink] of classes) map.setFeatureState({ ...GRIDS, id }, { class: ink });
}

function say(place, key) {
  place.replaceChildren(element("p", { class: "note", text: t(key) }));
}

function refuse(state, error) {
  colour(state.map, []);
  if (wantsSignIn(error)) return state.places.legend.replaceChildren(signInNote("screen.map.sign_in"));
  const retry = element("button", { type: "button", text: t("shared.retry"), onclick: () => refresh(state) });
  state.places.legend.replaceChildren(
    element("div", { class: "fault", role: "alert" }, element("p", { text: sentence(error) }), retry),
  );
}
