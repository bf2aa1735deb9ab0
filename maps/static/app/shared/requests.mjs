// Ask the API. An answer that is not 2xx becomes a Problem, with what the problem document says (RFC 9457).

export class Problem extends Error {
  constructor({ status, title, detail, errors, traceId, reason }) {
    super(detail || title || String(status));
    this.status = status;
    this.title = title;
    this.errors = errors ?? [];
    this.traceId = traceId;
    this.reason = reason;
  }

  /** Status 0: the request never reached the server. */
  get offline() {
    return this.status === 0;
  }
}

async function problemOf(answer) {
  let body = {};
  try {
    body = await answer.json();
  } catch {
    /* a proxy's HTML page: the status alone must do */
  }
  const { title, detail, errors, trace_id: traceId } = body;
  const reason = answer.headers.get("X-Sign-In");
  return new Problem({ status: answer.status, title: title ?? answer.statusText, detail, errors, traceId, reason });
}

/** Ask as `fetch` does, with headers of one's own; the answer as it is, or a Problem. */
export async function ask(address, options) {
  let answer;
  try {
    answer = await fetch(address, options);
  } catch (error) {
    if (error.name === "AbortError") throw error;
    throw new Problem({ status: 0, title: "offline" });
  }
  if (!answer.ok) throw await problemOf(answer);
  return answer;
}

/** A path with query `values`; null and "" are left out. */
function addressOf(path, values) {
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(values)) {
    if (value !== null && value !== undefined && value !== "") query.set(name, String(value));
  }
  const text = query.toString();
  return text ? `${path}?${text}` : path;
}

/** GET `path` with query `values` as JSON; null where there is nothing to tell. */
export async function get(path, values = {}, { signal } = {}) {
  const answer = await ask(addressOf(path, values), { signal });
  return answer.status === 204 ? null : answer.json();
}

const NOT_FOR_ALL = new Set([401, 403, 404]);

/** GET as `get` does; null where there is nothing, or nothing for who asks. */
export async function getIfAny(path, values = {}, options = {}) {
  try {
    return await get(path, values, options);
  } catch (error) {
    if (NOT_FOR_ALL.has(error.status)) return null;
    throw error;
  }
}

/** POST bytes (a Blob) with query `values`; the answer is read by who asks. */
export async function send(path, values, blob) {
  return ask(addressOf(path, values), { method: "POST", headers: { "Content-Type": "application/octet-stream" }, body: blob });
}

/** POST a value as JSON (or nothing), read JSON (null where there is none). */
export async function post(path, value, { signal } = {}) {
  const sent = value === undefined ? {} : { headers: { "Content-Type": "application/json" }, body: JSON.stringify(value) };
  const answer = await ask(path, { method: "POST", ...sent, signal });
  return answer.status === 204 ? null : answer.json();
}

/** PUT a value as JSON; nothing is read. */
export async function putJson(path, value) {
  await ask(path, { method: "PUT", headers: { "Content-Type": "application/json" }, body: JSON.stringify(value) });
}

/** POST, and yield what the answer tells bit by bit: the data of each server-sent event, as values. */
export async function* told(path, { signal } = {}) {
  const answer = await ask(path, { method: "POST", signal });
  const reader = answer.body.pipeThrough(new TextDecoderStream()).getReader();
  let text = "";
  for (;;) {
    const { value, done } = await reader.read();
    if (done) return;
    const events = (text + value).split("\n\n");
    text = events.pop();
    for (const event of events) yield JSON.parse(event.replace(/^data: /, ""));
  }
}

/** DELETE what is at `path`. */
export async function remove(path) {
  await ask(path, { method: "DELETE" });
}

/** PUT bytes (a Blob with its type), read JSON. */
export async function put(path, blob, { signal } = {}) {
  const headers = { "Content-Type": blob.type };
  return (await ask(path, { method: "PUT", headers, body: blob, signal })).json();
}
