import { createRoot, hydrateRoot } from "react-dom/client";
import { control, ways } from "./app.mjs";
import { setState, whole } from "./react.jsx";

window.recovered = [];
const asked = ways(location.search);
const root = () => document.getElementById("root");
control(
  () => {
    if (asked.client) return createRoot(root()).render(whole(asked));
    hydrateRoot(root(), whole(asked), { onRecoverableError: (error) => window.recovered.push(String(error)) });
  },
  (state) => setState(state),
);
