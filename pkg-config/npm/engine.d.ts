import type { Engine } from "./index.js";

/** Fetches root, head, program and index, and opens them once every signature holds. Rejects with the reason otherwise. */
export function open(where: {
  /** The site's name, which every document is bound to. */
  site: string;
  environment: string;
  /** SHA-256 of the root document, in hexadecimal. */
  root: string;
  /** The root's number; 1 by default. */
  rootVersion?: number;
  /** The engine to fetch: `rules`, `language` or, by default, `selvedge`, which lacks nothing. One that can do too little fetches that one. */
  engine?: string;
  /** The folder that holds `v1/`. */
  base: URL | string;
  /** Fetches a URL of that folder; `fetch` by default. */
  ask?: (url: URL, init: RequestInit) => Promise<Response>;
}): Promise<Engine>;
