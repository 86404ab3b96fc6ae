// Firefox as it is installed, over WebDriver BiDi.

import playwright from "playwright-core";

/** Starts it. A release that does not know all of the driver's commands for emulation, of which nothing here needs any, goes without them. */
export async function firefox() {
  const browser = await playwright.firefox.launch({ executablePath: process.env.FIREFOX ?? "/usr/bin/firefox-esr", channel: "moz-firefox" });
  const session = Object.getPrototypeOf(browser._connection.toImpl(browser)._browserSession);
  const { send } = session;
  session.send = async function (method, ...given) {
    try {
      return await send.call(this, method, ...given);
    } catch (error) {
      if (method.startsWith("emulation.") && /unknown command/.test(error)) return {};
      throw error;
    }
  };
  return browser;
}
