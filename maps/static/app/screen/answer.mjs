// The panel beside the map: in whose grid a place lies, why, and a form to report it.

import { count, metres, percent, position } from "../shared/formats.mjs";
import { get } from "../shared/requests.mjs";
import { isKnown, onLanguage, pick, t } from "../shared/i18n.mjs";
import { show as showProblem } from "../shared/problems.mjs";
import { element } from "../shared/element.mjs";
import { contactPart } from "./contact.mjs";
import { decisionSection, readDecision } from "./decision.mjs";
import { readReport, reportSection } from "./report.mjs";
import { reportForm } from "./report_form.mjs";
import { reportPhotos } from "./report_photos.mjs";
import { readResponsible, responsibleRow } from "./responsible.mjs";

const MAP_DATUM = "cgcs2000";
const MARGIN_PX = 32;
const EMPTY = { type: "FeatureCollection", features: [] };

/** Return {ask, close} for the panel `place` beside `map`. */
export function answerPanel(place, map) {
  const parts = { found: null, report: null, said: null, decided: null, reporter: null, responsible: null };
  const state = { waiting: null, answer: null, opener: null, ...parts };

  /** Close without moving the focus: the map goes elsewhere. */
  function dismiss() {
    state.waiting?.abort();
    state.answer = null;
    place.hidden = true;
    mark(map, null);
    select(map, null);
  }

  function close() {
    dismiss();
    (state.opener ?? map.getCanvas()).focus({ preventScroll: true });
  }

  /**
   * Ask whose grid a place is in. Of a `report` that lies there also what it says, photos and its reporter are shown;
   * an address that was `found` names itself, and its unit and floor the very grid of a stack.
   */
  async function ask(lon, lat, { report = null, found = null } = {}) {
    state.waiting?.abort();
    state.waiting = new AbortController();
    Object.assign(state, { report, found });
    const { signal } = state.waiting;
    state.opener = document.activeElement === document.body ? null : document.activeElement;
    mark(map, [lon, lat]);
    place.replaceChildren(head(t("shared.loading"), "", close), ...skeletons());
    place.hidden = false;
    try {
      const place = get("/route", { x: lon, y: lat, datum: MAP_DATUM }, { signal });
      const readers = [readReport, contactPart, readDecision];
      const ofReport = readers.map((read) => report && read(report.id, signal));
      const [here, said, reporter, decided] = await Promise.all([place, ...ofReport]);
      // What was decided of a report stays so, whatever a later plan says of its place.
      const answer = decided?.told.decision ?? byAddress(here, found);
      const responsible = await readResponsible(areaOf(answer), signal);
      Object.assign(state, { answer, said, decided, reporter, responsible });
      draw();
      await outline(map, state.answer, signal);
    } catch (error) {
      if (error.name === "AbortError") return;
      refuse(error, () => ask(lon, lat, { report, found }));
    }
  }

  function refuse(error, again) {
    const alert = element("div", { class: "fault", role: "alert" });
    showProblem(alert, error);
    const retry = element("button", { type: "button", text: t("shared.retry"), onclick: again });
    place.replaceChildren(head(t("screen.answer.failed"), "", close), alert, retry);
  }

  function draw() {
    const { answer, said, decided } = state;
    const reason = decided ? decisionSection(decided, redecide) : element("p", { class: "why", text: why(answer) });
    place.replaceChildren(
      head(title(answer), answer.grid ?? "", close),
      ...(said ? [reportSection(said)] : []),
      reason,
      ...[reportPhotos(state.report)].filter(Boolean),
      facts(answer, state),
      ...(state.reporter ? [state.reporter] : []),
      reportForm(answer, MAP_DATUM),
    );
    keepInSight(map, place, answer.location);
  }

  function redecide(decided) {
    Object.assign(state, { decided, answer: decided.told.decision });
    draw();
    outline(map, state.answer, state.waiting.signal).catch(() => {});
  }

  onLanguage(() => state.answer && draw());
  place.addEventListener("keydown", (event) => event.key === "Escape" && close());
  return { ask, close, dismiss, isOpen: () => !place.hidden, covers: () => covered(map, place) };
}

function head(text, code, close) {
  const cross = element("button", {
    class: "quiet",
    type: "button",
    text: "✕",
    title: t("shared.close"),
    "aria-label": t("shared.close"),
    onclick: close,
  });
  const under = code ? element("p", { class: "code", text: code }) : null;
  return element("header", {}, element("div", {}, element("h2", { text }), under), cross);
}

function skeletons() {
  return [80, 60, 100, 100, 100].map(() => element("div", { class: "skeleton" }));
}

