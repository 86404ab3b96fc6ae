// When the Wasm itself is lost, the origin answers and a new instance starts.
import assert from "node:assert/strict";
import { test } from "node:test";

import { guard } from "../../pkg-config/worker/serve.mjs";

const context = { passThroughOnException() {} };
const env = { ORIGIN: { fetch: async (request) => new Response(`origin ${request.method}`) } };
const request = (method = "GET") => new Request("https://shop.example/", { method });

function guarded(answer) {
  const happened = [];
  const handler = guard(answer, () => happened.push("start"), () => happened.push("reset"));
  return { handler, happened };
}

test("an answer goes through as it is", async () => {
  const response = new Response("page");
  const { handler, happened } = guarded(async () => response);
  assert.equal(await handler.fetch(request(), env, context), response);
  assert.deepEqual(happened, ["start"]);
});

test("a quiet address is the origin's until its time, and is asked about again then", async () => {
  const asked = [];
  let until = Date.now() + 60_000;
  const quiet = (url) => {
    asked.push(url);
    return until;
  };
  const handler = guard(async () => new Response("ours"), () => {}, () => {}, quiet);
  const text = async () => (await handler.fetch(request(), env, context)).text();
  assert.deepEqual([await text(), await text(), asked.length], ["origin GET", "origin GET", 1]);
  assert.equal(await (await handler.fetch(request("POST"), env, context)).text(), "origin POST");
  globalThis.selvedgePanicked("index out of bounds");
  await Promise.resolve();
  until = 0;
  assert.deepEqual([await text(), await text(), asked.length], ["ours", "ours", 3], "nothing is known of a new instance");
});

test("a question about an address that traps is no answer, and the guarded way goes on", async () => {
  const quiet = () => {
    throw new Error("unreachable");
  };
  const handler = guard(async () => new Response("ours"), () => {}, () => {}, quiet);
  assert.equal(await (await handler.fetch(request(), env, context)).text(), "ours");
});

test("a rejection is the origin's page", async () => {
  const { handler } = guarded(async () => {
    throw new Error("broken");
  });
  assert.equal(await (await handler.fetch(request(), env, context)).text(), "origin GET");
  await assert.rejects(handler.fetch(request("POST"), env, context), /broken/, "a body cannot be sent twice");
});

test("a panic answers every request in flight, and the next one meets a new instance", async () => {
  let lost = false;
  const { handler, happened } = guarded((request) => {
    if (lost) return Promise.resolve(new Response("new instance"));
    // What a trap leaves behind: a promise that never settles.
    return new Promise(() => {});
  });
  const waiting = [handler.fetch(request(), env, context), handler.fetch(request(), env, context)];
  globalThis.selvedgePanicked("index out of bounds");
  lost = true;
  for (const response of await Promise.all(waiting)) assert.equal(await response.text(), "origin GET");
  assert.deepEqual(happened, ["start", "reset"]);
  assert.equal(await (await handler.fetch(request(), env, context)).text(), "new instance");
});
