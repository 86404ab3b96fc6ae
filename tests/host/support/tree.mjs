// The tree of a page by parse5, a parser that is no browser's: `[namespace, name, attributes, children]`, `[3, text]`, `[8, comment]`.
import { parse } from "parse5";

const attributesOf = (node) => node.attrs.map(({ prefix, name, value }) => [prefix ? `${prefix}:${name}` : name, value]).sort();
const childrenOf = (node) => [...(node.content?.childNodes ?? []), ...node.childNodes];

function treeOf(node) {
  if (node.tagName) return [node.namespaceURI, node.tagName, attributesOf(node), childrenOf(node).map(treeOf)];
  return node.nodeName === "#text" ? [3, node.value] : [8, node.data];
}

/** The trees of these elements, by id; an id that the page lacks is left out. */
export function elementsOf(markup, ids) {
  const [wanted, found] = [new Set(ids), new Map()];
  const walk = (node) => {
    const id = node.attrs?.find(({ name }) => name === "id")?.value;
    if (wanted.has(id) && !found.has(id)) found.set(id, treeOf(node));
    for (const child of node.childNodes ?? []) walk(child);
  };
  walk(parse(markup));
  return found;
}
