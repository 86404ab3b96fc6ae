/** What each Worker writes for a page with slots: one line, to one service, after the response. */
export function log(request, env, context, shown) {
  if (!isDecided(request)) return;
  const line = JSON.stringify({ v: 1, kind: "exposures", at: Date.now(), shown });
  const post = new Request("https://log.invalid/", { method: "POST", body: `${line}\n`, headers: { "content-type": "application/x-ndjson" } });
  context.waitUntil(env.LOG.fetch(post));
}

/** Whether a page has slots. */
export const isDecided = ({ url }) => new URL(url).pathname.startsWith("/p/");
