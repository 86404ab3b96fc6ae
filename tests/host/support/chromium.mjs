// Chromium, for a test that looks at pages.
import { chromium } from "playwright-core";

/** As a container without a sandbox, a graphics card or much shared memory can start it. */
const options = { executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium", args: ["--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"] };

/** Starts it. */
export const startChromium = () => chromium.launch(options);
