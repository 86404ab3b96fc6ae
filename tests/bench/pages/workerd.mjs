// One workerd process for each Worker, with its origin, its log and its store as Workers beside it.

import { spawn } from "node:child_process";
import { readFileSync, readdirSync, writeFileSync } from "node:fs";
import { Agent, request } from "node:http";
import { join, relative } from "node:path";

const DATE = "2026-04-01";
const START_MS_MAX = 30_000;

/** Writes the configuration of a Worker and gives its path. `modules` are names and files, the entry first. */
export function configured(folder, name, modules, vars = {}) {
  const kind = (file) => (file.endsWith(".wasm") ? "wasm" : "esModule");
  const worker = (modules, bindings) =>
    `(modules = [${modules.map(([name, file]) => `(name = ${text(name)}, ${kind(file)} = embed ${text(relative(folder, file))})`).join(", ")}], compatibilityDate = "${DATE}", bindings = [${bindings.join(", ")}], globalOutbound = "origin")`;
  const bindings = [
    ...["ORIGIN", "LOG"].map((name) => `(name = "${name}", service = "${name.toLowerCase()}")`),
    '(name = "BUNDLES", kvNamespace = "store")',
    ...Object.entries(vars).map(([name, value]) => `(name = ${text(name)}, text = ${text(value)})`),
  ];
  const beside = ["origin", "log", "store"].map((name) => `(name = "${name}", worker = ${worker([[`${name}.js`, join(folder, `${name}.js`)]], [])})`);
  const file = join(folder, `${name}.capnp`);
  writeFileSync(
    file,
    `using Workerd = import "/workerd/workerd.capnp";
const config :Workerd.Config = (
  services = [(name = "main", worker = ${worker(modules, bindings)}), ${beside.join(", ")}],
  sockets = [(name = "http", address = "127.0.0.1:0", http = (cfBlobHeader = "cf-blob"), service = "main")],
);
`,
  );
  return file;
}

const running = new Set();
process.once("exit", () => running.forEach((child) => child.kill("SIGKILL")));

const text = (value) => JSON.stringify(value);

/** Starts it, and gives what asks it and what it has cost. */
export async function started(workerd, config, options = []) {
  const begun = performance.now();
  const child = spawn(workerd, ["serve", config, "--experimental", "--control-fd=3", ...options], { stdio: ["ignore", "inherit", "inherit", "pipe"] });
  const port = await new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error(`${config}: workerd does not listen`)), START_MS_MAX);
    let told = "";
    child.stdio[3].on("data", (data) => {
      told += data;
      const found = /"event":"listen","socket":"http","port":(\d+)/.exec(told);
      if (!found) return;
      clearTimeout(timer);
      resolve(Number(found[1]));
    });
    child.once("exit", (code) => reject(new Error(`${config}: workerd ended with ${code}`)));
  });
  child.removeAllListeners("exit");
  running.add(child);
  const agent = new Agent({ keepAlive: true, maxSockets: 16 });
  return {
    /** Milliseconds until it listened: its code is compiled and its first lines have run by then. */
    startMs: performance.now() - begun,
    get: (path, headers) => get(agent, port, path, headers),
    pid: child.pid,
    cpuMs: () => cpuMs(child.pid),
    stop() {
      agent.destroy();
      running.delete(child);
      child.kill("SIGKILL");
    },
  };
}

/** A page: its bytes, and the milliseconds to the first of them and to the last. */
function get(agent, port, path, headers) {
  return new Promise((resolve, reject) => {
    const begun = performance.now();
    const asked = request({ agent, host: "127.0.0.1", port, path, headers }, (response) => {
      const parts = [];
      let firstMs;
      response.on("data", (part) => {
        firstMs ??= performance.now() - begun;
        parts.push(part);
      });
      response.on("end", () => resolve({ status: response.statusCode, headers: response.headers, body: Buffer.concat(parts), firstMs, lastMs: performance.now() - begun }));
      response.on("error", reject);
    });
    // A connection that was idle closed as it was used again: nothing was asked.
    asked.on("error", (error) => (asked.reusedSocket && error.code === "ECONNRESET" ? get(agent, port, path, headers).then(resolve, reject) : reject(error)));
    asked.end();
  });
}

/** What all threads of a process have run, in milliseconds. */
function cpuMs(pid) {
  let nanoseconds = 0;
  for (const thread of readdirSync(`/proc/${pid}/task`)) nanoseconds += Number(readFileSync(`/proc/${pid}/task/${thread}/schedstat`, "utf8").split(" ")[0]);
  return nanoseconds / 1e6;
}
