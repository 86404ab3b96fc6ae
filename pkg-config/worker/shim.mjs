// The Worker's entry: one instance of the Wasm, replaced when it is lost.
import { __wbg_reset_state, fetch as answer, initSync, quiet, scheduled } from "./index.js";
import wasm from "./index_bg.wasm";
import { guard } from "./serve.mjs";

// The platform's own is a call out of V8 for each step of the Wasm's futures.
const settled = Promise.resolve();
globalThis.queueMicrotask = (task) => void settled.then(task);

export default guard(answer, () => initSync({ module: wasm }), __wbg_reset_state, (url) => quiet(url), scheduled);
