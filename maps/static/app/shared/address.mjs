// The part of the address after #: what a link to this very view carries (view, lang, theme, layer).
// MapLibre writes `view` by itself and leaves the others alone.

function parts() {
  return new URLSearchParams(location.hash.slice(1));
}

export function read(name) {
  return parts().get(name);
}

/** Keep `value` under `name`; null drops it. Slashes stay readable, as MapLibre writes them. */
export function keep(name, value) {
  const all = parts();
  if (value === null || value === "") all.delete(name);
  else all.set(name, value);
  const text = [...all].map(([key, each]) => `${key}=${encodeURIComponent(each).replaceAll("%2F", "/")}`).join("&");
  history.replaceState(history.state, "", `${location.pathname}${location.search}#${text}`);
}
