// What stands behind the binding BUNDLES: the published files, as KV answers for them.
import files from "./files.json";

const bodies = new Map(Object.entries(files).map(([key, text]) => [key, Uint8Array.from(atob(text), (character) => character.charCodeAt(0))]));

export default {
  fetch(request) {
    const body = bodies.get(decodeURIComponent(new URL(request.url).pathname.slice(1)));
    return body ? new Response(body) : new Response("Not Found", { status: 404 });
  },
};
