import { decode, type DecodedPng } from "fast-png";
import type { Browser, BrowserContextOptions, Locator, Page, Request } from "playwright-core";
import { openTab } from "./browser.ts";

/** Milliseconds that a picture may take on a busy machine. */
const PATIENCE = 120_000;

/** The page in a tab of its own, and what people do there. */
export class OpenPage {
  readonly page: Page;
  readonly errors: readonly string[];

  private constructor(page: Page, errors: readonly string[]) {
    this.page = page;
    this.errors = errors;
  }

  /** Opens it and waits until it knows the models. */
  static async at(browser: Browser, url: string, options: BrowserContextOptions = {}): Promise<OpenPage> {
    const { page, errors } = await openTab(browser, url, options);
    page.setDefaultTimeout(PATIENCE);
    await page.locator("#task option").first().waitFor({ state: "attached" });
    return new OpenPage(page, errors);
  }

  /** Fills in fields by their names. */
  async fill(values: Readonly<Record<string, string>>): Promise<void> {
    await this.page.locator("#more").evaluate((more) => (more as HTMLDetailsElement).open = true);
    for (const [name, value] of Object.entries(values)) await this.page.fill(`#${name}`, value);
  }

  /** Sends the form; gives the body that was sent. */
  // deno-lint-ignore no-explicit-any
  async send(): Promise<any> {
    const isJob = (request: Request) => request.method() === "POST" && request.url().endsWith("/v1/jobs");
    const [request] = await Promise.all([this.page.waitForRequest(isJob), this.page.click("#generate")]);
    return request.postDataJSON();
  }

  /** Sends the form and waits for the job's card; gives the body that was sent. */
  // deno-lint-ignore no-explicit-any
  async begin(): Promise<any> {
    const count = await this.page.locator(".card").count();
    const body = await this.send();
    await this.card(count).waitFor();
    return body;
  }

  /** A job's card, the newest first. */
  card(place = 0): Locator {
    return this.page.locator(".card").nth(place);
  }

  /** Waits for the newest job's first picture. */
  async made(): Promise<void> {
    await this.card().locator(".picture img").first().waitFor();
  }

  /** Opens the newest job's first picture and downloads it. */
  async download(): Promise<{ readonly name: string; readonly picture: DecodedPng }> {
    await this.card().locator(".picture").first().click();
    const [download] = await Promise.all([this.page.waitForEvent("download"), this.page.click("#viewer-download")]);
    const picture = decode(await Deno.readFile(await download.path()));
    await this.page.keyboard.press("Escape");
    return { name: download.suggestedFilename(), picture };
  }

  /** Presses the mouse at one place, drags it to another and lets go; fractions of an element's width and height. */
  async drag(selector: string, from: readonly [number, number], to: readonly [number, number]): Promise<void> {
    const element = this.page.locator(selector);
    await element.scrollIntoViewIfNeeded();
    const { x, y, width, height } = (await element.boundingBox())!;
    await this.page.mouse.move(x + from[0] * width, y + from[1] * height);
    await this.page.mouse.down();
    await this.page.mouse.move(x + to[0] * width, y + to[1] * height, { steps: 5 });
    await this.page.mouse.up();
  }
}