function isAddress(found) {
  return Boolean(found?.standing);
}

/** The answer of a place as its address tells it: of a stack only unit and floor know the grid, not the point. */
function byAddress(answer, found) {
  const grid = found?.standing?.grid;
  if (!grid || !answer.stack?.includes(grid.code) || answer.stack.length < 2) return answer;
  return { ...answer, grid: grid.code, name: grid.name, stack: [], method: "address" };
}

/** Nothing is sent yet, so for a place outside the answer's own words would tell too much. */
function why(answer) {
  const own = `screen.answer.${answer.method}.why`;
  return isKnown(own) ? t(own) : pick(answer.explanation);
}

function title(answer) {
  if (!answer.grid) return t(answer.method === "imprecise" ? "shared.method.imprecise" : "screen.answer.outside");
  return answer.dedicated?.name ?? answer.name ?? answer.grid;
}

/** The rows of the panel: the chain from city to grid, what lies over it, and how it was decided. */
function facts(answer, { responsible, found }) {
  const rows = isAddress(found) ? [[t("screen.answer.address"), found.name, percent(found.score)]] : [];
  rows.push(...(answer.divisions ?? []).map((each) => [t(`shared.level.${each.level}`), each.name, each.code]));
  if (answer.level2) rows.push([t("shared.level2"), answer.level2.name, answer.level2.code]);
  if (answer.grid) rows.push([t("shared.grid"), answer.name ?? answer.grid, answer.grid]);
  if (answer.stack?.length > 1)
    rows.push([
      t("screen.answer.stack"),
      stackText(answer.stack),
      answer.stack.map((code) => code.slice(-3)).join(" "),
    ]);
  if (answer.dedicated) rows.push([t("shared.dedicated"), answer.dedicated.name, dedicatedText(answer.dedicated)]);
  if (answer.zone) rows.push([t("shared.zone"), answer.zone.name, answer.zone.code]);
  if (responsible) rows.push(responsibleRow(responsible));
  rows.push([t("shared.method"), t(`shared.method.${answer.method}`), ""]);
  if (answer.distance_m !== null) rows.push([t(distanceKey(answer)), metres(answer.distance_m), ""]);
  rows.push([t("screen.answer.place"), position(answer.location), "CGCS2000"]);
  rows.push([t("shared.plan"), t("screen.plan", { revision: answer.plan }), ""]);
  return element("dl", {}, ...rows.flatMap(row));
}

function distanceKey(answer) {
  return ["snapped", "outside"].includes(answer.method) ? "screen.answer.distance_out" : "shared.distance";
}

function row([name, value, under]) {
  const small = under ? element("small", { text: under }) : null;
  return [element("dt", { text: name }), element("dd", { text: value }, small)];
}

function stackText(stack) {
  return t("screen.answer.stack.count", { count: count(stack.length) });
}

function dedicatedText({ category, code }) {
  const key = `shared.dedicated.${category}`;
  return `${isKnown(key) ? t(key) : category} · ${code}`;
}

/** The code of the grid that has the place: the dedicated one where there is one. */
function areaOf(answer) {
  return answer.dedicated?.code ?? answer.grid;
}

/** Draw the border of the grid that has the place. */
async function outline(map, answer, signal) {
  select(map, null);
  const code = areaOf(answer);
  if (!code) return;
  const grid = await get(`/grids/${code}`, {}, { signal });
  select(map, grid);
}

function select(map, feature) {
  map.getSource("selection").setData(feature ?? EMPTY);
}

function mark(map, place) {
  map.getSource("picked").setData(place ? { type: "Point", coordinates: place } : EMPTY);
}

/** How many pixels of the map the panel covers, on the side where it lies: {right} or {bottom}. */
function covered(map, panel) {
  if (panel.hidden) return {};
  const stage = map.getContainer().getBoundingClientRect();
  const box = panel.getBoundingClientRect();
  return box.left > stage.left ? { right: stage.right - box.left } : { bottom: stage.bottom - box.top };
}

/** Move the map only when the place lies under the panel: to the middle of what is left beside or above it. */
function keepInSight(map, panel, place) {
  const point = map.project(place);
  const stage = map.getContainer().getBoundingClientRect();
  const box = panel.getBoundingClientRect();
  const [left, top] = [box.left - stage.left, box.top - stage.top];
  if (left > 0 && point.x > left - MARGIN_PX) map.panBy([point.x - left / 2, 0], { duration: 250 });
  if (left <= 0 && point.y > top - MARGIN_PX) map.panBy([0, point.y - top / 2], { duration: 250 });
}
