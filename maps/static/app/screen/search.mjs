// Find a grid, a division or a zone by code or name, an address in any spelling, or a coordinate in any datum.

import { get } from "../shared/requests.mjs";
import { isKnown, onLanguage, t } from "../shared/i18n.mjs";
import { percent, position } from "../shared/formats.mjs";
import { sentence } from "../shared/problems.mjs";
import { element } from "../shared/element.mjs";

const DATUMS = ["wgs84", "cgcs2000", "gcj02", "bd09"];
const COORDINATE = /^\s*-?\d{1,3}(\.\d+)?\s*[,，\s]\s*-?\d{1,3}(\.\d+)?\s*$/;
// As in screen.css: there the field is too short for the whole hint.
const narrow = matchMedia("(max-width: 720px)");
const PAUSE_MS = 250;
const ADDRESSES = ["street", "building", "place"];

/** Wire the search form; `chosen` hears the result that was picked, `pins` shows the addresses among the results. */
export function startSearch(form, pins, chosen) {
  const search = {
    form,
    pins,
    chosen,
    results: [],
    active: -1,
    timer: 0,
    waiting: null,
    input: form.querySelector("input"),
    datum: form.querySelector("select"),
    list: form.querySelector("ul"),
  };
  const options = () =>
    search.datum.replaceChildren(
      ...DATUMS.map((name) => element("option", { value: name, text: t(`shared.datum.${name}`) })),
    );
  options();
  onLanguage(() => {
    const { value } = search.datum;
    options();
    search.datum.value = value;
  });
  const hint = () => (search.input.placeholder = t(narrow.matches ? "screen.search.hint.short" : "screen.search.hint"));
  hint();
  onLanguage(hint);
  narrow.addEventListener("change", hint);
  search.input.addEventListener("input", () => later(search));
  search.datum.addEventListener("change", () => find(search));
  search.input.addEventListener("keydown", (event) => key(search, event));
  form.addEventListener("submit", (event) => submit(search, event));
  form.addEventListener("focusout", (event) => !form.contains(event.relatedTarget) && hide(search));
}

function later(search) {
  search.form.classList.toggle("coordinate", COORDINATE.test(search.input.value));
  clearTimeout(search.timer);
  search.timer = setTimeout(() => find(search), PAUSE_MS);
}

async function find(search) {
  search.waiting?.abort();
  const text = search.input.value.trim();
  if (!text) return forget(search);
  search.waiting = new AbortController();
  const { signal } = search.waiting;
  const query = COORDINATE.test(text)
    ? text
        .split(/[,，\s]+/)
        .filter(Boolean)
        .join(",")
    : text;
  const datum = COORDINATE.test(text) ? search.datum.value : null;
  try {
    const answer = await get("/search", { q: query, datum }, { signal });
    search.results = answer;
    draw(search, remark(search.results));
  } catch (error) {
    if (error.name === "AbortError") return;
    search.results = [];
    draw(search, sentence(error));
  }
}

/** What to say beside the results: that there are none, or that one is not quite what was typed. */
function remark(results) {
  if (results.length === 0) return t("screen.search.none");
  if (isTied(results)) return t("screen.search.several");
  if (results[0].pick_on_map) return t("screen.search.pick_on_map");
  return results[0].kind === "swapped" ? t("screen.search.swapped") : null;
}

/** What was not typed, or fits no better than another, is taken only when it is picked. */
function isSure(results) {
  const [best] = results;
  return best && best.kind !== "swapped" && !best.pick_on_map && !isTied(results);
}

function isTied([best, next]) {
  return next && isAddress(best) && isAddress(next) && !best.pick_on_map && best.score === next.score;
}

function draw(search, message) {
  search.active = -1;
  const lines = search.results.map((each, index) => option(search, each, index));
  search.list.replaceChildren(...(message ? [element("li", { role: "status", text: message })] : []), ...lines);
  const places = search.results.map((each, index) => ({ ...each, number: index + 1 }));
  search.pins.show(
    places.filter(isAddress),
    (number) => take(search, number - 1),
  );
  search.list.hidden = false;
  search.input.setAttribute("aria-expanded", "true");
  search.input.removeAttribute("aria-activedescendant");
}

function isAddress({ kind }) {
  return ADDRESSES.includes(kind);
}

function option(search, result, index) {
  const number = isAddress(result) ? element("b", { class: "pin", text: String(index + 1) }) : null;
  const kind = [kindText(result), isAddress(result) ? percent(result.score) : null].filter(Boolean).join(" · ");
  return element(
    "li",
    {
      role: "option",
      id: `search-${index}`,
      "aria-selected": "false",
      onmousedown: (event) => take(search, index, event),
      onmouseenter: () => search.pins.point(index + 1),
    },
    element("span", {}, number, result.name ?? position(result.center)),
    element("span", { class: "kind", text: kind }),
    element("small", { text: [chainText(result.chain), result.code, ...gridText(result)].filter(Boolean).join(" · ") }),
  );
}

function kindText({ kind }) {
  const key = `screen.kind.${kind}`;
  return isKnown(key) ? t(key) : kind;
}

/** The grids of an address: the very one, or how many of a tower it may be, and the dedicated one over it. */
function gridText({ standing }) {
  if (!standing) return [];
  const { grid, stack, dedicated } = standing;
  return [
    grid && `${grid.name} ${grid.code}`,
    stack.length > 0 && t("screen.search.stack", { count: stack.length }),
    dedicated?.name,
  ];
}

function chainText(chain) {
  if (!Array.isArray(chain)) return chain ?? "";
  return chain.map((each) => each.name ?? each).join(" › ");
}

function key(search, event) {
  if (event.key === "Escape") return forget(search);
  const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
  if (!step || search.list.hidden || search.results.length === 0) return undefined;
  event.preventDefault();
  search.active = (search.active + step + search.results.length) % search.results.length;
  for (const [index, line] of search.list.querySelectorAll("[role=option]").entries()) {
    line.setAttribute("aria-selected", String(index === search.active));
    if (index === search.active) line.scrollIntoView({ block: "nearest" });
  }
  search.input.setAttribute("aria-activedescendant", `search-${search.active}`);
  search.pins.point(search.active + 1);
  return undefined;
}

async function submit(search, event) {
  event.preventDefault();
  clearTimeout(search.timer);
  if (search.active < 0) await find(search);
  if (search.active < 0 && !isSure(search.results)) return;
  if (search.results.length > 0) take(search, Math.max(0, search.active));
}

function take(search, index, event) {
  event?.preventDefault();
  const result = search.results[index];
  hide(search);
  // The pins stay: the next best may be meant.
  search.pins.point(index + 1);
  search.input.blur();
  search.chosen(result);
}

/** Close the list and take its pins from the map. */
function forget(search) {
  search.pins.clear();
  hide(search);
}

function hide(search) {
  search.waiting?.abort();
  clearTimeout(search.timer);
  search.list.hidden = true;
  search.input.setAttribute("aria-expanded", "false");
}
