// Whoever looks at a page: the engines of pages read them in JavaScript, the engine that lacks nothing as an edge does. For any cookies,
// languages, queries and paths both must decide the same, keep the same and forget the same.

import assert from "node:assert/strict";
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";

import { start } from "./browser/fixture.mjs";

const ROUNDS = Number(process.env.SELVEDGE_CASES ?? 1_000);
const SEED = Number(process.env.SELVEDGE_SEED ?? 1);
const DIST = join(import.meta.dirname, "../../dist/browser");
const DAY = 86_400_000;
const NOW = Date.now();
const TODAY = Math.floor(NOW / DAY);

/** An attribute of each type in each place that a page reads, and conditions that tell their values apart. */
const TYPES = {
  bool: { keys: `type = "bool"`, rules: ["X"], texts: ["true", "false", "1", "0", "TRUE", "", "yes"] },
  int: { keys: `type = "int"\nrange = [-1000, 1000]`, rules: ["X < 0", "X <= 5", "X <= 900"], texts: ["6", "-3", "+4", "5.0", "5.5", "9E2", "1e3", "1e4", "0x10", " 5", "", "-0", ".5e1", "1.", ".", "1e", "9007199254740993", "1" + "0".repeat(400), "NaN", "Infinity"] },
  double: { keys: `type = "double"\nrange = [-1e9, 1e9]`, rules: ["X < 0.0", "X <= 0.30000000000000004", "X <= 1.5"], texts: ["0.1", "0.3", "0.30000000000000004", "0.3000000000000000444", "1.5", "-1e-400", "1e400", "2e0", "", "1_0"] },
  string: { keys: `type = "string"\nmax_length = 12`, rules: [`X == "a b"`, `X == "é"`, `X == ""`, `X in ["x,y", "\\ufffd", "%zz"]`], texts: ["a b", "a+b", "a%20b", "é", "%C3%A9", "%c3", "%ff", "", "x,y", "%zz", "a\u0085", "\ufeffa b", "longer than twelve", "\ud800", "~3", "a~b"] },
  symbol: { keys: `type = "symbol"\nvalues = ["de", "en", "DE", "AT", "mobile", "tablet", "home", "knit"]`, rules: [`X == "de"`, `X in ["DE", "mobile", "home"]`, `X in ["AT", "tablet", "knit"]`], texts: ["de", "DE", "AT", "fr", "", "De"] },
  list: { keys: `type = "list"\nvalues = ["red", "blue", "green"]`, rules: [`"red" in X`, `"blue" in X`, `size(X) <= 1`], texts: ["red", "red,blue", "red,,green", "", ",", "black", "red, blue"] },
  timestamp: { keys: `type = "timestamp"`, rules: [`X < timestamp("2026-12-01T09:00:00Z")`, `X < timestamp("2027-01-01T00:00:00Z")`], texts: ["2026-12-01T09:00:00.5+01:00", "2026-12-31T23:59:60Z", "2026-12-01", "1764576000000", "1e13", "-1", "0.5", "9e15", ""] },
};
const PLACES = {
  query: { keys: (name) => `source = "request"\nfrom = "query:${name} é"\npurposes = ["contextual"]`, types: Object.keys(TYPES) },
  cookie: { keys: (name) => `source = "device"\nfrom = "cookie:c-${name}"\npurposes = ["personalization"]\nretention = "30d"`, types: Object.keys(TYPES) },
  state: { keys: () => `source = "device"\npurposes = ["personalization"]\nretention = "30d"`, types: Object.keys(TYPES) },
  kept: { keys: () => `source = "device"\npurposes = ["functional"]\nretention = "99d"`, types: ["string", "int"] },
  secret: { keys: () => `source = "device"\npurposes = ["personalization", "sensitive"]\nsensitive = true\nretention = "9d"`, types: ["string"] },
  country: { keys: () => `source = "request"\nfrom = "country"\npurposes = ["contextual"]`, types: ["symbol"] },
  region: { keys: () => `source = "request"\nfrom = "region"\npurposes = ["contextual"]`, types: ["symbol"] },
  language: { keys: () => `source = "request"\nfrom = "language"\npurposes = ["contextual"]`, types: ["symbol"] },
  device: { keys: () => `source = "request"\nfrom = "device"\npurposes = ["contextual"]`, types: ["symbol"] },
  path: { keys: () => `source = "page"\nfrom = "path"\npurposes = ["contextual"]`, types: ["string"] },
  paths: { keys: () => `source = "page"\npaths = { "/" = "home", "/k*t/" = "knit", "/%C3%A9/*" = "de" }\npurposes = ["contextual"]`, types: ["symbol"] },
  agent: { keys: () => `source = "request"\nfrom = "header:user-agent"\npurposes = ["contextual"]`, types: ["string"] },
  languages: { keys: () => `source = "request"\nfrom = "header:accept-language"\npurposes = ["contextual"]`, types: ["string"] },
  gpc: { keys: () => `source = "request"\nfrom = "header:sec-gpc"\npurposes = ["contextual"]`, types: ["bool"] },
  unseen: { keys: () => `source = "request"\nfrom = "header:x-any"\npurposes = ["contextual"]`, types: ["string"] },
};
const ATTRIBUTES = Object.entries(PLACES).flatMap(([place, { types }]) => types.map((type) => ({ place, type, name: `${place}.${type}` })));

