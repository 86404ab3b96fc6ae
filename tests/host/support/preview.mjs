// The preview, `selvedge serve`, for a test that opens its pages.
import { spawn } from "node:child_process";
import { join } from "node:path";

const SELVEDGE = process.env.SELVEDGE ?? join(import.meta.dirname, "../../../target/debug/selvedge");

/** Serves a site at a port of its own; gives where its pages and its panel are, what it has said so far, and what stops it. */
export async function startPreview(site, ...options) {
  const server = spawn(SELVEDGE, ["serve", site, "--port", "0", ...options], { stdio: ["ignore", "ignore", "pipe"] });
  let text = "";
  const panel = await new Promise((resolve, reject) => {
    server.stderr.on("data", (more) => {
      text += more;
      const found = /panel {2}(\S+)\s/.exec(text);
      if (found) resolve(found[1]);
    });
    server.on("exit", () => reject(new Error(text)));
  });
  return { origin: new URL(panel).origin, panel, said: () => text, kill: () => server.kill() };
}
