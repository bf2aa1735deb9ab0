// Lets /report open without a network. Pages and what they load are asked for anew and kept; when the network does not
// answer soon, what was kept is given. Reports, photos and questions to the API never pass through here.

const CACHE = "wangge-field-5";
const SOON_MS = 4_000;
const PAGE = "/report";
const FILES = [
  PAGE,
  "/static/app/field/brush.mjs",
  "/static/app/field/field.css",
  "/static/app/field/form.css",
  "/static/app/field/form.mjs",
  "/static/app/field/list.mjs",
  "/static/app/field/main.mjs",
  "/static/app/field/manifest.webmanifest",
  "/static/app/field/outbox.mjs",
  "/static/app/field/photo.mjs",
  "/static/app/field/photo_list.mjs",
  "/static/app/field/photos.css",
  "/static/app/field/position.mjs",
  "/static/app/field/sender.mjs",
  "/static/app/field/where.mjs",
  "/static/app/shared/address.mjs",
  "/static/app/shared/appearance.mjs",
  "/static/app/shared/contact.css",
  "/static/app/shared/contact.mjs",
  "/static/app/shared/controls.css",
  "/static/app/shared/element.mjs",
  "/static/app/shared/follow_secret.mjs",
  "/static/app/shared/formats.mjs",
  "/static/app/shared/i18n.mjs",
  "/static/app/shared/icon.svg",
  "/static/app/shared/ids.mjs",
  "/static/app/shared/requests.mjs",
  "/static/app/shared/session.mjs",
  "/static/app/shared/tokens.css",
  "/static/i18n/en.json",
  "/static/i18n/zh.json",
];

self.addEventListener("install", (event) => {
  event.waitUntil(caches.open(CACHE).then((cache) => cache.addAll(FILES)).then(() => self.skipWaiting()));
});

self.addEventListener("activate", (event) => {
  const old = (name) => name.startsWith("wangge-field-") && name !== CACHE;
  const clean = caches.keys().then((names) => Promise.all(names.filter(old).map((name) => caches.delete(name))));
  event.waitUntil(clean.then(() => self.clients.claim()));
});

self.addEventListener("fetch", (event) => {
  const address = new URL(event.request.url);
  const ours = address.origin === location.origin && (address.pathname === PAGE || address.pathname.startsWith("/static/"));
  if (event.request.method === "GET" && ours) event.respondWith(answer(event, address.pathname));
});

async function answer(event, path) {
  const cache = await caches.open(CACHE);
  const fresh = fetch(event.request).then(async (response) => {
    if (response.ok) await cache.put(path, response.clone());
    return response;
  });
  event.waitUntil(fresh.catch(() => {}));
  const kept = await cache.match(path);
  if (!kept) return fresh;
  const late = new Promise((resolve) => setTimeout(() => resolve(kept), SOON_MS));
  return Promise.race([fresh.catch(() => kept), late]);
}