let folder, site;
const devices = {};

before(async () => {
  folder = mkdtempSync(join(tmpdir(), "selvedge-arrival-"));
  for (const name of ["selvedge.toml", "consent.toml", "content"]) cpSync(join(import.meta.dirname, "browser/site", name), join(folder, name), { recursive: true });
  const edit = (name, change) => writeFileSync(join(folder, name), change(readFileSync(join(folder, name), "utf8")));
  edit("selvedge.toml", (text) => text.replace('all = ["en"]', 'all = ["de", "en", "zh-Hant"]\nfallback = { lb = ["de"] }').replace('pages = "pages"\n', ""));
  edit("consent.toml", (text) => text.replaceAll('basis = "consent"', 'basis = "consent"\ncondition = "explicit_consent"'));
  const locales = (text) => text + `\n[locale.de]\nhtml = "<b>de</b>"\n\n[locale.zh-Hant]\nhtml = "<b>zh</b>"\n`;
  edit("content/c/inner.toml", locales);
  writeFileSync(join(folder, "attributes.toml"), ATTRIBUTES.map(({ place, type, name }) => `[${name}]\n${TYPES[type].keys}\n${PLACES[place].keys(type)}\ndescription = "x"\n`).join("\n"));
  const slots = ATTRIBUTES.map(({ name }) => `[s.${name.replace(".", "_")}]\npage = "*"\nselector = "#x"\nchange = "inner"\nmax_graphemes = 80\ndescription = "x"\n`);
  writeFileSync(join(folder, "slots.toml"), slots.join("\n") + `\n[s.drawn]\npage = "/"\nselector = "#d"\nchange = "inner"\nmax_graphemes = 80\ndescription = "x"\n`);
  mkdirSync(join(folder, "experiences"));
  const head = (slot) => `slot = "${slot}"\nowner = "tests"\ngoal = "tests"\nbenefit = "x"\nclass = "service"\nreview_by = 2099-01-01\n`;
  for (const { type, name } of ATTRIBUTES) {
    const rule = (condition, content) => `\n[[rule]]\nall = ['${condition}']\nshow = "c/${content}"\n`;
    const contents = ["inner", "request", "drawn", "replace"];
    const rules = TYPES[type].rules.map((rule_, at) => rule(rule_.replaceAll("X", name), contents[at]));
    const sensitive = name.startsWith("secret") ? `audit = "full"\n` : "";
    const purpose = name.startsWith("kept") ? `purpose = "functional"\n` : sensitive;
    writeFileSync(join(folder, `experiences/${name.replace(".", "-")}.toml`), head(`s.${name.replace(".", "_")}`) + purpose + rules.join("") + rule(`!has(${name})`, "row"));
  }
  cpSync(join(import.meta.dirname, "browser/site/experiences/drawn.toml"), join(folder, "experiences/drawn.toml"));
  edit("experiences/drawn.toml", (text) => text.replace("page.drawn", "s.drawn"));
  site = await start(folder);
  const script = await import(join(DIST, "engine.js"));
  const file = (path) => readFileSync(join(site.built, path));
  for (const name of ["rules", "language", "selvedge"]) {
    const core = script.core(new WebAssembly.Instance(new WebAssembly.Module(readFileSync(join(DIST, `${name}.wasm`)))));
    const scope = { site: "changes", environment: "development" };
    const chunk = await script.unlock(core, file("v1/development/root/1.cose"), file("v1/development/head"), scope, file);
    if (!chunk) continue;
    const asked = [];
    const device = new script.Device(core, (number) => asked.push(number) && chunk(number));
    // What is fetched tells a server what was decided, so it must be the same, too.
    devices[name] = async (facts) => {
      device.forget();
      asked.length = 0;
      return { ...(await device.page(facts)), asked: [...asked] };
    };
  }
});
after(() => {
  site?.close();
  if (folder) rmSync(folder, { recursive: true });
});

