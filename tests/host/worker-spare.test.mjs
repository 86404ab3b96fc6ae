// A page that the runtime's parser gives up on is the origin's page, byte for byte, never an empty one.
import assert from "node:assert/strict";
import { test } from "node:test";

import { Response } from "miniflare";

import { spared } from "../../pkg-config/worker/spare.mjs";
import { everything, startWorker } from "./support/worker.mjs";

const slot = "<div data-slot='home.banner'>old</div>";

/** What a visitor gets when the origin's page is `body`, and the log. */
async function visit(body) {
  const worker = await startWorker({ origin: () => new Response(body, { headers: { "content-type": "text/html" } }) });
  try {
    const response = await worker.get("/", { cookie: everything });
    const html = await response.text();
    await worker.line("failure");
    return { response, html, failures: worker.logged.filter((line) => line.kind === "failure") };
  } finally {
    await worker.stop();
  }
}

for (const [name, body] of [
  ["raw text in a select", "<!doctype html><main><select><xmp></select><p>rest</p></main>"],
  ["a title in a select", "<!doctype html><main><select><title>a</title></select><p>rest</p></main>"],
  ["an ambiguous tag after a slot", `<!doctype html>${slot}<select><xmp></select><p>rest</p>`],
  ["a tag beyond the parser's memory", `<p title="${"x".repeat(3_500_000)}">long</p>`],
  ["such a tag after a slot", `<!doctype html>${slot}<p title="${"x".repeat(3_500_000)}">long</p>`],
]) {
  test(`${name} is the origin's page`, async () => {
    const { response, html, failures } = await visit(body);
    assert.equal(response.status, 200);
    assert.equal(html.length, body.length);
    assert.ok(html === body, "byte for byte");
    assert.equal(failures.length, 1, JSON.stringify(failures));
    assert.equal(failures[0].stage, "rewrite");
    assert.match(failures[0].reason, /[Pp]arser|memory/);
  });
}

/** A stream of these chunks; an error among them ends it, and a number is a pause in milliseconds. */
function stream(chunks, onCancel = () => {}) {
  const left = [...chunks];
  const source = {
    async pull(controller) {
      if (typeof left[0] === "number") await new Promise((resolve) => setTimeout(resolve, left.shift()));
      if (left.length === 0) return controller.close();
      const chunk = left.shift();
      if (chunk instanceof Error) controller.error(chunk);
      else controller.enqueue(new TextEncoder().encode(chunk));
    },
    cancel: onCancel,
  };
  return new ReadableStream(source, { highWaterMark: 0 });
}

const text = (stream) => new globalThis.Response(stream).text();

test("when the rewriter pauses the page begins, and the other branch is let go", async () => {
  const happened = [];
  const branch = stream(["old"], () => happened.push("released"));
  const guarded = spared(stream(["new ", "page", 50, " end"]), branch, (reason) => happened.push(reason)).getReader();
  assert.equal(new TextDecoder().decode((await guarded.read()).value), "new ");
  assert.deepEqual(happened, ["released"]);
  guarded.releaseLock();
});

test("chunks come in their order, whether held or not", async () => {
  const long = "x".repeat(40_000);
  const chunks = ["a", long, "b", long, "c", long, 20, "d", "", "e"];
  const expected = chunks.filter((chunk) => typeof chunk === "string").join("");
  assert.equal(await text(spared(stream(chunks), stream(["old"]), assert.fail)), expected);
});

test("a failure without a pause is the origin's page, whatever came before it", async () => {
  const told = [];
  const guarded = spared(stream(["new ", "page", new Error("late")]), stream(["old ", "page"]), (reason) => told.push(reason));
  assert.equal(await text(guarded), "old page");
  assert.deepEqual(told, ["late"]);
});

test("a failure after bytes went out breaks the page off, and is told once", async () => {
  const told = [];
  const guarded = spared(stream(["new ", 50, new Error("late")]), stream(["old"]), (reason) => told.push(reason)).getReader();
  assert.equal(new TextDecoder().decode((await guarded.read()).value), "new ");
  await assert.rejects(guarded.read(), /late/);
  assert.deepEqual(told, ["late"]);
});

test("when the origin fails too, the page breaks off, and that is told once", async () => {
  const told = [];
  const guarded = spared(stream([new Error("lost")]), stream(["old ", new Error("lost")]), (reason) => told.push(reason));
  await assert.rejects(text(guarded), /lost/);
  assert.deepEqual(told, ["lost"]);
});

test("a report that fails costs nobody the page", async () => {
  const guarded = spared(stream([new Error("lost")]), stream(["old"]), () => {
    throw "the instance is gone";
  });
  assert.equal(await text(guarded), "old");
});

test("a visitor who leaves lets both go", async () => {
  const gone = [];
  const guarded = spared(stream(["new"], () => gone.push("rewritten")), stream(["old"], () => gone.push("origin")), () => {});
  await guarded.cancel();
  assert.deepEqual(gone.sort(), ["origin", "rewritten"]);
});
