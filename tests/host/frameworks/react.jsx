// The app in React: the same source for both versions, and for the server.

import { Suspense, StrictMode, lazy, useEffect, useState } from "react";
import { Slot } from "@selvedge/browser/react";
import { ORIGIN, STATE } from "./app.mjs";

/** An element as a site has it that knows nothing of slots. */
const Plain = ({ name, as: Tag = "div", children, ...rest }) => <Tag {...rest}>{children}</Tag>;

export let setState;

function Home({ state, Slot }) {
  return (
    <>
      {state.before && <p className="before">before</p>}
      <Slot name="app.hero" as="section" className="hero">
        <h1>{ORIGIN.hero}</h1>
        {state.within && <i>within</i>}
        <p>count {state.count}</p>
      </Slot>
      {state.before && <p className="after">after</p>}
      <Slot name="app.note" as="p" className="note">{ORIGIN.note}</Slot>
      <Slot name="app.quiet" className="quiet">{ORIGIN.quiet}</Slot>
    </>
  );
}

function App({ ways, Home }) {
  const [state, set] = useState(STATE);
  useEffect(() => void (setState = set), []);
  const Piece = ways.plain ? Plain : Slot;
  const home = <Home state={state} Slot={Piece} />;
  return (
    <main>
      <output>{state.count}</output>
      {state.route === "app" && (ways.suspense ? <Suspense fallback={<p>waiting</p>}>{home}</Suspense> : home)}
      {state.route === "second" && <Piece name="app.second" className="second">{ORIGIN.second}</Piece>}
    </main>
  );
}

/** The whole app. With `suspense` its slots come later, as code that is loaded does. */
export function whole(ways) {
  const Piece = ways.suspense ? lazy(() => new Promise((resolve) => setTimeout(resolve, 20, { default: Home }))) : Home;
  const app = <App ways={ways} Home={Piece} />;
  return ways.strict ? <StrictMode>{app}</StrictMode> : app;
}
