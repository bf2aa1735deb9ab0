// The import of a roster: choose a file, look at what it would change, commit it, take the codes.

import { element } from "../shared/element.mjs";
import { count } from "../shared/formats.mjs";
import { t } from "../shared/i18n.mjs";
import { send } from "../shared/requests.mjs";
import { byId } from "./places.mjs";

const COUNTS = ["accounts_new", "accounts_known", "posts_new", "posts_unchanged", "posts_ended"];
const LEVELS = ["village", "level2", "grid"];
// `taken`: the codes of each import of this visit, which the server keeps nowhere; nothing on the form drops them.
const state = { shown: null, isCommitting: false, taken: [] };

export function startImport(attempt) {
  const form = byId("upload");
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    attempt(preview);
  });
  form.addEventListener("input", () => reset(null));
  byId("commit").addEventListener("click", () => attempt(commit));
  window.addEventListener("beforeunload", (event) => {
    if (state.isCommitting || state.taken.some(({ isSaved }) => !isSaved)) event.preventDefault();
  });
  return { load: async () => draw(), draw };

  function asked() {
    const { file, whole_of: whole, on } = form.elements;
    const values = { whole_of: whole.value.trim(), on: on.value };
    return { file: file.files[0], values };
  }

  function reset(shown) {
    state.shown = shown;
    draw();
  }

  async function preview() {
    const { file, values } = asked();
    if (!file) return form.elements.file.focus();
    reset(null);
    reset(await (await send("/rosters", values, file)).json());
  }

  async function commit() {
    const { file, values } = asked();
    state.isCommitting = true;
    draw();
    try {
      const answer = await send("/rosters", { ...values, commit: true }, file);
      state.taken.push({ name: file.name, address: URL.createObjectURL(await answer.blob()), isSaved: false });
      state.shown = null;
    } finally {
      state.isCommitting = false;
      draw();
    }
    byId("codes").querySelector("li:last-child a").click();
  }

  function draw() {
    const { shown, isCommitting, taken } = state;
    byId("commit").disabled = shown === null || shown.fault_count > 0 || isCommitting;
    byId("codes").replaceChildren(...taken.map(codesItem));
    byId("taken").hidden = taken.length === 0;
    byId("shown").replaceChildren(...(shown ? [told(shown), counts(shown), ...faults(shown)] : []));
  }
}

/** Where the codes of an import are saved, again if need be; saved at least once, they may be left behind. */
function codesItem(taken) {
  const { name, address } = taken;
  const onclick = () => (taken.isSaved = true);
  return element("li", {}, element("a", { href: address, download: "codes.zip", text: t("roster.codes", { name }), onclick }));
}

function told(shown) {
  return element("h2", { text: t("roster.would", { rows: count(shown.rows), on: shown.on }) });
}

function counts(shown) {
  const figures = [
    ...COUNTS.map((name) => [t(`roster.count.${name}`), shown[name]]),
    ...LEVELS.map((level) => [t("roster.count.vacant", { level: t(`roster.level.${level}`) }), shown.vacancies[level]]),
  ];
  const boxes = figures.map(([name, value]) =>
    element("div", {}, element("dt", { text: name }), element("dd", { text: count(value) })),
  );
  return element("dl", { class: "counts" }, ...boxes);
}

function faults({ faults: found, fault_count: total }) {
  if (total === 0) return [];
  const heads = ["row", "column", "value", "detail"].map((name) =>
    element("th", { scope: "col", text: t(`roster.fault.${name}`) }),
  );
  const rows = found.map(({ row, column, value, detail }) =>
    element("tr", {}, ...[row, column, value, detail].map((cell) => element("td", { text: String(cell) }))),
  );
  const table = element(
    "table",
    { id: "faults" },
    element("thead", {}, element("tr", {}, ...heads)),
    element("tbody", {}, ...rows),
  );
  const title = t("roster.faults", { count: count(total) });
  return [
    element("p", { class: "fault", text: title }),
    element("div", { class: "wide-table", role: "region", tabindex: 0, "aria-label": title }, table),
  ];
}
