// Is the audit log whole? What is known of it, and a check of every row.

import { count, moment } from "../shared/formats.mjs";
import { onLanguage, t } from "../shared/i18n.mjs";
import { show } from "../shared/problems.mjs";
import { get, told } from "../shared/requests.mjs";
import { element } from "../shared/element.mjs";

const PATH = "/audit/verification";
let known = null;
let result = null;

/** Wire the button; places: {state, button, bar, result}. */
export function startVerification(places) {
  places.button.addEventListener("click", () => verify(places));
  onLanguage(() => draw(places));
  return refresh(places);
}

async function refresh(places) {
  known = await get(PATH);
  draw(places);
}

async function verify(places) {
  const { button, bar } = places;
  button.disabled = true;
  result = null;
  draw(places);
  bar.removeAttribute("value");
  bar.hidden = false;
  try {
    for await (const event of told(PATH)) {
      if (event.findings) result = event;
      else progress(places, event);
    }
    if (!result) throw new Error(t("audit.verify.broke_off"));
    await refresh(places);
  } catch (error) {
    show(places.result, error);
  } finally {
    bar.hidden = true;
    button.disabled = false;
  }
}

function progress({ bar }, { done, total }) {
  bar.max = total;
  bar.value = done;
  bar.setAttribute("aria-label", t("audit.verify.running", { done: count(done), total: count(total) }));
}

function draw({ state, result: place }) {
  if (known) state.textContent = [t("audit.chain.rows", { rows: count(known.rows) }), signedText(known)].join(" ");
  place.hidden = false;
  place.replaceChildren(...(result ? [resultElement(result)] : []));
}

function signedText({ heads, signed }) {
  return signed ? t("audit.chain.signed", anchor({ heads, signed })) : t("audit.chain.unsigned");
}

function anchor({ heads, signed }) {
  return { heads: count(heads), position: count(signed.position), at: moment(signed.at) };
}

function resultElement(found) {
  if (found.findings.length === 0) {
    const anchored = found.signed ? t("audit.verify.anchored", anchor(found)) : t("audit.verify.unanchored");
    const text = `${t("audit.verify.whole", { rows: count(found.rows) })} ${anchored}`;
    return element("p", { class: "done", text });
  }
  const more = found.more ? element("p", { text: t("audit.verify.more", { count: count(found.more) }) }) : null;
  return element(
    "div",
    { class: "fault" },
    element("p", { text: t("audit.verify.broken", { count: count(found.findings.length + found.more) }) }),
    element("ul", { class: "findings" }, ...found.findings.map(findingElement)),
    more,
  );
}

function findingElement({ kind, position, last, detail }) {
  const places = { first: count(position), last: count(last) };
  const rows = t(position === last ? "audit.finding.at" : "audit.finding.range", places);
  return element("li", { text: t(`audit.finding.${kind}`, { rows }) }, element("span", { class: "quiet-text", text: ` ${detail}` }));
}
