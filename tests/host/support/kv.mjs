// A stand-in for Workers KV and its HTTP API. It checks each request as Cloudflare's documentation describes it.
//
// Writers see their writes at once. A location sees each key after a time of its own, and keeps for a while that a key was
// absent.
import { createServer } from "node:http";

const [ACCOUNT, NAMESPACE, TOKEN] = ["acc0", "0123456789abcdef0123456789abcdef", "secret-token"];
const BASE = `/client/v4/accounts/${ACCOUNT}/storage/kv/namespaces/${NAMESPACE}`;
const LIMITS = { key: 512, metadata: 1024, value: 25 << 20, bulk: 10_000, list: 1000, ttl: 60, writeEveryMs: 1000 };

const failure = (status, code, message) => ({ status, body: { success: false, errors: [{ code, message }], messages: [], result: null } });
const success = (result, more = {}) => ({ status: 200, body: { success: true, errors: [], messages: [], result, ...more } });

/** Starts it. `fault(request)` may answer a request in its place: a status with a body, or `"nothing"`. */
export async function startKv({ fault = () => undefined, pageSize = LIMITS.list } = {}) {
  const values = new Map();
  const writes = new Map();
  const requests = [];
  const server = createServer(async (request, response) => {
    const parts = [];
    for await (const part of request) parts.push(part);
    const body = Buffer.concat(parts);
    const url = new URL(request.url, "http://kv");
    requests.push(`${request.method} ${url.pathname.replace(BASE, "")}${url.search}`);
    const wrong = fault({ method: request.method, path: decodeURIComponent(url.pathname.replace(BASE, "")), count: requests.length });
    if (wrong === "nothing") return; // The connection stays open, and nothing comes.
    if (wrong === "reset") return request.socket.destroy();
    const answer = wrong ?? handle(request, url, body);
    response.writeHead(answer.status, { "content-type": answer.raw ? "application/octet-stream" : "application/json", ...answer.headers });
    response.end(answer.raw ?? (typeof answer.body === "string" ? answer.body : JSON.stringify(answer.body)));
  });

  function handle(request, url, body) {
    if (request.headers.authorization !== `Bearer ${TOKEN}`) return failure(403, 10000, "Authentication error");
    if (!url.pathname.startsWith(`/client/v4/accounts/${ACCOUNT}/`)) return failure(404, 7003, "Could not route to the account");
    const isNew = request.method === "POST" && url.pathname === BASE.slice(0, BASE.lastIndexOf("/"));
    if (isNew && JSON.parse(body.toString()).title) return success({ id: NAMESPACE, title: JSON.parse(body.toString()).title });
    if (!url.pathname.startsWith(`${BASE}/`)) return failure(404, 10013, "namespace not found");
    const path = url.pathname.slice(BASE.length);
    // The slash of a key is encoded: a plain one would be another path.
    const key = /^\/values\/([^/]+)$/.exec(path)?.[1];
    const name = key && decodeURIComponent(key);
    if (name && Buffer.byteLength(name) > LIMITS.key) return failure(414, 10030, "key too long");
    if (key && request.method === "GET") {
      return values.has(name) ? { status: 200, raw: values.get(name).bytes } : failure(404, NOT_FOUND, "get: 'key not found'");
    }
    if (key && request.method === "PUT") return put(name, request, url, body);
    if (key && request.method === "DELETE") return values.delete(name), success(null);
    if (path === "/keys" && request.method === "GET") return list(url.searchParams);
    if (path === "/bulk/delete" && request.method === "POST") return bulkDelete(request, body);
    return failure(405, 7001, `Method ${request.method} not available for ${path}`);
  }

  function put(name, request, url, body) {
    const ttl = url.searchParams.get("expiration_ttl");
    if (ttl !== null && !(Number(ttl) >= LIMITS.ttl)) return failure(400, 10033, "expiration_ttl must be at least 60");
    for (const parameter of url.searchParams.keys()) {
      if (!["expiration", "expiration_ttl"].includes(parameter)) return failure(400, 10001, `unknown parameter ${parameter}`);
    }
    const type = request.headers["content-type"] ?? "";
    const form = type.startsWith("multipart/form-data") ? formData(type, body) : { value: body };
    if (!form?.value) return failure(400, 10012, "the form has no value");
    if (form.value.length > LIMITS.value) return failure(413, 10024, "value too large");
    let metadata;
    if (form.metadata) {
      if (form.metadata.length > LIMITS.metadata) return failure(413, 10029, "metadata too large");
      try {
        metadata = JSON.parse(form.metadata.toString());
      } catch {
        return failure(400, 10031, "metadata is not JSON");
      }
    }
    const last = writes.get(name) ?? 0;
    if (Date.now() - last < LIMITS.writeEveryMs && last > 0) return { ...failure(429, 10048, "one write a second for each key"), headers: { "retry-after": "1" } };
    writes.set(name, Date.now());
    values.set(name, { bytes: form.value, metadata, order: requests.length });
    return success(null);
  }

  function list(query) {
    const limit = Number(query.get("limit") ?? LIMITS.list);
    if (!(limit >= 10 && limit <= LIMITS.list)) return failure(400, 10001, "limit is from 10 to 1000");
    const found = [...values.keys()].filter((name) => name.startsWith(query.get("prefix") ?? "")).sort();
    // A cursor says nothing of itself. The last page before the end may be empty.
    const from = query.get("cursor") ? Number(Buffer.from(query.get("cursor"), "base64").toString()) : 0;
    const page = found.slice(from, from + Math.min(limit, pageSize));
    const more = from + page.length < found.length || (page.length > 0 && pageSize < LIMITS.list);
    const cursor = more ? Buffer.from(String(from + page.length)).toString("base64") : "";
    const result = page.map((name) => ({ name, ...(values.get(name).metadata && { metadata: values.get(name).metadata }) }));
    return success(result, { result_info: { count: result.length, cursor } });
  }

  function bulkDelete(request, body) {
    if (!request.headers["content-type"]?.startsWith("application/json")) return failure(400, 10001, "JSON is needed");
    const names = JSON.parse(body.toString());
    if (!Array.isArray(names) || names.length > LIMITS.bulk) return failure(400, 10022, "too many keys");
    for (const name of names) values.delete(name);
    return success({ successful_key_count: names.length, unsuccessful_keys: [] });
  }

  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = `http://127.0.0.1:${server.address().port}/client/v4`;
  return {
    address,
    url: `kv://${NAMESPACE}`,
    namespace: NAMESPACE,
    /** What a client needs. */
    env: { CLOUDFLARE_API_BASE_URL: address, CLOUDFLARE_ACCOUNT_ID: ACCOUNT, CLOUDFLARE_API_TOKEN: TOKEN },
    values,
    requests,
    stop: () => (server.closeAllConnections(), new Promise((resolve) => server.close(resolve))),
  };
}

