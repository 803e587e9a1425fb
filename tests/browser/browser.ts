import axe from "axe-core";
import { type Browser, type BrowserContextOptions, chromium, type Page } from "playwright-core";

/** Starts Chromium: that of LATENTD_CHROMIUM, or Debian's. */
export async function startBrowser(): Promise<Browser> {
  const executablePath = Deno.env.get("LATENTD_CHROMIUM") ?? "/usr/bin/chromium";
  // Chromium refuses its sandbox to root, as which containers run.
  return await chromium.launch({ executablePath, args: Deno.uid() === 0 ? ["--no-sandbox"] : [] });
}

/** A tab without any memory, and what goes wrong in it. */
export interface Tab {
  readonly page: Page;
  /** Errors of scripts and of the console, violations of the content security policy among them. */
  readonly errors: readonly string[];
}

/** Opens an address in a tab. */
export async function openTab(browser: Browser, url: string, options: BrowserContextOptions = {}): Promise<Tab> {
  const context = await browser.newContext({ viewport: { width: 1280, height: 860 }, ...options });
  const page = await context.newPage();
  const errors: string[] = [];
  page.on("pageerror", ({ message }) => errors.push(message));
  page.on("console", (message) => {
    // Browsers tell refusals there, too; the page shows them itself.
    if (message.type() === "error" && !/status of 4\d\d/.test(message.text())) errors.push(message.text());
  });
  await page.addInitScript(() =>
    addEventListener(
      "securitypolicyviolation",
      ({ violatedDirective, blockedURI }) => console.error(`Policy ${violatedDirective} is violated by ${blockedURI}`),
    )
  );
  await page.goto(url);
  return { page, errors };
}

/** What axe finds that is serious or worse. */
export async function seriousFindings(page: Page): Promise<string[]> {
  await page.evaluate(axe.source);
  const { violations } = await page.evaluate(() => (globalThis as unknown as { axe: typeof axe }).axe.run());
  return violations.filter(({ impact }) => impact === "serious" || impact === "critical")
    .flatMap(({ id, nodes }) => nodes.map(({ html }) => `${id}: ${html}`));
}
