// The same changes by hand: what is put into the page, the origin's content kept beside it, and a data block at the end.
import changes from "./changes.json";
import { isDecided, log } from "./line.mjs";

export default {
  async fetch(request, env, context) {
    const response = await env.ORIGIN.fetch(request);
    if (!isDecided(request)) return response;
    const rewriter = new HTMLRewriter();
    for (const { slot, selector, attribute, html } of changes) rewriter.on(selector, attribute ? set(attribute, html) : inner(slot, html));
    const shown = changes.map(({ slot }) => slot);
    rewriter.onDocument({
      end(end) {
        end.append(`<script type="application/json" id="page">${JSON.stringify({ decisions: shown })}</script>`, { html: true });
        log(request, env, context, shown);
      },
    });
    const out = rewriter.transform(new Response(response.body, response));
    out.headers.set("cache-control", "private, no-store");
    return out;
  },
};

const inner = (slot, html) => ({
  element(element) {
    element.prepend(`<!--${slot}-->${html}<!--/${slot}--><template data-control="${slot}">`, { html: true });
    element.onEndTag((end) => end.before("</template>", { html: true }));
  },
});

const set = (name, value) => ({
  element(element) {
    element.setAttribute(`data-was-${name}`, element.getAttribute(name));
    element.setAttribute(name, value);
  },
});
