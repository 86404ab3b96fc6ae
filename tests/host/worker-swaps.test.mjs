// A short part of the campaign: `cargo xtask swaps` runs all of it.
import assert from "node:assert/strict";
import { test } from "node:test";

import { campaign } from "./worker-swaps.mjs";

test("no page fails or mixes releases while releases are swapped and the store fails", { timeout: 180_000 }, async () => {
  const { pages, failed, mixed, origin, releases } = await campaign({ requests: 600, swaps: 8, seed: 1 });
  assert.deepEqual([failed, mixed, origin], [0, 0, 0]);
  assert.ok(pages > 600 && releases.has(0) && releases.has(8), `${pages} pages, releases ${[...releases]}`);
});
