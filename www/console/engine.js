// The engine as previews load it. A preview keeps the visitor's choices in a cookie of its own, and the engine knows the site's cookie alone.

import { open as openShipped } from "./shipped-engine.js";

/** As the shipped `open`. In a preview, what the site's own cookie says is not of the visitor that is shown. */
export async function open(where) {
  const device = await openShipped(where);
  const { cookie, own } = where;
  if (own) {
    const decide = device.page.bind(device);
    device.page = (facts) => decide({ ...facts, cookie: renamed(facts.cookie, cookie, own) });
  }
  return device;
}

function renamed(jar = "", cookie, own) {
  const pairs = jar.split("; ").filter((pair) => !pair.startsWith(`${own}=`));
  return pairs.map((pair) => (pair.startsWith(`${cookie}=`) ? own + pair.slice(cookie.length) : pair)).join("; ");
}
