// The command, and sites that it builds, for tests about publishing.
import { spawn } from "node:child_process";
import { cp, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

const root = new URL("../../../", import.meta.url).pathname;
export const SELVEDGE = process.env.SELVEDGE ?? join(root, "target/debug/selvedge");

/** Variables of this machine's own that would lead elsewhere. */
const plain = Object.fromEntries(Object.entries(process.env).filter(([name]) => !/^(AWS|CLOUDFLARE|SELVEDGE_TIMESTAMP)_/.test(name) && name !== "SOURCE_DATE_EPOCH"));

/** Starts a program. */
export const start = (program, args, { env = {}, ...options } = {}) => spawn(program, args, { env: { ...plain, ...env }, stdio: ["ignore", "pipe", "pipe"], ...options });

/** Runs a program to its end; gives its code, its signal and what it printed. */
export async function run(program, args, options) {
  const child = start(program, args, options);
  const [said, pieces] = [{ out: "", err: "" }, []];
  child.stdout.on("data", (bytes) => pieces.push(bytes));
  child.stderr.on("data", (text) => (said.err += text));
  const [code, signal] = await new Promise((resolve, reject) => child.on("error", reject).on("close", (...end) => resolve(end)));
  const bytes = Buffer.concat(pieces);
  said.out = bytes.toString();
  return { code, signal, ...said, bytes, all: said.out + said.err };
}

export const selvedge = (args, env) => run(SELVEDGE, args, { env });

/** As `selvedge`, for what must succeed. */
export async function well(args, env) {
  const done = await selvedge(args, env);
  if (done.code !== 0) throw new Error(`selvedge ${args.join(" ")} ended with ${done.code}: ${done.all}`);
  return done;
}

/** A copy of the shop with builds of two releases, the second newer than the first. */
export async function twoReleases() {
  const folder = await mkdtemp(join(tmpdir(), "selvedge-publish-"));
  const shop = join(folder, "shop");
  await cp(join(root, "examples/storefront"), shop, { recursive: true, filter: (path) => !path.includes(".selvedge") });
  const now = Math.floor(Date.now() / 1000);
  const build = (out, at) => well(["build", shop, "--out", join(folder, out)], { SOURCE_DATE_EPOCH: String(at) });
  await build("first", now - 120);
  // Rules and content change.
  for (const [file, from, to] of [
    ["content/hero/winter.toml", "Warm durch den Winter", "Warm durch den Januar"],
    ["audiences/interests.toml", "visitor.visits_30d >= 3", "visitor.visits_30d >= 4"],
    ["content/banner/mending.toml", "Flicken ist im Winter kostenlos", "Flicken kostet im Januar nichts"],
  ]) {
    const [path, text] = [join(shop, file), await readFile(join(shop, file), "utf8")];
    if (!text.includes(from)) throw new Error(`${file} does not say "${from}"`);
    await writeFile(path, text.replace(from, to));
  }
  await build("second", now - 60);
  return {
    folder,
    shop,
    first: join(folder, "first"),
    second: join(folder, "second"),
    key: join(shop, ".selvedge/keys/timestamp.pem"),
    build,
    now,
    remove: () => rm(folder, { recursive: true, force: true }),
  };
}
