// What a server gets that renders pages and imports the loader: nothing, as there is no page yet.

export default undefined;
