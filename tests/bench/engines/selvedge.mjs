// Ours: the site is written as an author would, built and signed by the command line, verified, and then opened on the clock.

import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { join, relative } from "node:path";

import { attributes } from "../workload.mjs";

const dist = process.env.SELVEDGE_DIST ?? new URL("../../../dist/browser", import.meta.url).pathname;

export const name = "Selvedge (Wasm)";
export const note = "measured after hashing and verifying. Names, reasons, consent and what was read are part of every decision";
export const code = { files: ["selvedge.wasm", "engine.js"].map((file) => join(dist, file)) };

const ENVIRONMENT = "development";
const SITE = "bench";
// Kinds of payload, as in the release.
const PROGRAM = 1;
const INDEX = 2;

/** How a version is declared, handed over and compared. */
const VERSION = {
  declaration: 'type = "string"',
  value: (version) => version,
  atLeast: (attribute, version) => `semver(${attribute}).compareTo(semver("${version}")) >= 0`,
};

const attribute = (name) => `visitor.${name}`;

function row({ attribute: name, operator, value }) {
  const found = attribute(name);
  switch (operator) {
    case "is":
      return `${found} == ${JSON.stringify(value)}`;
    case "in":
      return `${found} in ${JSON.stringify(value)}`;
    case "over":
      return `${found} > ${value}`;
    case "under":
      return `${found} < ${value}`;
    case "startsWith":
      return `${found}.startsWith(${JSON.stringify(value)})`;
    case "atLeast":
      return VERSION.atLeast(found, value);
  }
}

const rule = (key, conditions) =>
  `[[rule]]\nall = [${conditions.map((condition) => `'${row(condition)}'`).join(", ")}]\nsplit = { experiment = "${key}", arms = { a = 50, b = 50 } }\n`;

function catalogue() {
  const declare = (name, declaration) => `[${attribute(name)}]\n${declaration}\nsource = "account"\npurposes = ["personalization"]\nretention = "365d"\n`;
  const { strings, numbers } = attributes;
  return [
    ...Object.entries(strings).map(([name, values]) => declare(name, `type = "symbol"\nvalues = ${JSON.stringify(values)}`)),
    ...Object.entries(numbers).map(([name, range]) =>
      declare(name, name === "cart" ? `type = "double"\nrange = [${range.map((bound) => bound.toFixed(1))}]` : `type = "int"\nrange = ${JSON.stringify(range)}`),
    ),
    declare("path", 'type = "string"'),
    declare("version", VERSION.declaration),
  ].join("\n");
}

/** Builds a site of these slots, each with its rules; gives the published files in one JSON text. */
function build(slots, { selvedge, folder }) {
  rmSync(folder, { recursive: true, force: true });
  const write = (path, text) => writeFileSync(join(folder, "site", path), text);
  for (const below of ["experiences", "content"]) mkdirSync(join(folder, "site", below), { recursive: true });
  write("selvedge.toml", `name = "${SITE}"\n[locales]\ndefault = "en"\nall = ["en"]\n[channels.app]\n`);
  write("attributes.toml", catalogue());
  const classified = (purpose) => `[purposes.${purpose}]\ntext = "What is measured."\nbasis = "consent"\n`;
  write("consent.toml", ["analytics", "personalization"].map(classified).join("\n"));
  for (const arm of ["a", "b"]) write(`content/${arm}.toml`, `owner = "bench"\n[locale.en]\ntext = "${arm}"\n`);
  write("slots.toml", slots.map(({ slot }) => `[${slot}]\nchannel = "app"\nchange = "text"\n`).join("\n"));
  for (const { slot, rules } of slots) write(`experiences/${slot}.toml`, `slot = "${slot}"\nowner = "bench"\n${rules.join("\n")}`);
  const out = join(folder, "out");
  const run = spawnSync(selvedge, ["build", join(folder, "site"), "--out", out, "--env", ENVIRONMENT], { encoding: "utf8", maxBuffer: 1 << 28 });
  if (run.status !== 0) throw new Error(`selvedge build: ${run.error ?? run.stderr.slice(-2000)}`);
  return out;
}

export const payload = (flags, place) => published(build(flags.map(({ key, conditions }) => ({ slot: key, rules: [rule(key, conditions)] })), place));

export const slot = (slot, flags, place) => published(build([{ slot, rules: flags.map(({ key, conditions }) => rule(key, conditions)) }], place));

/** The published files by their paths, without contents and what only people read. */
function published(out) {
  const files = {};
  for (const entry of readdirSync(out, { recursive: true, withFileTypes: true })) {
    const path = relative(out, join(entry.parentPath ?? entry.path, entry.name));
    if (entry.isFile() && path.startsWith("v1/")) files[path] = readFileSync(join(out, path)).toString("base64");
  }
  return JSON.stringify(files);
}

/** What crosses the network before a decision: root, head, program and index. */
export async function shipped(bytes) {
  const taken = [];
  await verify(bytes, (file) => taken.push(file));
  return taken;
}

export function context({ id, version, ...facts }) {
  const values = Object.entries({ ...facts, version: VERSION.value(version) });
  return {
    attributes: Object.fromEntries(values.map(([name, value]) => [attribute(name), value])),
    grants: { personalization: true, analytics: true, storage: true },
    region: "DE",
    identity: { visitor: id },
    now: 1796083200000,
  };
}

let engine;
let module;
let spare; // an instance that was there before anything was opened

export async function load() {
  engine = await import(join(dist, "engine.js"));
  module = new WebAssembly.Module(readFileSync(join(dist, "selvedge.wasm")));
  spare = new WebAssembly.Instance(module);
}

/** Every signature and hash, before the clock runs. */
export const prepare = (bytes) => verify(bytes, () => {});

async function verify(bytes, take) {
  const files = JSON.parse(bytes);
  const file = (path) => {
    const found = Buffer.from(files[path.replace(/^\//, "")], "base64");
    take(found);
    return found;
  };
  const core = engine.core(spare ?? new WebAssembly.Instance(module));
  spare = undefined;
  const scope = { site: SITE, environment: ENVIRONMENT };
  const { targets, consent } = await engine.verified(file(`v1/${ENVIRONMENT}/root/1.cose`), file(`v1/${ENVIRONMENT}/head`), scope);
  const payloads = [PROGRAM, INDEX].map((kind) => {
    const digest = Buffer.from(targets.find((target) => target.kind === kind).digest);
    const bytes = file(`v1/${ENVIRONMENT}/b/${digest.toString("hex")}`);
    if (!createHash("sha256").update(bytes).digest().equals(digest)) throw new Error("a payload is not the named one");
    return bytes;
  });
  const digest = targets.find((target) => target.kind === PROGRAM).digest;
  return { core, opening: [...payloads, digest, consent] };
}

export async function open({ core, opening }) {
  core.open(...opening);
  const device = new engine.Device(core, () => {});
  let visitor;
  return {
    decide(context, slot) {
      visitor = device.visitor(context);
      return visitor.decide(slot).content;
    },
    next: (context, slot) => visitor.decide(slot).content,
    all(context) {
      const { contents } = device.visitor(context).decideAll();
      let on = 0;
      for (let at = 0; at < contents.length; at++) if (contents[at] >= 0) on++;
      return on;
    },
  };
}
