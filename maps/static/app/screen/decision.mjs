// Why a report is in its grid, what else the accuracy of its position meets, and another grid for a reason.

import { element } from "../shared/element.mjs";
import { instant, percent } from "../shared/formats.mjs";
import { pick, t } from "../shared/i18n.mjs";
import { clear, show } from "../shared/problems.mjs";
import { getIfAny, post } from "../shared/requests.mjs";
import { may } from "../shared/session.mjs";

const LONGEST_REASON = 200;
const LONGEST_CODE = 40;

/** Return {told, canCorrect} about the decision on a report; null where it is not for who asks. */
export async function readDecision(id, signal) {
  if (!(await may("reports"))) return null;
  const told = await getIfAny(`/reports/${id}/decision`, {}, { signal }).catch(() => null);
  return told && { told, canCorrect: await may("corrections") };
}

/** A section with the decision; `corrected` hears of another decision, which stands in its place. */
export function decisionSection({ told, canCorrect }, corrected) {
  const { decision, certainty, replay } = told;
  const doubt = certainty.doubt && t(`screen.decision.doubt.${certainty.doubt}`);
  return element(
    "section",
    { class: "decision", "aria-labelledby": "decision-title" },
    element("h3", { id: "decision-title", text: t("screen.decision") }),
    doubt ? element("p", { class: "doubt" }, element("strong", { text: doubt })) : null,
    element("p", { class: "why", text: pick(decision.explanation) }),
    replay.is_same === false ? element("p", { class: "fault", text: t("screen.decision.changed") }) : null,
    ...alternatives(decision, certainty),
    ...told.history.slice(0, -1).map(before),
    canCorrect ? correction(told, corrected) : null,
  );
}

function alternatives({ grid, method }, { share, outside, alternatives: others }) {
  if (others.length === 0 && outside === 0) return [];
  const rows = others.map((one) => [one.name, one.grid, one.share]);
  if (outside > 0 && grid) rows.push([t("screen.decision.outside"), "", outside]);
  const here = grid && share !== null ? `${t("screen.decision.here")} ${percent(share)}` : t(`shared.method.${method}`);
  return [
    element("p", { class: "quiet-text", text: here }),
    element("h4", { text: t("screen.decision.alternatives") }),
    element("ul", { class: "alternatives" }, ...rows.map(alternative)),
  ];
}

function alternative([name, code, share]) {
  const under = code ? element("small", { text: code }) : null;
  return element("li", {}, element("span", { text: `${name} · ${percent(share)}` }), under);
}

function before({ grid, until_at: until }) {
  const text = t("screen.decision.before", { grid: grid ?? t("screen.decision.outside"), at: instant(until) });
  return element("p", { class: "quiet-text", text });
}

function correction(told, corrected) {
  const grid = element("input", { id: "correction-grid", maxlength: LONGEST_CODE, autocomplete: "off" });
  const reason = element("input", {
    id: "correction-reason",
    maxlength: LONGEST_REASON,
    placeholder: t("screen.decision.hint"),
  });
  const alert = element("div", { class: "fault", role: "alert", hidden: true });
  const form = element(
    "form",
    { novalidate: true },
    field("screen.decision.grid", grid),
    field("screen.decision.reason", reason),
    alert,
    element("button", { type: "submit", text: t("screen.decision.save") }),
  );
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const empty = [grid, reason].find((input) => !input.value.trim());
    if (empty) return empty.focus();
    clear(alert);
    try {
      const said = { grid: grid.value.trim(), reason: reason.value.trim() };
      corrected({ told: await post(`/reports/${told.report}/decision`, said), canCorrect: true });
    } catch (error) {
      show(alert, error);
    }
  });
  return element("details", {}, element("summary", { text: t("screen.decision.correct") }), form);
}

function field(word, input) {
  return element("div", { class: "field" }, element("label", { for: input.id, text: t(word) }), input);
}
