// PyPI's moto as an S3 server that checks every signature, with a proxy in front of it that can fail.
import { createHash, createHmac } from "node:crypto";
import { createServer, request as ask } from "node:http";
import { createServer as listen } from "node:net";

import { start } from "./selvedge.mjs";

const MOTO = process.env.MOTO_SERVER ?? "moto_server";
/** A request with Signature Version 4. */
function signedFetch(endpoint, env, method, path, body = "") {
  const hash = (bytes) => createHash("sha256").update(bytes).digest("hex");
  const mac = (key, text) => createHmac("sha256", key).update(text).digest();
  const time = new Date().toISOString().replace(/[-:]|\.\d+/g, "");
  const [day, host, digest] = [time.slice(0, 8), new URL(endpoint).host, hash(body)];
  const lines = `host:${host}\nx-amz-content-sha256:${digest}\nx-amz-date:${time}\n`;
  const names = "host;x-amz-content-sha256;x-amz-date";
  const scope = `${day}/us-east-1/s3/aws4_request`;
  const text = `AWS4-HMAC-SHA256\n${time}\n${scope}\n${hash(`${method}\n${path}\n\n${lines}\n${names}\n${digest}`)}`;
  const key = [day, "us-east-1", "s3", "aws4_request"].reduce(mac, `AWS4${env.AWS_SECRET_ACCESS_KEY}`);
  const authorization = `AWS4-HMAC-SHA256 Credential=${env.AWS_ACCESS_KEY_ID}/${scope},SignedHeaders=${names},Signature=${mac(key, text).toString("hex")}`;
  const headers = { "x-amz-content-sha256": digest, "x-amz-date": time, authorization };
  return fetch(endpoint + path, { method, headers, ...(body && { body }) });
}

/** Calls that need no signature: those that make the user. */
const UNSIGNED = 4;

async function freePort() {
  const server = listen();
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address();
  await new Promise((resolve) => server.close(resolve));
  return port;
}

/** Starts the server with an empty bucket `bundles`, and a proxy. `fault` of the result may answer in its place, or return `"nothing"` or `"reset"`. */
export async function startS3() {
  const port = await freePort();
  const moto = start(MOTO, ["-H", "127.0.0.1", "-p", String(port)], { env: { INITIAL_NO_AUTH_ACTION_COUNT: String(UNSIGNED) }, stdio: "ignore" });
  const failed = new Promise((_, reject) => moto.on("error", () => reject(new Error(`${MOTO} does not start; \`cargo xtask test\` installs it`))));
  const direct = `http://127.0.0.1:${port}`;
  const iam = (action, more = {}) =>
    fetch(direct, {
      method: "POST",
      headers: { "content-type": "application/x-www-form-urlencoded", authorization: "AWS4-HMAC-SHA256 Credential=x/20260101/us-east-1/iam/aws4_request, SignedHeaders=host, Signature=x" },
      body: new URLSearchParams({ Action: action, Version: "2010-05-08", UserName: "publisher", ...more }),
    }).then((response) => response.text());
  const isUp = () => new Promise((resolve) => ask(direct + "/moto-api/", (response) => (response.resume(), resolve(true))).on("error", () => resolve(false)).end());
  const up = async () => {
    for (let tries = 0; tries < 600; tries++) {
      if (await isUp()) return;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    throw new Error("moto does not answer");
  };
  await Promise.race([up(), failed]);
  await iam("CreateUser");
  const allow = { Version: "2012-10-17", Statement: [{ Effect: "Allow", Action: "s3:*", Resource: "*" }] };
  await iam("PutUserPolicy", { PolicyName: "publish", PolicyDocument: JSON.stringify(allow) });
  const made = await iam("CreateAccessKey");
  await fetch(`${direct}/bundles`, { method: "PUT", headers: { authorization: "AWS4-HMAC-SHA256 Credential=x/20260101/us-east-1/s3/aws4_request, SignedHeaders=host, Signature=x" } });
  const of = (name) => new RegExp(`<${name}>([^<]+)</${name}>`).exec(made)?.[1];

  const state = { requests: [], fault: () => undefined, after: () => undefined };
  const proxy = createServer(async (request, response) => {
    const parts = [];
    for await (const part of request) parts.push(part);
    const path = decodeURIComponent(new URL(request.url, direct).pathname);
    state.requests.push(`${request.method} ${path}`);
    const wrong = await state.fault({ method: request.method, path, count: state.requests.length, headers: request.headers });
    if (wrong === "nothing") return;
    if (wrong === "reset") return request.socket.destroy();
    if (wrong) {
      response.writeHead(wrong.status, wrong.headers);
      return response.end(wrong.body);
    }
    // The host is signed, so it goes on as it came.
    const on = ask({ host: "127.0.0.1", port, method: request.method, path: request.url, headers: request.headers }, async (answer) => {
      const lost = await state.after({ method: request.method, path, count: state.requests.length });
      if (lost) return answer.resume(), request.socket.destroy();
      response.writeHead(answer.statusCode, answer.headers);
      answer.pipe(response);
    });
    on.on("error", () => request.socket.destroy());
    on.end(Buffer.concat(parts));
  });
  await new Promise((resolve) => proxy.listen(0, "127.0.0.1", resolve));
  const env = { AWS_ACCESS_KEY_ID: of("AccessKeyId"), AWS_SECRET_ACCESS_KEY: of("SecretAccessKey"), AWS_ENDPOINT_URL: `http://127.0.0.1:${proxy.address().port}` };
  return {
    state,
    env,
    /** The owner's own look at the bucket, past the proxy. */
    fetch: (method, path, body) => signedFetch(direct, env, method, path, body),
    get: async (key) => {
      const answer = await signedFetch(direct, env, "GET", `/bundles/${key}`);
      if (answer.status === 404) return undefined;
      if (!answer.ok) throw new Error(`${key}: ${answer.status} ${await answer.text()}`);
      return Buffer.from(await answer.arrayBuffer());
    },
    direct,
    stop: async () => {
      proxy.closeAllConnections();
      proxy.close();
      moto.kill();
    },
  };
}
