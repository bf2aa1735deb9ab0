// Figures as people read them here: 2026-11-23 14:05, 1,234, 3.2 km. Times are the city's own, wherever the viewer is.

const whole = new Intl.NumberFormat("en-US", { maximumFractionDigits: 0 });
const tenths = new Intl.NumberFormat("en-US", { minimumFractionDigits: 1, maximumFractionDigits: 1 });
const NO_BREAK = "\u00a0"; // a unit never stands alone on the next line

export function count(value) {
  return whole.format(value);
}

export function metres(value) {
  if (value === null || value === undefined) return "—";
  if (value >= 1000) return `${tenths.format(value / 1000)}${NO_BREAK}km`;
  return `${(value < 100 ? tenths : whole).format(value)}${NO_BREAK}m`;
}

/** How far off a phone says it may be: whole metres, since it knows no tenths; never ±0. */
export function accuracy(value) {
  return value < 1000 ? `${whole.format(Math.max(1, value))}${NO_BREAK}m` : metres(value);
}

export function percent(share) {
  return `${whole.format(share * 100)} %`;
}

export function days(value) {
  return value < 100 ? tenths.format(value) : whole.format(value);
}

const clock = new Intl.DateTimeFormat("en-GB", {
  timeZone: "Asia/Shanghai",
  hourCycle: "h23",
  year: "numeric",
  month: "2-digit",
  day: "2-digit",
  hour: "2-digit",
  minute: "2-digit",
});

function parts(when) {
  return Object.fromEntries(clock.formatToParts(new Date(when)).map(({ type, value }) => [type, value]));
}

export function date(when) {
  const { year, month, day } = parts(when);
  return `${year}-${month}-${day}`;
}

export function instant(when) {
  const { hour, minute } = parts(when);
  return `${date(when)} ${hour}:${minute}`;
}

/** An instant with its seconds. */
export function moment(when) {
  return `${instant(when)}:${String(new Date(when).getUTCSeconds()).padStart(2, "0")}`;
}

/** What a field of date and time holds, as an instant of the city; null where it is empty. */
export function ofField(value) {
  return value ? `${value.length === 16 ? `${value}:00` : value}+08:00` : null;
}

/** Longitude, latitude with 6 decimals (0.1 m). */
export function position([lon, lat]) {
  return `${lon.toFixed(6)}, ${lat.toFixed(6)}`;
}
