// Posts: what is vacant, who holds what, what redraws left open, and the import of a roster.

import { start as startAppearance, wire } from "../shared/appearance.mjs";
import { keep, read } from "../shared/address.mjs";
import { startDialog } from "../shared/dialog.mjs";
import { onLanguage } from "../shared/i18n.mjs";
import { clear, show } from "../shared/problems.mjs";
import { get, Problem } from "../shared/requests.mjs";
import { byId } from "./places.mjs";
import { startHolders } from "./holders.mjs";
import { startImport } from "./import.mjs";
import { startQuestions } from "./questions.mjs";
import { startVacancies } from "./vacancies.mjs";

const WRITERS = ["dispatcher", "administrator"];
const SUBSTITUTERS = [...WRITERS, "leader"];
const DECIDERS = [...SUBSTITUTERS, "planner"];
// Who may see what, as the service has it.
const READERS = {
  vacancies: [...DECIDERS, "level2"],
  holders: [...SUBSTITUTERS, "level2", "worker", "window", "clerk"],
  questions: DECIDERS,
  import: ["administrator"],
};
const TABS = Object.keys(READERS);
const parts = {};

async function begin() {
  await startAppearance();
  wire(byId("theme"), byId("language"));
  const session = await get("/session");
  if (!session.name || session.second_factor_due) {
    return location.assign(`/sign-in?back=${encodeURIComponent(`${location.pathname}${location.hash}`)}`);
  }
  byId("me").textContent = session.name;
  const roles = session.grants.map(({ role }) => role);
  document.body.classList.toggle("may-write", roles.some((role) => WRITERS.includes(role)));
  document.body.classList.toggle("may-substitute", roles.some((role) => SUBSTITUTERS.includes(role)));
  const mine = TABS.filter((name) => READERS[name].some((role) => roles.includes(role)));
  for (const name of TABS) byId(`tab-${name}`).hidden = !mine.includes(name);
  startDialog();
  parts.vacancies = startVacancies(attempt);
  parts.holders = startHolders(attempt);
  parts.questions = startQuestions(attempt);
  parts.import = startImport(attempt);
  for (const name of TABS) byId(`tab-${name}`).addEventListener("click", () => open(name));
  document.querySelector("[role=tablist]").addEventListener("keydown", step);
  onLanguage(() => Object.values(parts).forEach((part) => part.draw()));
  const wanted = read("tab");
  if (mine.length) await open(mine.includes(wanted) ? wanted : mine[0]);
  else refuse();
  if (mine.includes("questions") && wanted !== "questions") parts.questions.count();
  document.documentElement.dataset.ready = "roster";
}

/** Whoever may see none of it is told so, and sees no empty tables. */
function refuse() {
  for (const name of TABS) byId(name).hidden = true;
  show(byId("fault"), new Problem({ status: 403, detail: "None of your roles may do this." }));
}

async function open(name) {
  for (const each of TABS) {
    byId(each).hidden = each !== name;
    byId(`tab-${each}`).setAttribute("aria-selected", String(each === name));
    byId(`tab-${each}`).tabIndex = each === name ? 0 : -1;
  }
  keep("tab", name);
  byId("told").hidden = true;
  await attempt(() => parts[name].load());
}

function step(event) {
  const way = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
  if (!way) return;
  const there = TABS.filter((name) => !byId(`tab-${name}`).hidden);
  const now = there.findIndex((name) => byId(`tab-${name}`).getAttribute("aria-selected") === "true");
  const next = there[(now + way + there.length) % there.length];
  byId(`tab-${next}`).focus();
  open(next);
}

/** Do something; say what went wrong where it does. */
async function attempt(act) {
  clear(byId("fault"));
  try {
    return await act();
  } catch (error) {
    show(byId("fault"), error);
    return null;
  }
}

begin();
