// Passes each page on.
import { log } from "./line.mjs";

export default {
  fetch(request, env, context) {
    log(request, env, context, []);
    return env.ORIGIN.fetch(request);
  },
};
