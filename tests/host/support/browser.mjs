// The browser that a test looks at pages with: Chromium, or Firefox where BROWSER=firefox asks for it.
import { startChromium } from "./chromium.mjs";
import { firefox } from "./firefox.mjs";

export const isFirefox = process.env.BROWSER === "firefox";

/** Starts it. One that is not installed is an error, so that no test passes without it. */
export const startBrowser = () => (isFirefox ? firefox() : startChromium());
