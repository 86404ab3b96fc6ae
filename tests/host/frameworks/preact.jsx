// The app in Preact.

/** @jsxImportSource preact */
import { useEffect, useState } from "preact/hooks";
import { Slot } from "@selvedge/browser/preact";
import { ORIGIN, STATE } from "./app.mjs";

const Plain = ({ name, as: Tag = "div", children, ...rest }) => <Tag {...rest}>{children}</Tag>;

export let setState;

export function App({ ways }) {
  const [state, set] = useState(STATE);
  useEffect(() => void (setState = set), []);
  const Piece = ways.plain ? Plain : Slot;
  return (
    <main>
      <output>{state.count}</output>
      {state.route === "app" && (
        <>
          {state.before && <p class="before">before</p>}
          <Piece name="app.hero" as="section" class="hero">
            <h1>{ORIGIN.hero}</h1>
            {state.within && <i>within</i>}
            <p>count {state.count}</p>
          </Piece>
          {state.before && <p class="after">after</p>}
          <Piece name="app.note" as="p" class="note">{ORIGIN.note}</Piece>
          <Piece name="app.quiet" class="quiet">{ORIGIN.quiet}</Piece>
        </>
      )}
      {state.route === "second" && <Piece name="app.second" class="second">{ORIGIN.second}</Piece>}
    </main>
  );
}
