// The contact of who reported, below a report: masked, and whole for a reason that the reporter reads.

import { contactList } from "../shared/contact.mjs";
import { element } from "../shared/element.mjs";
import { t } from "../shared/i18n.mjs";
import { clear, show } from "../shared/problems.mjs";
import { getIfAny, post } from "../shared/requests.mjs";
import { may } from "../shared/session.mjs";

const LONGEST_REASON = 200;

/** Return the part of the panel about the contact of a report; null where there is none, or not for who asks. */
export async function contactPart(id, signal) {
  if (!(await may("contacts"))) return null;
  const masked = await getIfAny(`/reports/${id}/contact`, {}, { signal }).catch(() => null);
  return masked && part(id, masked);
}

function part(id, masked) {
  const reason = element("input", {
    id: "contact-reason",
    maxlength: LONGEST_REASON,
    placeholder: t("screen.contact.hint"),
    "data-i18n-attr": "placeholder:screen.contact.hint",
  });
  const alert = element("div", { class: "fault", role: "alert", hidden: true });
  const form = element(
    "form",
    { novalidate: true },
    element("div", { class: "field" }, said("label", "screen.contact.reason", { for: "contact-reason" }), reason),
    alert,
    said("button", "screen.contact.show", { type: "submit" }),
  );
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    if (!reason.value.trim()) return reason.focus();
    clear(alert);
    try {
      const contact = await post(`/reports/${id}/contact/unmask`, { reason: reason.value.trim() });
      form.previousElementSibling.replaceWith(contactList(contact));
      form.remove();
    } catch (error) {
      show(alert, error);
    }
  });
  const title = said("h3", "screen.contact", { id: "contact-title" });
  return element("section", { class: "reporter", "aria-labelledby": "contact-title" }, title, contactList(masked), form);
}

function said(name, word, properties = {}) {
  return element(name, { "data-i18n": word, text: t(word), ...properties });
}
