// The preview, `selvedge serve`, for a test that opens its pages.
import { spawn } from "node:child_process";
import { join } from "node:path";

const SELVEDGE = process.env.SELVEDGE ?? join(import.meta.dirname, "../../../target/debug/selvedge");

/** Serves a site at a port of its own; gives where its pages are, and what stops it. */
export async function startPreview(site, ...options) {
  const server = spawn(SELVEDGE, ["serve", site, "--port", "0", ...options], { stdio: ["ignore", "ignore", "pipe"] });
  const origin = await new Promise((resolve, reject) => {
    let said = "";
    server.stderr.on("data", (more) => {
      said += more;
      const found = /panel {2}(http:\/\/[^/]+)\//.exec(said);
      if (found) resolve(found[1]);
    });
    server.on("exit", () => reject(new Error(said)));
  });
  return { origin, kill: () => server.kill() };
}
