// Who answers for the grid of an answer, and why they do: for those who may know the posts.

import { pick, t } from "../shared/i18n.mjs";
import { getIfAny } from "../shared/requests.mjs";
import { may } from "../shared/session.mjs";

/** Who answers for an area today; null where there is none, or it is not for who asks. */
export async function readResponsible(area, signal) {
  if (!area || !(await may("answering"))) return null;
  return getIfAny("/posts/answering", { area }, { signal });
}

/** The row of the panel: name, people with what they are, and the reason. */
export function responsibleRow({ posts, explanation }) {
  const people = posts.map(({ person, role, substitute }) => {
    const what = [t(`role.${role}`), substitute ? t("screen.responsible.substitute") : null].filter(Boolean);
    return t("screen.responsible.person", { person, what: what.join(t("screen.responsible.and")) });
  });
  return [t("screen.responsible"), people.join(t("screen.responsible.and")) || t("screen.responsible.nobody"), pick(explanation)];
}
