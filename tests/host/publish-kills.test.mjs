// A short part of the campaign: `cargo xtask publish-kills` runs all of it.
import assert from "node:assert/strict";
import { test } from "node:test";

import { campaign } from "./publish-kills.mjs";

for (const [kind, points] of [["folder", 16], ["s3", 8]]) {
  test(`a command that is killed leaves a whole release behind: ${kind}`, { timeout: 120_000 }, async () => {
    const { killed, reads } = await campaign(kind, { points, seed: 1 });
    assert.ok(killed === points && reads > points, `${killed} killed, ${reads} reads`);
  });
}
