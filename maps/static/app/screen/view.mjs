// The view as the API asks for it, and what the map has in it.

const PATIENCE_MS = 4000;

/** West, south, east, north of the view in degrees, 6 decimals. */
export function boxOf(map) {
  const bounds = map.getBounds();
  return [bounds.getWest(), bounds.getSouth(), bounds.getEast(), bounds.getNorth()]
    .map((each) => each.toFixed(6))
    .join(",");
}

/** The ids of the grids in view, once their tiles are drawn; a tile that never comes is not waited for. */
export async function gridsInView(map, signal) {
  if (!map.loaded()) await settled(map);
  if (signal.aborted) throw new DOMException("another question was asked", "AbortError");
  const found = map.queryRenderedFeatures({ layers: ["values"] });
  return [...new Set(found.map(({ id }) => id))];
}

function settled(map) {
  return new Promise((done) => {
    const timer = setTimeout(done, PATIENCE_MS);
    map.once("idle", () => {
      clearTimeout(timer);
      done();
    });
  });
}
