// What the service answers to who has the secret of a report. The secret stands after # in the address and goes out
// in a header, so neither a log nor a history of another host ever has it.

import { read } from "../shared/address.mjs";
import { ask } from "../shared/requests.mjs";

function headers(more = {}) {
  return { Authorization: `Follow ${read("key") ?? ""}`, ...more };
}

export function hasSecret() {
  return Boolean(read("key"));
}

export async function report() {
  return (await ask("/follow/report", { headers: headers() })).json();
}

/** The photo as something that an img element can show. */
export async function photo(sha256) {
  return URL.createObjectURL(await (await ask(`/follow/photos/${sha256}`, { headers: headers() })).blob());
}

export async function correct(contact) {
  const type = { "Content-Type": "application/json" };
  await ask("/follow/contact", { method: "PUT", headers: headers(type), body: JSON.stringify(contact) });
}

export async function withdraw() {
  await ask("/follow/contact", { method: "DELETE", headers: headers() });
}

/** All data as a file: {blob, name}. */
export async function exported() {
  const answer = await ask("/follow/export", { headers: headers() });
  const name = /filename="([^"]+)"/.exec(answer.headers.get("Content-Disposition") ?? "")?.[1] ?? "report.json";
  return { blob: await answer.blob(), name };
}

export async function erase() {
  await ask("/follow/erasure", { method: "POST", headers: headers() });
}
