// One dialog for every change of a post, and for what is only read.

import { element } from "../shared/element.mjs";
import { t } from "../shared/i18n.mjs";
import { clear, show } from "../shared/problems.mjs";
import { byId } from "./places.mjs";

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
  byId("dialog").showModal();
}

/** A field of the dialog. */
export function field(name, { type = "text", value = "", required = false, max = 64 } = {}) {
  const input = element("input", { name, type, value, required, maxlength: max, autocomplete: "off" });
  return element("label", {}, element("span", { text: t(`roster.field.${name}`) }), input);
}

async function submit(event) {
  event.preventDefault();
  const inputs = [...event.target.elements].filter((input) => input.name);
  const missing = inputs.find((input) => input.required && !input.value.trim());
  if (missing) return missing.focus();
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
