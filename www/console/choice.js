// The state of the panel, kept only in its address. A link is the whole state, and nothing is stored.

const KEYS = ['visitor', 'region', 'locale', 'grant', 'deny', 'gpc', 'minor', 'depth', 'now', 'id', 'draw'];
const OWN = ['page', 'view', 'with', 'slot', 'width', 'outline', 'tab'];

let listeners = [];

/** The current choice: every key a string, '' where nothing was chosen. */
export function choice() {
  const hash = new URLSearchParams(location.hash.slice(1));
  return Object.fromEntries([...KEYS, ...OWN].map((key) => [key, hash.get(key) ?? '']));
}

/** Changes some keys; '' takes one away. */
export function choose(changes) {
  const next = { ...choice(), ...changes };
  const hash = new URLSearchParams(Object.entries(next).filter(([, value]) => value !== ''));
  const text = `#${readable(hash)}`;
  if (text === location.hash) return;
  history.replaceState(null, '', text);
  listeners.forEach((listener) => listener(Object.keys(changes)));
}

/** Calls `listener` with the changed keys, or with none when the whole address changed. */
export function onChoice(listener) {
  listeners.push(listener);
}

addEventListener('hashchange', () => listeners.forEach((listener) => listener(null)));

/** The choice as `selvedge-…` parameters; `visitor` in place of the chosen one. */
export function parameters(visitor) {
  const now = choice();
  const query = new URLSearchParams();
  query.set('selvedge-visitor', visitor ?? (now.visitor || 'first'));
  for (const key of KEYS.slice(1)) if (now[key] !== '') query.set(`selvedge-${key}`, now[key]);
  return query;
}

/** A page of the site as the chosen visitor sees it. */
export function address(page, visitor) {
  const [path, query = ''] = page.split('#')[0].split('?');
  const fragment = page.includes('#') ? `#${page.split('#')[1]}` : '';
  return `${path}?${query ? `${query}&` : ''}${readable(parameters(visitor))}${fragment}`;
}

/** Parameters with the characters left alone that an address may hold as they are. */
export function readable(parameters) {
  return String(parameters).replaceAll('%2F', '/').replaceAll('%2C', ',').replaceAll('%3A', ':');
}
