// One's own consents: read each notice, consent, withdraw.

import { start as startAppearance, wire } from "../shared/appearance.mjs";
import { element } from "../shared/element.mjs";
import { instant } from "../shared/formats.mjs";
import { onLanguage, pick, t } from "../shared/i18n.mjs";
import { clear, show } from "../shared/problems.mjs";
import { get, post, remove } from "../shared/requests.mjs";

const byId = (id) => document.getElementById(id);
let consents = [];

async function begin() {
  await startAppearance();
  wire(byId("theme"), byId("language"));
  onLanguage(draw);
  const session = await get("/session");
  if (!session.name || session.second_factor_due) return location.assign("/sign-in?back=/consents.html");
  byId("me").textContent = session.name;
  await attempt(() => {});
  document.documentElement.dataset.ready = "consents";
}

/** Do something, then read anew; what is refused is told above the list. */
async function attempt(act) {
  clear(byId("fault"));
  try {
    await act();
    consents = (await get("/consents")).consents;
    draw();
  } catch (error) {
    show(byId("fault"), error);
  }
}

function draw() {
  byId("list").replaceChildren(...consents.map(notice));
}

function notice(consent) {
  const { purpose, version } = consent;
  const give = () => post("/consents", { purpose, version });
  // As easy as to give it (PIPL art. 15): nothing is asked back.
  const withdraw = () => remove(`/consents/${encodeURIComponent(purpose)}`);
  const [key, act] = consent.is_in_force ? ["consents.withdraw", withdraw] : ["consents.give", give];
  return element(
    "article",
    { class: "notice-card", "data-purpose": purpose },
    element("h2", { text: pick(consent.title) }),
    element("p", { class: "quiet-text", text: t("consents.version", { version }) }),
    ...pick(consent.text).split("\n").map((text) => element("p", { text })),
    element(
      "footer",
      {},
      element("p", { class: consent.is_in_force ? "done" : "quiet-text", text: state(consent) }),
      element("button", {
        type: "button",
        class: consent.is_in_force ? null : "primary",
        text: t(key),
        onclick: () => attempt(act),
      }),
    ),
  );
}

function state({ is_in_force, given_at, given_version, withdrawn_at, version }) {
  if (is_in_force) return t("consents.state.given", { at: instant(given_at) });
  if (withdrawn_at) return t("consents.state.withdrawn", { at: instant(withdrawn_at) });
  if (given_version !== null && given_version < version) return t("consents.state.outdated", { given: given_version });
  return t("consents.state.none");
}

begin();
