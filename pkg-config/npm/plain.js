// The document past the names that its own elements take.
//
// `<img name=cookie>` stands in for `document.cookie`, `<input name=remove>` for the `remove` of its form, and `<a id=dataLayer>` for a variable
// that nobody has set. People write such elements into comments and reviews, so nothing of ours reads those names directly.

/** A node by what the platform defines for it, whatever its elements are called. */
export function plain(node) {
  const prototype = Object.getPrototypeOf(node);
  return new Proxy(node, {
    get(_, name) {
      const value = Reflect.get(prototype, name, node);
      return typeof value === "function" ? value.bind(node) : value;
    },
    set: (_, name, value) => Reflect.set(prototype, name, value, node),
  });
}

/** A variable of the page that a script has set; an element with that id is none. */
export function global(name) {
  return Object.hasOwn(globalThis, name) ? globalThis[name] : undefined;
}
