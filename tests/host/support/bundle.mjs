// The shop's bundle and pages, as the tests publish them.
import { createHash } from "node:crypto";
import { readFile, readdir } from "node:fs/promises";
import { join, relative } from "node:path";

const root = new URL("../../../", import.meta.url).pathname;
/** `cargo xtask test` builds the shop here before the tests run. */
export const bundleFolder = process.env.SELVEDGE_BUNDLE ?? join(root, "target/hosts/storefront");
export const dist = join(root, "dist");
const pages = join(root, "examples/storefront/pages");

/** Every published file by its key: the path without the first slash. The debug folder is not published. */
export async function published(folder = bundleFolder) {
  const files = new Map();
  for (const entry of await readdir(join(folder, "v1"), { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue;
    const path = join(entry.parentPath ?? entry.path, entry.name);
    files.set(relative(folder, path), await readFile(path));
  }
  return files;
}

/** A page of the shop by its path. */
export async function shopPage(path) {
  return readFile(join(pages, path, path.endsWith("/") ? "index.html" : ""));
}

export function sha256(bytes) {
  return createHash("sha256").update(bytes).digest("hex");
}

/** The environment that a bundle was built for. */
export function environmentOf(files) {
  return [...files.keys()].find((key) => key.endsWith("/head")).split("/")[1];
}
