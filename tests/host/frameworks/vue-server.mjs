import { createSSRApp } from "vue";
import { renderToString } from "vue/server-renderer";
import { make } from "./vue.mjs";

export const render = (ways) => renderToString(createSSRApp({ render: make(ways).root }));
