// The origin: pages from memory, by their names.
import pages from "./pages.json";

const bodies = new Map(Object.entries(pages).map(([name, text]) => [name, new TextEncoder().encode(text)]));

export default {
  fetch(request) {
    const { pathname } = new URL(request.url);
    const body = bodies.get(pathname.split("/").at(-1));
    if (!body) return new Response("no such page\n", { status: 404 });
    return new Response(body, { headers: { "content-type": "text/html; charset=utf-8", "cache-control": "public, max-age=600" } });
  },
};
