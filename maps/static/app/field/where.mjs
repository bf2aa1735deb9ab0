// In whose grid the position lies, asked again when it has moved.

import { accuracy, metres } from "../shared/formats.mjs";
import { pick, t } from "../shared/i18n.mjs";
import { get } from "../shared/requests.mjs";

const MOVED_DEG = 0.00003; // some 3 m
const DIGITS = 7;
const AGAIN_MS = 10_000;

let asked = null;
let answer = null;
let asking = null;
let later = null;

/** Ask for the grid of a fix and call `show` with the lines to read; nothing is asked twice for one place. */
export async function tell(fix, show, { again = false } = {}) {
  if (!fix) {
    clearTimeout(later);
    asking?.abort();
    asked = answer = null;
    return show([]);
  }
  if (!again && asked && asked.datum === fix.datum && near(asked, fix)) {
    if (answer) show(lines(answer, fix));
    return;
  }
  asked = fix;
  answer = null;
  clearTimeout(later);
  asking?.abort();
  asking = new AbortController();
  const { signal } = asking;
  try {
    answer = await get("/route", { x: fix.x.toFixed(DIGITS), y: fix.y.toFixed(DIGITS), datum: fix.datum }, { signal });
    show(lines(answer, fix));
  } catch (error) {
    if (error.name === "AbortError") return;
    answer = null;
    later = setTimeout(() => tell(fix, show, { again: true }), AGAIN_MS);
    show([{ text: error.offline ? t("field.where.offline") : t("field.where.failed", { detail: error.message }), kind: "note" }]);
  }
}

/** Lines about a decision: grid, divisions, what else, why. */
export function lines(decision, fix = null) {
  if (!decision) return [];
  const found = decision.grid ? t("field.where.grid", { name: decision.name, code: decision.grid }) : t("field.where.outside");
  const chain = decision.divisions.map((each) => each.name).join(" · ");
  const told = [{ text: found, kind: "main" }];
  if (chain) told.push({ text: chain, kind: "chain" });
  if (decision.dedicated) told.push({ text: t("field.where.dedicated", { name: decision.dedicated.name }), kind: "chain" });
  if (decision.explanation) told.push({ text: pick(decision.explanation), kind: "why" });
  if (fix?.accuracy_m > decision.distance_m && decision.grid) {
    const values = { accuracy: accuracy(fix.accuracy_m), distance: metres(decision.distance_m) };
    told.push({ text: t("field.where.coarse", values), kind: "note" });
  }
  return told;
}

function near(one, other) {
  return Math.abs(one.x - other.x) < MOVED_DEG && Math.abs(one.y - other.y) < MOVED_DEG;
}
