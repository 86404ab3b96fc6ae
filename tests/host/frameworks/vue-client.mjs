import { createApp, createSSRApp } from "vue";
import { control, ways } from "./app.mjs";
import { make } from "./vue.mjs";

const asked = ways(location.search);
const { state, root } = make(asked);
control(() => (asked.client ? createApp : createSSRApp)({ render: root }).mount("#root"), (change) => Object.assign(state, change));
