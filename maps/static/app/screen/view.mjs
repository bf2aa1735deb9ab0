// The view as the API asks for it.

/** West, south, east, north of the view in degrees, 6 decimals. */
export function boxOf(map) {
  const bounds = map.getBounds();
  return [bounds.getWest(), bounds.getSouth(), bounds.getEast(), bounds.getNorth()]
    .map((each) => each.toFixed(6))
    .join(",");
}
