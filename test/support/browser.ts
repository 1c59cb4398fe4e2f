import { existsSync } from "node:fs";
import type { TestContext } from "node:test";
import { type Browser, chromium } from "playwright-core";

/** Where Debian, Ubuntu, Alpine and Fedora put the browser; `CHROMIUM` names another. */
const PLACES = [
  process.env.CHROMIUM,
  "/usr/bin/chromium",
  "/usr/bin/chromium-browser",
  "/usr/bin/google-chrome",
];

/** A headless Chromium that ends with the test. Where there is none, the test is skipped and says so. */
export async function useBrowser(t: TestContext): Promise<Browser | undefined> {
  const executablePath = PLACES.find((place) => place !== undefined && existsSync(place));
  if (executablePath === undefined) {
    t.skip("Chromium is not installed (Debian: apt-get install chromium), and CHROMIUM names none");
    return undefined;
  }
  const browser = await chromium.launch({
    executablePath,
    args: [
      "--no-sandbox",
      "--disable-gpu",
      "--disable-quic",
      "--disable-background-networking",
      "--disable-sync",
    ],
  });
  t.after(() => browser.close());
  return browser;
}
