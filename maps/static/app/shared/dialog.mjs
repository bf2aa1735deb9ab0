// One dialog of a page, for every change that asks for more and for what is only read.

import { element } from "./element.mjs";
import { t } from "./i18n.mjs";
import { clear, show } from "./problems.mjs";

const byId = (id) => document.getElementById(id);
let act = null;

export function startDialog() {
  byId("dialog-close").addEventListener("click", () => byId("dialog").close());
  byId("dialog").querySelector("form").addEventListener("submit", submit);
}

/** Show `content` under a title; with `onAct` a button that does it with the values of the fields. */
export function ask({ title, content, button = null, onAct = null }) {
  byId("dialog-title").textContent = title;
  byId("dialog-body").replaceChildren(...content);
  clear(byId("dialog-fault"));
  byId("dialog-act").hidden = onAct === null;
  byId("dialog-act").textContent = button ?? "";
  act = onAct;
  if (!byId("dialog").open) byId("dialog").showModal();
}

/** Ask whether something that cannot be taken back is meant. */
export function askSure(question, button, onAct) {
  ask({ title: button, content: [element("p", { text: question })], button, onAct });
}

/** A field of the dialog under a `label`; more attributes as the input has them. */
export function field(name, label, { type = "text", max = 64, ...more } = {}) {
  const input = element("input", { name, type, maxlength: type === "text" ? max : null, autocomplete: "off", ...more });
  const text = element("span", { class: more.required ? "required" : null, text: label });
  return element("label", {}, text, input);
}

/** A choice of the dialog: `options` are [value, text]. */
export function choice(name, label, options) {
  const chosen = options.map(([value, text]) => element("option", { value, text }));
  return element("label", {}, element("span", { text: label }), element("select", { name }, ...chosen));
}

/** Say beside the buttons which field has to be filled, and go there. */
function refuse(input) {
  const label = input.labels[0].querySelector("span").textContent;
  byId("dialog-fault").replaceChildren(element("p", { text: t("shared.missing", { label }) }));
  byId("dialog-fault").hidden = false;
  input.focus();
}

async function submit(event) {
  event.preventDefault();
  const inputs = [...event.target.elements].filter((input) => input.name);
  const missing = inputs.find((input) => input.required && !input.value.trim());
  if (missing) return refuse(missing);
  const values = Object.fromEntries(
    inputs.filter((input) => input.value.trim()).map((input) => [input.name, input.value.trim()]),
  );
  byId("dialog-act").disabled = true;
  try {
    await act(values);
    byId("dialog").close();
  } catch (error) {
    show(byId("dialog-fault"), error);
  } finally {
    byId("dialog-act").disabled = false;
  }
}
