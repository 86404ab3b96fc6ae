// The loader on a server that renders pages: nothing, as there is no page yet.

export default undefined;
