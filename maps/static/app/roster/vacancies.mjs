// Vacancies as of a day: counts by division, one below the other, and the list.

import { element } from "../shared/element.mjs";
import { count, date } from "../shared/formats.mjs";
import { t } from "../shared/i18n.mjs";
import { get } from "../shared/requests.mjs";
import { appoint } from "./changes.mjs";
import { areaText, byId, fill, PAGE, soon } from "./places.mjs";

const LEVELS = ["village", "level2", "grid"];
const state = { found: [], divisions: [], next: null, path: [] };

export function startVacancies(attempt) {
  const form = byId("vacancies-filter");
  form.elements.on.value = date(Date.now());
  form.addEventListener("submit", (event) => event.preventDefault());
  form.addEventListener("input", soon(() => attempt(() => load())));
  byId("vacant-more").addEventListener("click", () => attempt(() => load({ more: true })));
  const enter = (division) => {
    state.path = division ? [...state.path, division] : [];
    return attempt(() => load());
  };
  return { load, draw: () => draw(enter) };

  async function load({ more = false } = {}) {
    const { on, level } = form.elements;
    const within = state.path.at(-1)?.code;
    const asked = { on: on.value, level: level.value, within, limit: PAGE, cursor: more ? state.next : "" };
    const answer = await get("/posts/vacancies", asked);
    state.found = more ? [...state.found, ...answer.vacancies] : answer.vacancies;
    state.divisions = answer.divisions ?? state.divisions;
    state.next = answer.next;
    draw(enter);
  }

  function draw(go) {
    const whole = element("button", { type: "button", class: "link", text: t("roster.everywhere"), onclick: () => go(null) });
    const steps = state.path.map(({ name }) => element("span", { text: `› ${name}` }));
    byId("path").replaceChildren(...(state.path.length ? [whole, ...steps] : []));
    fill(byId("tallies"), state.divisions.map((one) => tally(one, go)), { columns: 4, empty: "roster.none" });
    fill(byId("vacant"), state.found.map((one) => row(one, () => attempt(() => load()))), {
      columns: 4,
      empty: "roster.vacancies.none",
    });
    byId("vacant-more").hidden = state.next === null;
  }
}

function tally(division, go) {
  const isLast = !division.code.endsWith("000");
  const name = isLast
    ? element("span", { text: division.name })
    : element("button", { type: "button", class: "link", text: division.name, onclick: () => go(division) });
  return element(
    "tr",
    { "data-division": division.code },
    element("th", { scope: "row" }, name),
    ...LEVELS.map((level) => {
      const { areas, vacant } = division.levels[level] ?? { areas: 0, vacant: 0 };
      const share = element("span", { class: vacant ? "is-vacant" : null, text: count(vacant) });
      return element("td", { class: "figure" }, share, ` / ${count(areas)}`);
    }),
  );
}

function row(vacancy, then) {
  const { area, name, level, since_on: since } = vacancy;
  const act = { type: "button", text: t("roster.appoint"), onclick: () => appoint(area, then) };
  return element(
    "tr",
    { "data-area": area },
    element("th", { scope: "row" }, ...areaText(name, area)),
    element("td", { text: t(`roster.level.${level}`) }),
    element("td", { text: since ?? t("roster.since.never") }),
    element("td", { class: "may-write" }, element("button", act)),
  );
}
