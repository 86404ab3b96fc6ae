import { flushSync, hydrate, mount } from "svelte";
import { control, ways } from "./app.mjs";
import App from "./App.svelte";

const asked = ways(location.search);
let set;
control(
  () => (asked.client ? mount : hydrate)(App, { target: document.getElementById("root"), props: { ways: asked, change: (setter) => (set = setter) } }),
  (state) => flushSync(() => set(state)),
);
