// The shop with keys of its own for production, approvals for each class, and heads that attack them.
import { spawnSync } from "node:child_process";
import { cp, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { published } from "./bundle.mjs";

const shop = new URL("../../../examples/storefront", import.meta.url).pathname;
const APPROVALS = '\n[approvals]\nconsent = ["privacy"]\nrules = ["decisioning"]\ncontent = ["content"]\n';

/** Builds the shop for production. Gives its files by environment, the command, and heads that nobody may open, with the codes of their refusals. */
export async function approvedShop() {
  const folder = await mkdtemp(join(tmpdir(), "selvedge-approved-"));
  const site = (path) => join(folder, "site", path);
  const selvedge = (...args) => {
    const env = { ...process.env, SELVEDGE_PASSPHRASE: "correct horse" };
    const ran = spawnSync(process.env.SELVEDGE, args, { cwd: folder, encoding: "utf8", env });
    if (ran.status !== 0) throw new Error(`selvedge ${args.join(" ")}: ${ran.stdout}${ran.stderr}`);
    return ran.stdout;
  };
  const edit = async (path, change) => writeFile(site(path), change(await readFile(site(path), "utf8")));
  await cp(shop, site(""), { recursive: true, filter: (path) => !path.includes(".selvedge") });
  await edit("selvedge.toml", (text) => text.replace('["development", "production"]', '["development", "production", "staging"]') + APPROVALS);
  for (const environment of ["production", "staging"]) {
    selvedge("keys", "new", "site", "--env", environment);
    selvedge("build", "site", "--env", environment, "--out", environment);
  }
  const files = async (environment = "production") => published(join(folder, environment));
  const honest = (await files()).get("v1/production/head");
  const staging = parts((await files("staging")).get("v1/staging/head"));

  // The next release has other rules, which the first one's approval does not cover.
  await edit("experiences/banner-place.toml", (text) => text.replace('"CH"', '"LI"'));
  await cp(join(folder, "production"), join(folder, "next"), { recursive: true });
  selvedge("build", "site", "--env", "production", "--out", "next");
  const after = parts((await files("next")).get("v1/production/head"));

  const [timestamp, release, data, overlay, approvals] = parts(honest);
  const list = items(approvals);
  const withApprovals = (...some) => Buffer.concat([Buffer.of(0x85), timestamp, release, data, overlay, Buffer.of(0x80 | some.length), ...some]);
  const altered = (item) => {
    const bytes = Buffer.from(item);
    bytes[bytes.length - 1] ^= 1;
    return bytes;
  };
  const attacks = {
    "without approvals": [Buffer.concat([Buffer.of(0x84), timestamp, release, data, overlay]), "privacy: threshold-not-met"],
    "with an empty list of approvals": [withApprovals(), "privacy: threshold-not-met"],
    "without the approval of privacy": [withApprovals(list[1], list[2]), "privacy: threshold-not-met"],
    "without the approval of decisioning": [withApprovals(list[0], list[2]), "decisioning: threshold-not-met"],
    "with an approval twice": [withApprovals(list[0], list[0], list[1], list[2]), "approval: unsupported"],
    "with an altered approval": [withApprovals(list[0], altered(list[1]), list[2]), "approval: bad-signature"],
    "with an approval of another environment": [withApprovals(list[0], items(staging[4])[1], list[2]), "approval: unknown-key"],
    "with the approval of other rules": [withApprovals(list[0], items(after[4])[1], list[2]), "release: not-approved"],
    "with a release in place of an approval": [withApprovals(list[0], release, list[2]), "approval: wrong-type"],
    "as a proposal, without a timestamp": [Buffer.concat([Buffer.of(0x85), Buffer.of(0xf6), release, data, overlay, approvals]), "timestamp: missing"],
    "of another environment": [(await files("staging")).get("v1/staging/head"), "timestamp: unknown-key"],
  };
  return { folder, selvedge, files, honest, attacks, stop: () => rm(folder, { recursive: true }) };
}

/** The five parts of a head, each as it is encoded. */
export function parts(head) {
  if (head[0] !== 0x85) throw new Error(`a head of five parts was expected, not ${head[0]}`);
  return items(head);
}

/** The items of an array of fewer than 24, each as it is encoded. */
function items(bytes) {
  const found = [];
  let at = 1;
  for (let count = bytes[0] & 0x1f; count > 0; count -= 1) {
    const end = itemEnd(bytes, at);
    found.push(bytes.subarray(at, end));
    at = end;
  }
  return found;
}

/** Where the item that starts here ends: what a head is made of, and no more of CBOR. */
function itemEnd(bytes, start) {
  const [major, info] = [bytes[start] >> 5, bytes[start] & 0x1f];
  if (bytes[start] === 0xf6) return start + 1;
  const width = info < 24 ? 0 : 1 << (info - 24);
  let length = info < 24 ? info : 0;
  for (let at = 1; at <= width; at += 1) length = length * 256 + bytes[start + at];
  let end = start + 1 + width;
  if (major === 2) return end + length;
  if (major !== 4) throw new Error(`nothing of major type ${major} stands in a head`);
  for (let count = 0; count < length; count += 1) end = itemEnd(bytes, end);
  return end;
}
