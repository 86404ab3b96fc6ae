// Publishing into a bucket: PyPI's moto, which checks the signature of every request and the conditions of every write.
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { after, before, test } from "node:test";

import { published } from "./support/bundle.mjs";
import { readRelease } from "./support/reader.mjs";
import { startS3 } from "./support/s3.mjs";
import { selvedge, twoReleases, well } from "./support/selvedge.mjs";

let [site, s3] = [];
before(async () => ([site, s3] = await Promise.all([twoReleases(), startS3()])));
after(() => Promise.all([site.remove(), s3.stop()]));

/** Reads the release below a prefix. */
const read = (prefix) => readRelease((key) => s3.get(`${encodeURI(prefix)}/${key}`), "storefront", "development");

test("a release goes out signed, typed and head last", async () => {
  const url = "s3://bundles/typed";
  const from = s3.state.requests.length;
  const { out, err } = await well(["publish", site.first, url, "--sdk", await sdk()], s3.env);
  assert.match(out, /published to s3:\/\/bundles\/typed: 11 files written, 0 were there/);
  const writes = s3.state.requests.slice(from).filter((line) => line.startsWith("PUT "));
  assert.equal(writes.at(-1), "PUT /bundles/typed/v1/development/head");
  for (const [key, bytes] of await published(site.first)) assert.ok((await s3.get(`typed/${key}`)).equals(bytes), key);
  assert.equal((await read("typed")).payloads, 5);
  const headers = async (key) => {
    const answer = await s3.fetch("GET", `/bundles/typed/${key}`);
    return [answer.headers.get("content-type"), answer.headers.get("cache-control")];
  };
  assert.deepEqual(await headers("v1/development/head"), ["application/cbor", "public, max-age=30"]);
  assert.deepEqual(await headers("loader.js"), ["text/javascript; charset=utf-8", "public, max-age=300"]);
  assert.deepEqual(await headers(".well-known/personalization"), ["application/json", "public, max-age=300"]);
  for (const secret of [s3.env.AWS_ACCESS_KEY_ID, s3.env.AWS_SECRET_ACCESS_KEY]) assert.ok(!(out + err).includes(secret));

  await well(["publish", site.second, url], s3.env);
  await well(["renew", url, "--key", site.key], s3.env);
  assert.match((await well(["prune", url], s3.env)).out, /nothing to remove; 13 are in use, 0 are younger/);
  await read("typed");
});

test("a key with a space and a wrong secret", async () => {
  const url = "s3://bundles/a place/ü";
  await well(["publish", site.first, url], s3.env);
  await read("a place/ü");
  const wrong = await selvedge(["publish", site.second, url], { ...s3.env, AWS_SECRET_ACCESS_KEY: "wrong" });
  assert.equal(wrong.code, 3);
  assert.match(wrong.err, /answered 403 \(SignatureDoesNotMatch: .*\)\. Check AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY/);
  const nowhere = await selvedge(["publish", site.second, "s3://nosuchbucket"], s3.env);
  assert.match(nowhere.err, /There is no such bucket: create it, or correct its name/);
});

test("of two publishers at once one wins, and the other is told", async () => {
  const url = "s3://bundles/race";
  await well(["publish", site.first, url], s3.env);
  await site.build("third", site.now - 30);
  const third = join(site.folder, "third");
  // Ours looks at the head; another one writes; ours writes.
  s3.state.fault = async ({ method, path }) => {
    if (method === "PUT" && path.endsWith("/race/v1/development/head")) {
      s3.state.fault = () => undefined;
      for (const [key, bytes] of await published(site.second)) await s3.fetch("PUT", `/bundles/race/${key}`, bytes);
    }
  };
  const late = await selvedge(["publish", third, url], s3.env);
  assert.equal(late.code, 3);
  assert.match(late.err, /another publisher was faster, and the release [0-9a-f]{16} of \S+ is live now\. Look which/);
  const second = await read("race");
  await well(["publish", third, url], s3.env);
  assert.ok((await read("race")).version > second.version);
  // Both for the first time.
  const both = await Promise.all([site.first, site.second].map((built) => selvedge(["publish", built, "s3://bundles/first"], s3.env)));
  assert.ok(both.some(({ code }) => code === 0), both.map(({ all }) => all).join());
  await read("first");
});

test("a write whose answer is lost counts as done", async () => {
  const url = "s3://bundles/lost";
  s3.state.after = ({ method, path }) => {
    if (method !== "PUT" || !path.endsWith("/lost/v1/development/head")) return false;
    s3.state.after = () => undefined;
    return true;
  };
  await well(["publish", site.first, url], s3.env);
  await read("lost");
});

test("prune removes what no head names, and nothing else", async () => {
  const folder = join(site.folder, "live");
  await well(["publish", site.first, folder], {});
  await well(["publish", site.second, folder], {});
  const { utimes, readdir, rename, writeFile } = await import("node:fs/promises");
  const b = join(folder, "v1/development/b");
  const before = await readdir(b);
  const old = new Date(Date.now() - 90 * 86_400_000);
  for (const name of before) await utimes(join(b, name), old, old);
  assert.match((await well(["prune", folder], {})).out, /nothing to remove/, "the first head is not over yet");
  // Its time ended long ago.
  const heads = join(folder, "v1/development/heads");
  const [first] = (await readdir(heads)).sort();
  await rename(join(heads, first), join(heads, first.replace(/^\d+/, String(Math.floor(Date.now() / 1000) - 60 * 86_400))));
  await writeFile(join(b, "notes.txt"), "ours");
  const listed = await well(["prune", folder], {});
  assert.match(listed.out, /3 files can go; remove them with --remove; 9 are in use, 0 are younger than 30 days/);
  assert.match(listed.err, /notes\.txt is no file of Selvedge, and stays/);
  assert.equal((await readdir(b)).length, before.length + 1, "only listed");
  assert.match((await well(["prune", folder, "--remove"], {})).out, /removed 3 files/);
  assert.equal((await readdir(b)).length, before.length - 1);
  await readRelease((key) => readFile(join(folder, key)).catch(() => undefined), "storefront", "development");
  assert.equal((await selvedge(["verify", folder, "--env", "development"])).code, 4, "of a file that is not ours `verify` tells");
});

async function sdk() {
  const { mkdir, writeFile } = await import("node:fs/promises");
  const folder = join(site.folder, "sdk");
  await mkdir(folder, { recursive: true });
  for (const [name, text] of [["loader.js", "export {};"], ["selvedge_bg.wasm", "\0asm"], ["index.d.ts", ""]]) await writeFile(join(folder, name), text);
  return folder;
}
