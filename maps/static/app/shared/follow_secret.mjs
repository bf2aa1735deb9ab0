// What a reporter follows a report by: 256 random bits made here. Only their SHA-256 is sent with the report.

const BYTES = 32;

/** Return {secret, sha256}; null over plain http, where browsers hash nothing and others could read the secret. */
export async function newSecret() {
  if (!crypto.subtle) return null;
  const bytes = crypto.getRandomValues(new Uint8Array(BYTES));
  const secret = btoa(String.fromCharCode(...bytes)).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
  const hash = new Uint8Array(await crypto.subtle.digest("SHA-256", new TextEncoder().encode(secret)));
  return { secret, sha256: Array.from(hash, (byte) => byte.toString(16).padStart(2, "0")).join("") };
}

/** Where a report is followed; the secret stands after #, which browsers send to nobody. */
export function followAddress(secret) {
  return `/follow#key=${secret}`;
}
