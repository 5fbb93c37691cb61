// Our own addresses. A refusal becomes an Error whose message is one sentence for the reader.
import { words } from "./words.js";

const base = "/mv/api";

async function call(method, path, body) {
  let reply;
  try {
    reply = await fetch(base + path, { method, headers: body ? { "Content-Type": "application/json" } : {}, body: body ? JSON.stringify(body) : undefined });
  } catch { throw new Error(words.lost); }
  if (!reply.ok) {
    const fault = await reply.json().catch(() => ({}));
    const error = new Error(fault.error || words.lost);
    error.status = reply.status;
    throw error;
  }
  return reply;
}

const json = async (...request) => (await call(...request)).json();
const at = (id, rest = "") => `/sessions/${encodeURIComponent(id)}${rest}`;
const TYPES = { uint8: Uint8Array, uint16: Uint16Array, int16: Int16Array, float32: Float32Array };

export const api = {
  intro: () => json("GET", "/intro"),
  sessions: () => json("GET", "/sessions"),
  session: (id) => json("GET", at(id)),
  contents: (id) => json("GET", at(id, "/contents")),
  record: (id, turn) => json("GET", at(id, `/turns/${turn}`)),
  rename: (id, label) => json("PATCH", at(id), { label }),
  remove: (id) => call("DELETE", at(id)),
  stop: (id) => json("POST", at(id, "/stop")),
  review: (id, finding, action, text = "") => json("POST", at(id, `/findings/${encodeURIComponent(finding)}/review`), { action, text }),
  sign: (id, name) => json("POST", at(id, "/sign"), { name }),
  flag: (id, turn, note) => call("POST", at(id, "/flag"), { turn, note }),
  reportText: async (id) => (await call("GET", at(id, "/report.txt"))).text(),
  reportFile: async (id, form) => {
    const reply = await call("GET", at(id, `/report.${form}`));
    const name = /filename="([^"]+)"/.exec(reply.headers.get("Content-Disposition") || "");
    return { blob: await reply.blob(), name: name ? name[1] : `report.${form}` };
  },
  picture: async (id, artifact) => createImageBitmap(await (await call("GET", at(id, `/artifacts/${encodeURIComponent(artifact)}`))).blob()),
  pixels: async (id, handle) => {
    const reply = await call("GET", at(id, `/images/${encodeURIComponent(handle)}/pixels`));
    const type = TYPES[reply.headers.get("X-Pixel-Type")];
    const rows = Number(reply.headers.get("X-Rows")), columns = Number(reply.headers.get("X-Columns"));
    const data = new type(await reply.arrayBuffer());
    return { rows, columns, channels: data.length / (rows * columns), data };
  },
};
