// The form that reports a place: category and a line of text. The report keeps its id until it is stored, so that a
// second try after a lost answer is the same report, not another.

import { clear, show as showProblem } from "../shared/problems.mjs";
import { newId } from "../shared/ids.mjs";
import { post } from "../shared/requests.mjs";
import { t } from "../shared/i18n.mjs";
import { element } from "../shared/element.mjs";

export const CATEGORIES = [
  "garbage",
  "road",
  "drainage",
  "lighting",
  "water",
  "heating",
  "fire_lane",
  "noise",
  "parking",
  "building",
  "dispute",
  "other",
];
const LONGEST_TEXT = 500;

/** Return the form for the place of `answer`. */
export function reportForm(answer, datum) {
  const options = CATEGORIES.map((name) => element("option", { value: name, text: t(`shared.category.${name}`) }));
  // Nothing is chosen beforehand: a kind that nobody meant would be believed.
  const none = element("option", { value: "", text: t("screen.report.choose") });
  const category = element("select", { id: "report-category", required: true }, none, ...options);
  const text = element("textarea", {
    id: "report-text",
    rows: 3,
    maxlength: LONGEST_TEXT,
    placeholder: t("screen.report.hint"),
  });
  const button = element("button", { class: "primary", type: "submit", text: t("shared.send") });
  const alert = element("div", { class: "fault", role: "alert", hidden: true });
  const form = element(
    "form",
    { "aria-labelledby": "report-title", novalidate: true },
    element("h3", { id: "report-title", text: t("screen.report") }),
    field("report-category", t("screen.report.category"), category),
    field("report-text", t("screen.report.text"), text),
    alert,
    button,
  );
  const draft = { id: newId(), answer, datum };
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    if (!category.value) {
      // The browser's own words would come in the browser's language.
      alert.textContent = t("screen.report.missing");
      alert.hidden = false;
      category.focus();
      return;
    }
    button.disabled = true;
    button.textContent = t("shared.sending");
    clear(alert);
    try {
      form.replaceChildren(thanks(await send(draft, category.value, text.value.trim())));
    } catch (error) {
      showProblem(alert, error);
      button.disabled = false;
      button.textContent = t("shared.retry");
      // A refused report was not stored; mended, it is another one.
      if (error.status >= 400 && error.status < 500) Object.assign(draft, { id: newId(), at: null });
    }
  });
  return form;
}

function field(id, label, control) {
  return element("div", { class: "field" }, element("label", { for: id, text: label }), control);
}

function send(draft, category, text) {
  const [x, y] = draft.answer.location;
  draft.at ??= new Date().toISOString();
  return post("/reports", { id: draft.id, x, y, datum: draft.datum, category, text, captured_at: draft.at });
}

function thanks(report) {
  const decision = report.decision ?? {};
  const name = decision.dedicated?.name ?? decision.name ?? t("shared.method.outside");
  return element("p", { class: "done", role: "status", text: t("screen.report.sent", { grid: name }) });
}
