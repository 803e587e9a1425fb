import { expect } from "@std/expect";
import { after, before, describe, it } from "@std/testing/bdd";
import type { Browser } from "playwright-core";
import { openTab, seriousFindings, startBrowser } from "./browser.ts";
import { OpenPage } from "./open_page.ts";
import { Served } from "./served.ts";

const PROMPTS = ["a green leaf", "smiling face"];
const IMAGES = new URL("../../docs/images/", import.meta.url);

describe("what people see", () => {
  const things = new AsyncDisposableStack();
  let server: Served;
  let browser: Browser;

  before(async () => {
    server = things.use(await Served.start());
    browser = await startBrowser();
    things.defer(() => browser.close());
  });
  after(() => things.disposeAsync());

  it("of the page is accessible, in light and dark, with every task, and fits a phone", async () => {
    const open = await OpenPage.at(browser, server.url);
    const { page } = open;
    await open.fill({ steps: "1" });
    await open.begin();
    await open.made();
    const tasks = await page.locator("#task option").evaluateAll((all) =>
      all.map((option) => (option as HTMLOptionElement).value)
    );
    expect(tasks.length).toBeGreaterThan(5);
    for (const colorScheme of ["light", "dark"] as const) {
      await page.emulateMedia({ colorScheme });
      for (const task of tasks) {
        await page.selectOption("#task", task);
        if (task === "layout-to-image" && colorScheme === "light") await page.click("#boxes-add");
        if (task === "inpainting") await page.setInputFiles("#image", new URL("tasks/medal.png", IMAGES).pathname);
        expect([colorScheme, task, await seriousFindings(page)]).toEqual([colorScheme, task, []]);
      }
      await open.card().locator(".picture").click();
      expect([colorScheme, await seriousFindings(page)]).toEqual([colorScheme, []]);
      await page.keyboard.press("Escape");
    }
    await page.setViewportSize({ width: 360, height: 740 });
    for (const task of ["inpainting", "layout-to-image"]) {
      await page.selectOption("#task", task);
      expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(360);
    }
    expect(open.errors).toEqual([]);
  });

  it("of the API reference is every route with its examples; it finds some, and is accessible", async () => {
    const { page, errors } = await openTab(browser, `${server.url}/docs`);
    await page.locator("section").first().waitFor();
    const { paths } = await server.json("/openapi.json");
    const routes = Object.values(paths as Record<string, object>).flatMap((item) => Object.keys(item));
    expect(await page.locator("section").count()).toBe(routes.length);
    const sample = page.locator("#post-v1-generate pre").first();
    expect(await sample.textContent()).toContain(`curl '${server.url}/v1/generate'`);
    const generate = page.locator("#post-v1-generate");
    await generate.locator("summary", { hasText: "Fields" }).first().click();
    await generate.locator("details table code", { hasText: /^box$/ }).first().waitFor();
    await page.fill("#filter", "delete");
    expect(await page.locator("section:visible h3 .method").allTextContents()).toContain("DELETE");
    expect(await page.locator("section:visible").count()).toBeLessThan(routes.length / 2);
    for (const colorScheme of ["light", "dark"] as const) {
      await page.emulateMedia({ colorScheme });
      expect([colorScheme, await seriousFindings(page)]).toEqual([colorScheme, []]);
    }
    expect(errors).toEqual([]);
  });

  it("is in the README", async () => {
    const open = await OpenPage.at(browser, server.url, {
      viewport: { width: 1040, height: 650 },
      deviceScaleFactor: 0.75,
    });
    const { page } = open;
    for (const prompt of PROMPTS) {
      await page.fill("#prompt", prompt);
      await page.fill("#seed", "7");
      await open.begin();
      await open.made();
    }
    await open.fill({ prompt: "a red apple, fluent style", steps: "40" });
    await page.locator("#more summary").click();
    await open.begin();
    await open.card().getByText(/^Step [23]\d of 40/).waitFor();
    const file = new URL("page.png", IMAGES);
    await page.screenshot({ path: file.pathname });
    expect((await Deno.stat(file)).size).toBeLessThan(150_000);
  });
});
