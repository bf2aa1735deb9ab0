// The reports of this phone: waiting, sent, refused, with what can be done about each.

import { instant } from "../shared/formats.mjs";
import { followAddress } from "../shared/follow_secret.mjs";
import { t } from "../shared/i18n.mjs";
import { lines } from "./where.mjs";

const SIGNS = {
  waiting: "M12 7v5l3 2M12 3a9 9 0 1 0 0 18 9 9 0 0 0 0-18z",
  sending: "M5 12h13M13 6l6 6-6 6",
  sent: "M5 12.5l4.5 4.5L19 7.5",
  refused: "M12 8v5M12 16.5v.5M12 3.5 2.5 20h19z",
};

/** Draw all reports into `list`; `doing` is the id that is being sent now. */
export function draw(list, reports, { doing, onBack, onDrop }) {
  list.replaceChildren(...reports.map((report) => item(report, report.id === doing, { onBack, onDrop })));
}

function item(report, isSending, actions) {
  const state = isSending && report.state === "waiting" ? "sending" : report.state;
  const row = make("li", { className: `entry ${state}` });
  row.dataset.state = state;
  row.dataset.id = report.id;
  const head = make("p", { className: "head" });
  head.append(sign(state), make("strong", { textContent: t(`field.state.${state}`) }));
  head.append(make("time", { textContent: instant(report.made_at), dateTime: new Date(report.made_at).toISOString() }));
  row.append(head, make("p", { textContent: said(report) }));
  const [main] = lines(report.decision);
  if (main) row.append(make("p", { className: "quiet-text", textContent: main.text }));
  if (report.problem) row.append(problem(report.problem));
  if (state === "sent" && report.follow) {
    row.append(make("a", { className: "follow", href: followAddress(report.follow), textContent: t("field.follow") }));
  }
  if (state === "refused") row.append(buttons(report, actions));
  return row;
}

function said({ body, photos }) {
  const parts = [t(`shared.category.${body.category}`), body.text];
  if (photos.length > 0) parts.push(t("field.photo.with", { count: photos.length }));
  return parts.filter(Boolean).join(" · ");
}

function problem({ status, detail, errors, photo }) {
  const told = errors.length > 0 ? errors.map((fault) => fault.detail).join(" ") : detail;
  const where = photo ? `${t("field.photo.nth", { number: photo })}: ` : "";
  return make("p", { className: "reason", textContent: `${t("field.problem", { status })} ${where}${told}` });
}

function buttons(report, { onBack, onDrop }) {
  const row = make("p", { className: "actions" });
  const back = make("button", { type: "button", textContent: t("field.back") });
  const drop = make("button", { type: "button", className: "quiet", textContent: t("field.drop") });
  back.addEventListener("click", () => onBack(report));
  drop.addEventListener("click", () => onDrop(report));
  row.append(back, drop);
  return row;
}

function sign(state) {
  const picture = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  picture.setAttribute("viewBox", "0 0 24 24");
  picture.setAttribute("aria-hidden", "true");
  const path = document.createElementNS("http://www.w3.org/2000/svg", "path");
  path.setAttribute("d", SIGNS[state]);
  picture.append(path);
  return picture;
}

function make(tag, properties) {
  return Object.assign(document.createElement(tag), properties);
}
