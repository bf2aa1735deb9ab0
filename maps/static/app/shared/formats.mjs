// Figures as people read them here: 2026-11-23 14:05, 1,234, 3.2 km. Times are the viewer's own.

const whole = new Intl.NumberFormat("en-US", { maximumFractionDigits: 0 });
const tenths = new Intl.NumberFormat("en-US", { minimumFractionDigits: 1, maximumFractionDigits: 1 });

export function count(value) {
  return whole.format(value);
}

export function metres(value) {
  if (value === null || value === undefined) return "—";
  if (value >= 1000) return `${tenths.format(value / 1000)} km`;
  return value < 100 ? `${tenths.format(value)} m` : `${whole.format(value)} m`;
}

export function percent(share) {
  return `${whole.format(share * 100)} %`;
}

export function days(value) {
  return value < 100 ? tenths.format(value) : whole.format(value);
}

function two(value) {
  return String(value).padStart(2, "0");
}

export function date(when) {
  const day = new Date(when);
  return `${day.getFullYear()}-${two(day.getMonth() + 1)}-${two(day.getDate())}`;
}

export function instant(when) {
  const at = new Date(when);
  return `${date(at)} ${two(at.getHours())}:${two(at.getMinutes())}`;
}

/** Longitude, latitude with 6 decimals (0.1 m). */
export function position([lon, lat]) {
  return `${lon.toFixed(6)}, ${lat.toFixed(6)}`;
}