test("every engine of pages reads a visitor as an edge does", async () => {
  const own = Object.keys(devices).filter((name) => name !== "selvedge");
  assert.ok(own.length > 0, "an engine of pages opens the site");
  const random = generator(SEED);
  const pick = (list) => list[random() % list.length];
  const seen = new Map();
  for (let round = 0; round < ROUNDS; round += 1) {
    const facts = draw(random, pick);
    const expected = await devices.selvedge(facts);
    for (const { reason, detail, content } of Object.values(expected.page.decisions)) {
      const way = `${reason} ${detail} ${content}`;
      seen.set(way, (seen.get(way) ?? 0) + 1);
    }
    for (const { name, max_age } of expected.cookies) seen.set(`${name} ${max_age}`, (seen.get(`${name} ${max_age}`) ?? 0) + 1);
    for (const name of own) assert.deepEqual(await devices[name](facts), expected, `${name}: ${JSON.stringify(facts)}`);
  }
  console.log(`${ROUNDS} pages with seed ${SEED} on ${own.join(" and ")}, ${seen.size} ways of deciding and keeping, 0 differences`);
  // What decides one thing only would agree, and prove nothing.
  for (const way of ["DEFAULT DATA_QUALITY null", "DEFAULT CONSENT_WITHHELD null", "DEFAULT CONSENT_WITHDRAWN null", "TARGETING_MATCH null c/row", "TARGETING_MATCH null c/replace", "selvedge-id 0", "selvedge-id 34128000", "selvedge-state 0", "selvedge-state 2592000"]) {
    assert.ok(seen.has(way), `${way}: ${[...seen].map(String)}`);
  }
});

