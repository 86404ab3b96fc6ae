import { Writable } from "node:stream";
import { renderToPipeableStream } from "react-dom/server";
import { whole } from "./react.jsx";

export const render = (ways) =>
  new Promise((resolve, reject) => {
    let html = "";
    const out = new Writable({ write: (chunk, _, done) => ((html += chunk), done()), final: (done) => (resolve(html), done()) });
    const { pipe } = renderToPipeableStream(whole(ways), { onShellReady: () => pipe(out), onError: reject });
  });
