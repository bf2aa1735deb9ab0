// What redraws left open: areas for which somebody has to say who holds them.

import { element } from "../shared/element.mjs";
import { percent } from "../shared/formats.mjs";
import { t } from "../shared/i18n.mjs";
import { get, post } from "../shared/requests.mjs";
import { appoint } from "./changes.mjs";
import { areaText, byId, PAGE, tell } from "./places.mjs";

const state = { questions: [], next: null };

export function startQuestions(attempt) {
  byId("open-more").addEventListener("click", () => attempt(() => load({ more: true })));
  const again = () => attempt(() => load());
  return { load, draw, count };

  async function load({ more = false } = {}) {
    const answer = await get("/posts/questions", { limit: PAGE, cursor: more ? state.next : "" });
    state.questions = more ? [...state.questions, ...answer.questions] : answer.questions;
    state.next = answer.next;
    draw();
  }

  /** Only show how many there are; whoever may not see them sees no number. */
  async function count() {
    await load().catch(() => null);
  }

  function draw() {
    const total = state.questions.length;
    byId("asked").hidden = total === 0;
    byId("asked").textContent = state.next === null ? String(total) : `${total}+`;
    const none = element("li", { text: t("roster.questions.none") });
    byId("open").replaceChildren(...(total ? state.questions.map(card) : [none]));
    byId("open-more").hidden = state.next === null;
  }

  function card(question) {
    const choices = question.candidates.map(({ area, person, share }) => {
      const text = t("roster.choose", { person, area, share: percent(share) });
      return element("button", { type: "button", class: "may-write", text, onclick: () => attempt(() => choose(question, person)) });
    });
    const other = { type: "button", class: "may-write", text: t("roster.choose.other"), onclick: () => appoint(question.area, again) };
    const why = t(`roster.reason.${question.reason}`, { plan: question.plan, on: question.asked_on });
    return element(
      "li",
      { "data-area": question.area },
      element("h2", {}, ...areaText(question.area_name, question.area)),
      element("p", { text: why }),
      element("ul", {}, ...question.candidates.map((one) => element("li", { class: "plain", text: held(one) }))),
      element("div", { class: "row-actions" }, ...choices, element("button", other)),
    );
  }

  /** Whoever is chosen holds the area: confirmed, handed over to, or appointed. */
  async function choose(question, person) {
    const { posts } = await get("/posts", { area: question.area, below: false });
    const holder = posts.find((one) => !one.substitute);
    if (!holder) await post("/posts", { area: question.area, person });
    else if (holder.person === person) await post(`/posts/${holder.id}/confirm`, {});
    else await post(`/posts/${holder.id}/hand-over`, { person });
    tell("roster.done.choose", { person, area: question.area });
    await load();
  }
}

function held({ area, person, share }) {
  return t("roster.candidate", { area, person, share: percent(share) });
}
