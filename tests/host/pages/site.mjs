// A site with a slot for many elements, and every kind of change.
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";

/** Kind of change → its content, and the elements that are tried. */
const CHANGES = {
  inner: ["html", "h1 h2 main p li td section div span button nav footer form details tbody"],
  text: ["text", "h1 h2 p a li td th span dt dd option label figcaption"],
  replace: ["html", "h1 p table ul div section img form nav li tr"],
  remove: ["none", "h2 p table li tr td option select form aside header img hr"],
  before: ["html", "h1 p table li div main form figure footer"],
  after: ["html", "h1 p li dd td tr option div img ul nav"],
  "attribute:class": ["word", "body h1 p a img li table tr svg input div"],
};
/** What belongs beside, in or instead of a part of a table or a list of choices. */
const FIT = { "inner tbody": "row", "replace tr": "row", "after tr": "row", "after td": "cell", "after option": "option" };
const CONTENT = { row: 'html = "<tr><td>NEW é</td></tr>"', cell: 'html = "<td>NEW é</td>"', option: 'html = "<option>NEW é</option>"', html: 'html = "<b>NEW é</b><!-- x -->"', text: 'text = "NEW é & <x>"', word: 'text = "new & \\"x\\""', none: "" };

/** Writes the site and gives how many pages of slots it has: `/0/…`, `/1/…`, each with three. */
export function write(folder, draw) {
  mkdirSync(join(folder, "experiences"), { recursive: true });
  mkdirSync(join(folder, "content"), { recursive: true });
  const slots = Object.entries(CHANGES).flatMap(([change, [content, names]]) => names.split(" ").map((name) => ({ change, content: FIT[`${change} ${name}`] ?? content, name })));
  for (let at = slots.length - 1; at > 0; at -= 1) {
    const other = draw.below(at + 1);
    [slots[at], slots[other]] = [slots[other], slots[at]];
  }
  let file = "";
  for (const [position, { change, content, name }] of slots.entries()) {
    const kind = change.split(":")[0];
    const slot = `p${Math.floor(position / 3)}.${name}-${kind}-${position}`;
    file += `[${slot}]\npage = "/${Math.floor(position / 3)}/*"\nselector = "${name}"\nchange = "${change}"\n\n`;
    writeFileSync(join(folder, `experiences/e${position}.toml`), `slot = "${slot}"\npurpose = "necessary"\n[[rule]]\nshow = "${content}"\n`);
  }
  writeFileSync(join(folder, "slots.toml"), file);
  writeFileSync(join(folder, "selvedge.toml"), 'name = "pages"\n[locales]\ndefault = "en"\n');
  writeFileSync(join(folder, "attributes.toml"), "");
  const classified = (purpose) => `[purposes.${purpose}]\ntext = "What is measured."\nbasis = "consent"\n`;
  writeFileSync(join(folder, "consent.toml"), ["analytics"].map(classified).join(""));
  for (const [name, body] of Object.entries(CONTENT)) writeFileSync(join(folder, `content/${name}.toml`), `[locale.en]\n${body}\n`);
  return Math.ceil(slots.length / 3);
}
