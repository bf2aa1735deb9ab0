// The changes of posts: each asks what it needs in the dialog, then posts it.

import { ask, field as fieldOf } from "../shared/dialog.mjs";
import { element } from "../shared/element.mjs";
import { date } from "../shared/formats.mjs";
import { t } from "../shared/i18n.mjs";
import { get, post } from "../shared/requests.mjs";
import { daysText, hush, tell } from "./places.mjs";

const field = (name, more) => fieldOf(name, t(`roster.field.${name}`), more);
const NEEDED = {
  "hand-over": () => [field("person", { required: true }), field("on", { type: "date" }), field("note", { max: 500 })],
  substitute: () => [
    field("person", { required: true }),
    field("on", { type: "date" }),
    field("last_on", { type: "date", required: true }),
    field("note", { max: 500 }),
  ],
  transfer: () => [field("area", { required: true }), field("on", { type: "date" }), field("note", { max: 500 })],
  end: () => [field("on", { type: "date" }), field("note", { required: true, max: 500 })],
};
export const CHANGES = Object.keys(NEEDED);

/** Say what was done; what begins later is told with its day. */
function tellFrom(key, values, on) {
  const said = t(key, values);
  if (on > date(Date.now())) tell("roster.done.later", { on, said });
  else tell(key, values);
}

/** Ask for an appointment; `area` is filled in where it is known. */
export function appoint(area, then) {
  const content = [
    field("area", { value: area, required: true }),
    field("person", { required: true }),
    field("on", { type: "date" }),
    field("last_on", { type: "date" }),
    field("note", { max: 500 }),
  ];
  const onAct = async (values) => {
    hush();
    const made = await post("/posts", values);
    tellFrom("roster.done.appoint", made, values.on);
    then();
  };
  ask({ title: t("roster.appoint"), content, button: t("roster.appoint"), onAct });
}

/** Ask for a change of a post. */
export function change(held, what, then) {
  const title = t(`roster.${what}.title`, { person: held.person, area: held.area_name ?? held.area });
  const onAct = async (values) => {
    hush();
    await post(`/posts/${held.id}/${what}`, values);
    tellFrom(`roster.done.${what}`, held, values.on);
    then();
  };
  ask({ title, content: NEEDED[what](), button: t(`roster.${what}`), onAct });
}

/** Show who held an area over time. */
export async function history(held) {
  const found = await get("/posts", { area: held.area, below: false, history: true, limit: 500 });
  const rows = found.posts
    .sort((one, other) => other.from_on.localeCompare(one.from_on))
    .map((one) =>
      element(
        "tr",
        {},
        element("th", { scope: "row", text: one.person }),
        element("td", { text: one.substitute ? t("roster.substitute") : t(`role.${one.role}`) }),
        element("td", { text: daysText(one) }),
        element("td", { text: one.note }),
      ),
    );
  const table = element("table", {}, element("tbody", {}, ...rows));
  const title = t("roster.history.title", { area: held.area_name ?? held.area });
  const content = [element("div", { class: "wide-table", role: "region", tabindex: 0, "aria-label": title }, table)];
  ask({ title, content });
}
