// Where the report is: the phone's own position with its accuracy, or coordinates set by hand with their datum.

const OPTIONS = { enableHighAccuracy: true, maximumAge: 5_000, timeout: 30_000 };
export const DATUMS = ["wgs84", "cgcs2000", "gcj02", "bd09"];

let watch = null;
let current = { source: "gps", state: "waiting", fix: null };
let changed = () => {};

/** {source: gps|hand, state: waiting|found|refused|unavailable|insecure, fix: {x, y, datum, accuracy_m, at} or null} */
export function position() {
  return current;
}

export function start(listener) {
  changed = listener;
  followGps();
}

/** Follow the phone's position; coordinates set by hand are forgotten. */
export function followGps() {
  if (!isSecureContext) return set({ source: "gps", state: "insecure", fix: null });
  if (!navigator.geolocation) return set({ source: "gps", state: "unavailable", fix: null });
  if (watch !== null) navigator.geolocation.clearWatch(watch);
  set({ source: "gps", state: "waiting", fix: null });
  watch = navigator.geolocation.watchPosition(found, failed, OPTIONS);
}

/** Take coordinates set by hand instead. */
export function setByHand({ x, y, datum }) {
  if (watch !== null) navigator.geolocation.clearWatch(watch);
  watch = null;
  set({ source: "hand", state: "found", fix: { x, y, datum, accuracy_m: null, at: Date.now() } });
}

/** Put a position back that was saved with a draft. */
export function restore(saved) {
  if (saved?.source === "hand" && saved.fix) setByHand(saved.fix);
}

// Phones give WGS 84 (EPSG:4326).
function found({ coords, timestamp }) {
  const fix = { x: coords.longitude, y: coords.latitude, datum: "wgs84", accuracy_m: coords.accuracy, at: timestamp };
  set({ source: "gps", state: "found", fix });
}

function failed(error) {
  if (error.code === error.PERMISSION_DENIED) set({ source: "gps", state: "refused", fix: null });
  else if (!current.fix) set({ source: "gps", state: "unavailable", fix: null });
}

function set(next) {
  current = next;
  changed(current);
}
