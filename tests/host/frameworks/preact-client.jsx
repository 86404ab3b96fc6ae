/** @jsxImportSource preact */
import { hydrate, render } from "preact";
import { control, ways } from "./app.mjs";
import { App, setState } from "./preact.jsx";

const asked = ways(location.search);
const root = () => document.getElementById("root");
control(() => (asked.client ? render : hydrate)(<App ways={asked} />, root()), (state) => setState(state));
