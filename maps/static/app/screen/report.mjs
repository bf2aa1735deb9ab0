// What a report says, in the panel of the place where it lies.

import { element } from "../shared/element.mjs";
import { instant } from "../shared/formats.mjs";
import { isKnown, t } from "../shared/i18n.mjs";
import { getIfAny } from "../shared/requests.mjs";
import { may } from "../shared/session.mjs";

/** The report as it is kept; null where it is not for who asks. */
export async function readReport(id, signal) {
  return (await may("reports")) ? getIfAny(`/reports/${id}`, {}, { signal }) : null;
}

/** A section with the words of a report and how they came. */
export function reportSection(report) {
  const kind = named("category", report.category);
  const title = report.number === null ? kind : `${kind} · ${t("screen.said.number", { number: report.number })}`;
  const how = [named("channel", report.channel), instant(report.captured_at)].join(" · ");
  const words = report.erased_at
    ? element("p", { class: "erased", text: t("screen.said.erased", { at: instant(report.erased_at) }) })
    : element("p", { class: report.text ? "words" : "quiet-text", text: report.text || t("screen.said.nothing") });
  return element(
    "section",
    { class: "said", "aria-labelledby": "said-title" },
    element("h3", { id: "said-title", text: title }),
    element("p", { class: "quiet-text" }, element("time", { datetime: report.captured_at, text: how })),
    words,
  );
}

function named(noun, value) {
  const key = `shared.${noun}.${value}`;
  return isKnown(key) ? t(key) : value;
}
