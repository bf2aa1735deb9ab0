// Who holds what on a day: found by code or by name, with every change.

import { element } from "../shared/element.mjs";
import { date } from "../shared/formats.mjs";
import { t } from "../shared/i18n.mjs";
import { get } from "../shared/requests.mjs";
import { appoint, change, CHANGES, history } from "./changes.mjs";
import { areaText, byId, daysText, fill, PAGE, soon } from "./places.mjs";

const state = { posts: [], next: null };
// A code is digits without a letter of a name in between; a numbered post has a hyphen.
const CODE = /^\d{9,18}$/;

export function startHolders(attempt) {
  const form = byId("holders-filter");
  const again = () => attempt(() => load());
  form.elements.on.value = date(Date.now());
  form.addEventListener("submit", (event) => event.preventDefault());
  form.addEventListener("input", soon(again));
  byId("appoint").addEventListener("click", () => appoint("", again));
  byId("held-more").addEventListener("click", () => attempt(() => load({ more: true })));
  return { load, draw };

  async function load({ more = false } = {}) {
    const text = form.elements.text.value.trim();
    const which = CODE.test(text) ? { area: text.padEnd(12, "0") } : { person: text.toLowerCase() };
    const asked = { ...which, on: form.elements.on.value, limit: PAGE, cursor: more ? state.next : "" };
    const answer = await get("/posts", asked);
    state.posts = more ? [...state.posts, ...answer.posts] : answer.posts;
    state.next = answer.next;
    draw();
  }

  function draw() {
    fill(byId("held"), state.posts.map(row), { columns: 5, empty: "roster.holders.none" });
    byId("held-more").hidden = state.next === null;
  }

  function row(held) {
    const may = (what) => (what === "substitute" ? "may-substitute" : "may-write");
    const changes = held.substitute ? CHANGES.filter((what) => what !== "substitute") : CHANGES;
    const buttons = changes.map((what) =>
      element("button", { type: "button", class: may(what), text: t(`roster.${what}`), onclick: () => change(held, what, again) }),
    );
    const past = { type: "button", text: t("roster.history"), onclick: () => attempt(() => history(held)) };
    const mark = held.substitute ? element("span", { class: "mark", text: t("roster.substitute") }) : null;
    return element(
      "tr",
      { "data-post": held.id },
      element("th", { scope: "row" }, ...areaText(held.area_name, held.area)),
      element("td", { text: t(`role.${held.role}`) }),
      element("td", {}, held.person, mark),
      element("td", { text: daysText(held) }),
      element("td", {}, element("div", { class: "row-actions" }, element("button", past), ...buttons)),
    );
  }
}
