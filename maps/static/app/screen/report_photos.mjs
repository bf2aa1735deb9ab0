// The photos of a report, each with what it says of itself: where and when it was taken, and how far that is from what
// was reported. A photo's word is a second source, never a proof, and the page says whose word it is.

import { element } from "../shared/element.mjs";
import { accuracy, instant } from "../shared/formats.mjs";
import { t } from "../shared/i18n.mjs";
import { show as showProblem } from "../shared/problems.mjs";
import { get } from "../shared/requests.mjs";

/** A section with the photos of `report`; null when it has none. */
export function reportPhotos(report) {
  if (!report?.photo_count) return null;
  const list = element("ol", { class: "photos" }, element("li", { class: "quiet-text", text: t("screen.photos.loading") }));
  const viewer = element("dialog", { class: "viewer", "aria-label": t("screen.photos") });
  fill(list, viewer, report.id);
  return element("section", { "aria-labelledby": "photos-title" }, element("h3", { id: "photos-title", text: t("screen.photos") }), list, viewer);
}

async function fill(list, viewer, id) {
  try {
    const { photos } = await get(`/reports/${id}/photos`);
    list.replaceChildren(...photos.map((photo, index) => item(photo, index + 1, viewer)));
  } catch (error) {
    const alert = element("li", { class: "fault", role: "alert" });
    showProblem(alert, error);
    list.replaceChildren(alert);
  }
}

function item(photo, number, viewer) {
  const name = t("screen.photos.nth", { number });
  const picture = element("img", { src: `/photos/${photo.sha256}?size=preview`, alt: name, loading: "lazy" });
  const open = element("button", { type: "button", class: "picture", title: t("screen.photos.close_up"), onclick: () => enlarge(viewer, photo, name) }, picture);
  const marks = [photo.is_far && "screen.photos.far", photo.is_old && "screen.photos.old"].filter(Boolean);
  return element(
    "li",
    { "data-sha256": photo.sha256 },
    open,
    element(
      "div",
      {},
      element("p", { text: where(photo) }),
      element("p", { text: when(photo) }),
      ...marks.map((key) => element("p", { class: "mark", text: t(key) })),
      photo.place ? element("small", { text: t("screen.photos.said") }) : null,
    ),
  );
}

function where({ place, distance_m: distance }) {
  return place ? t("screen.photos.from", { distance: accuracy(distance) }) : t("screen.photos.none");
}

function when({ taken_at: at, taken_local: local }) {
  if (at) return t("screen.photos.taken", { at: instant(at) });
  return local ? t("screen.photos.taken_local", { at: local.slice(0, 16) }) : t("screen.photos.untimed");
}

function enlarge(viewer, { sha256 }, name) {
  const close = element("button", { type: "button", text: t("shared.close"), onclick: () => viewer.close() });
  viewer.replaceChildren(element("img", { src: `/photos/${sha256}`, alt: name }), close);
  viewer.showModal();
}
