// The browser's engine on any host: opens a published folder and answers contexts, one line each.
//
// It takes what differs between hosts as arguments: the script, the Wasm, and the files. Trust is the same everywhere: the script's own.

/** A device over `files`, key (`v1/…`) → bytes. `engine` is `engine.js`, and `module` the Wasm to use. */
export async function open({ engine, Device = engine.Device, module, files, site, environment }) {
  const file = (path) => {
    const bytes = files.get(path);
    if (!bytes) throw new Error(`${path} is not there`);
    return bytes;
  };
  const core = engine.core(new WebAssembly.Instance(module));
  const [root, head] = [`v1/${environment}/root/1.cose`, `v1/${environment}/head`].map(file);
  // It gives nothing where the engine lacks what the release needs.
  return (await engine.unlock(core, root, head, { site, environment }, file)) && new Device(core, () => {});
}

/**
 * The answers to these lines of JSON, in order. What a visitor, met once and asked slot by slot, is answered must be the same; where it
 * is not, the answer says so, and so differs from every other host's.
 */
export function answers(device, lines) {
  const visitors = [];
  const found = lines.map((line) => {
    const answer = device.decide(JSON.parse(line), null, 0);
    const differing = differs(device, visitors, JSON.parse(line), JSON.parse(answer));
    return differing ?? answer;
  });
  // Every visitor again, when another has long been where they were.
  for (const { visitor, decisions } of visitors.reverse()) {
    const again = differing(visitor, decisions);
    if (again) found.push(again);
  }
  return found;
}

/** How a visitor's answers differ from those in the JSON, if they do. */
function differs(device, visitors, context, answer) {
  let visitor;
  try {
    visitor = device.visitor(context);
  } catch (refusal) {
    return refusal.message === answer.error ? undefined : `the visitor is refused: ${refusal.message}`;
  }
  if (answer.error) return "the visitor is not refused";
  visitors.push({ visitor, decisions: answer.decisions });
  return differing(visitor, answer.decisions);
}

function differing(visitor, decisions) {
  for (const [slot, decision] of Object.entries(decisions)) {
    const [found, expected] = [JSON.stringify(visitor.decide(slot)), JSON.stringify(decision)];
    if (found !== expected) return `${slot}: the visitor is answered ${found}, and the JSON has ${expected}`;
  }
  const all = visitor.decideAll();
  for (let at = 0; at < all.length; at += 1) {
    const { content, reason, detail, depth } = decisions[all.slot(at)];
    const same = content === all.content(at) && reason === all.reason(at) && detail === all.detail(at) && depth === all.depth(at);
    if (!same) return `${all.slot(at)}: deciding all gives ${all.content(at)}, and the JSON has ${content}`;
  }
  return undefined;
}