/** What a page may know of its request. */
function draw(random, pick) {
  const some = (share) => random() % 100 < share;
  const stamps = ["", `~${TODAY}`, `~${TODAY - 8}`, `~${TODAY - 31}`, `~${TODAY + 1}`, "~99999999999999999999", "~-1", "~1x", `~0~${TODAY}`, `%7E${TODAY}`];
  const texts = ({ type }) => pick(TYPES[type].texts);
  const pair = (key, value) => (some(90) ? encodeURIComponent(key).replaceAll("%20", pick(["+", "%20"])) : key) + (some(95) ? "=" : "") + (some(60) && !/[\ud800]/.test(value) ? encodeURIComponent(value) : value);
  const noise = ["", "=", "&", "a", "%", "a=1", "c-int=7", "selvedge-id", ";"];
  const of = (place) => ATTRIBUTES.filter((attribute) => attribute.place === place);
  const query = of("query").filter(() => some(70)).map((attribute) => pair(`${attribute.type} é`, texts(attribute)));
  if (some(20)) query.splice(random() % (query.length + 1), 0, pick(noise));
  const kept = [...of("state"), ...of("kept"), ...of("secret")].filter(() => some(70)).map((attribute) => pair(attribute.name, texts(attribute)) + pick(stamps));
  if (some(30)) kept.push(pick([...noise, "other=1~1", "query.int=1~1", 'state.int=1"~1']));
  const purposes = ["contextual", "functional", "analytics", "personalization", "advertising", "sensitive", "storage"];
  const full = "v=1&epoch=1&personalization=1&storage=1&sensitive=1&functional=1&analytics=1";
  const consent = () => pick([full, full, full, full, `${full}&contextual=0`, `v=1&epoch=1${purposes.filter(() => some(70)).map((purpose) => `&${purpose}=${some(85) ? 1 : 0}`).join("")}`, "v=1&epoch=1", "v=2", "", "v=1&epoch=1&day=1&storage=1"]);
  const id = () => pick(["0123456789abcdef0123456789ABCDEF", "f".repeat(64), "f".repeat(65), "f".repeat(31), "g".repeat(32), ""]);
  const spaces = ["", "", "", " ", "\t", "\u0085", "\ufeff", "\u00a0"];
  const crumb = (name, value) => `${pick(spaces)}${name}${pick(spaces)}=${pick(spaces)}${value}${pick(spaces)}`;
  const jar = [...of("cookie"), ...of("cookie")].filter(() => some(50)).map((attribute) => crumb(`c-${attribute.type}`, some(50) ? encodeURIComponent(texts(attribute).replace(/[\ud800]/g, "")) : texts(attribute)));
  for (const [share, make] of [[85, () => crumb("selvedge-consent", consent())], [5, () => crumb("selvedge-consent", consent())], [60, () => crumb("selvedge-id", id())], [5, () => crumb("selvedge-id", id())], [70, () => crumb("selvedge-state", kept.join("&"))], [20, () => pick(["prefs={a:1, b:2}", "d=Mon, 30 Nov 2026", "q=a,c-int=y", "x", "=", "a=\ufffd, \ufffd=1", " "])]]) {
    if (some(share)) jar.splice(random() % (jar.length + 1), 0, make());
  }
  const range = () => pick(["de", "de-AT", "en", "EN-gb", "lb", "lb-LU", "fr", "*", "zh-hant-TW", "zh-Hant-x-a", "", "İ-x", "zh", "-", "x-de"]) + pick(["", "", ";q=0.5", ";q=0", "; q=0.8 ", ";q=+1", ";q=1.", ";q=2", ";q=0.1234", ";q=a", ";level=1;q=0.3", ";Q=0.1", ";q=00.9"]);
  return {
    path: pick(["/", "/", "/", "/", "/knit/", "/kt/", "/%C3%A9/x", "/é/x", "", "/x"]),
    query: query.join("&"),
    country: pick(["DE", "AT", "FR", "", null, undefined]),
    region: pick(["DE", "AT", "US-CA", "", null, undefined]),
    cookie: jar.map((each) => each + pick(["; ", "; ", ";", ", "])).join(""),
    accept_language: [...(some(5) ? Array(pick([31, 32, 33])).fill("xx;q=0.1") : []), ...Array.from({ length: random() % 5 }, range)].join(pick([",", ", "])),
    user_agent: pick(["", "iPad", "Android Mobile", "Android", "Mobi", "X Tablet", "a b"]),
    gpc: pick([true, false, false, undefined, undefined]),
    now: pick([NOW, NOW, NOW + 0.5, NOW - 40 * DAY, 0, -5 * DAY]),
    randomness: pick(["ab".repeat(16), "ab".repeat(16), "", undefined]),
  };
}

/** xorshift32: the same rounds every time. */
function generator(seed) {
  let state = Math.imul(seed, 0x9e3779b9) | 1;
  return () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return state >>> 0;
  };
}