const NOT_FOUND = 10009;

/** The parts of a form, by name. */
function formData(type, body) {
  const boundary = /boundary="?([^";]+)"?/.exec(type)?.[1];
  if (!boundary) return undefined;
  const found = {};
  const mark = Buffer.from(`--${boundary}`);
  if (!body.subarray(0, mark.length).equals(mark) || !body.subarray(body.length - 8).toString().includes("--")) return undefined;
  let at = mark.length;
  for (;;) {
    const end = body.indexOf(Buffer.from(`\r\n--${boundary}`), at);
    if (end < 0) return found;
    const part = body.subarray(at, end);
    const gap = part.indexOf("\r\n\r\n");
    const name = /name="([^"]+)"/i.exec(part.subarray(0, gap).toString())?.[1];
    if (gap < 0 || !name) return undefined;
    found[name] = part.subarray(gap + 4);
    at = end + mark.length + 2;
  }
}

/** A location: sees each key `delayOf(key)` ms after its write, and keeps an absence for `keepMs`. `now` is the test's clock. */
export function location(kv, { delayOf, keepMs = 60_000, now }) {
  const history = new Map();
  const cache = new Map();
  return {
    /** Notes what is written now. */
    look() {
      for (const [key, { bytes, order }] of kv.values) {
        const before = history.get(key) ?? [];
        if (before.at(-1)?.order !== order) history.set(key, [...before, { bytes, order, from: now() + delayOf(key) }]);
      }
    },
    get(key) {
      const cached = cache.get(key);
      if (cached && now() - cached.at < keepMs) return cached.bytes;
      const bytes = (history.get(key) ?? []).filter(({ from }) => from <= now()).at(-1)?.bytes;
      if (!bytes) cache.set(key, { bytes, at: now() });
      return bytes;
    },
  };
}
