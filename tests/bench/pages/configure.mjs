// The Workers of a bench, built and configured: each with its origin, its log and its store.

import { spawnSync } from "node:child_process";
import { copyFileSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { CHANGES } from "./site.mjs";
import { configured } from "./workerd.mjs";

const here = new URL("./", import.meta.url).pathname;

/** Writes all that these Workers need into `work`; gives their configurations by name. `pages` are what the origin serves, by the last part of the path. */
export function configure({ modules, edge, work, pages, files, vars }, keys) {
  writeFileSync(join(work, "files.json"), JSON.stringify(files));
  writeFileSync(join(work, "changes.json"), JSON.stringify(CHANGES));
  writeFileSync(join(work, "pages.json"), JSON.stringify(pages));
  for (const file of readdirSync(join(here, "workers"))) copyFileSync(join(here, "workers", file), join(work, file));
  for (const name of ["origin", "sink", "store", ...keys.filter((key) => key !== "selvedge")]) {
    const flags = ["--bundle", "--format=esm", "--platform=browser", "--charset=utf8", "--log-level=error"];
    const out = `--outfile=${join(work, `${name === "sink" ? "log" : name}.js`)}`;
    const run = spawnSync(join(modules, ".bin/esbuild"), [...flags, join(work, `${name}.mjs`), out], { encoding: "utf8", env: { ...process.env, NODE_PATH: join(here, "../node_modules") } });
    if (run.status !== 0) throw new Error(`esbuild: ${run.error ?? run.stderr}`);
  }
  const configs = {};
  for (const key of keys) {
    const proxy = key === "growthbook" ? { PROXY_TARGET: "http://origin.example" } : {};
    const ours = { ...vars, MEASUREMENT_KEY: `7:${"6b".repeat(32)}`, REFRESH_SECONDS: "3600" };
    configs[key] = key === "selvedge" ? configured(work, key, parts(edge), ours) : configured(work, key, [[`${key}.js`, join(work, `${key}.js`)]], proxy);
  }
  return configs;
}

/** The modules of our Worker, the entry first. */
function parts(edge) {
  const names = readdirSync(edge, { recursive: true }).filter((name) => /\.(m?js|wasm)$/.test(name));
  return names.sort((a, b) => (b === "shim.mjs") - (a === "shim.mjs")).map((name) => [name, join(edge, name)]);
}
