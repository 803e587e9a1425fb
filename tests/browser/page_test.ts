import { expect } from "@std/expect";
import { after, afterEach, before, beforeEach, describe, it } from "@std/testing/bdd";
import { decode } from "fast-png";
import type { Browser, Page } from "playwright-core";
import { startBrowser } from "./browser.ts";
import { OpenPage } from "./open_page.ts";
import { Served } from "./served.ts";

const MEDAL = new URL("../../docs/images/tasks/medal.png", import.meta.url).pathname;

describe("the page in a browser", () => {
  const things = new AsyncDisposableStack();
  let server: Served;
  let browser: Browser;
  let open: OpenPage;
  let page: Page;

  before(async () => {
    server = things.use(await Served.start());
    browser = await startBrowser();
    things.defer(() => browser.close());
  });
  after(() => things.disposeAsync());
  beforeEach(async () => {
    open = await OpenPage.at(browser, server.url);
    page = open.page;
  });
  afterEach(async () => {
    await page.context().close();
    expect(open.errors).toEqual([]);
  });

  it("makes a picture by Ctrl+Enter, shows it while it is made, and keeps it in this browser", async () => {
    await open.fill({ steps: "12", seed: "7", prompt: "a red apple" });
    await page.focus("#prompt");
    await page.keyboard.press("Control+Enter");
    const preview = open.card().locator("img.preview");
    await preview.waitFor();
    expect(await preview.getAttribute("src")).toMatch(/^data:image\/png;base64,/);
    expect(await open.card().locator(".card-status").textContent()).toMatch(/^Step \d+ of 12$/);
    await open.made();
    await open.card().getByText("Seed 7").waitFor();
    expect(await open.card().locator("p").allTextContents()).toEqual(["Seed 7", "a red apple"]);

    const { name, picture } = await open.download();
    expect(name).toBe("latentd-7.png");
    const alone = await (await fetch(`${server.url}/v1/generate?prompt=a+red+apple&seed=7&steps=12`)).bytes();
    expect(picture.data).toEqual(decode(alone).data);

    await page.reload();
    expect(await open.card().locator(".picture img").getAttribute("src")).toMatch(/^data:image\/webp/);
    page.once("dialog", (dialog) => dialog.accept());
    await page.click("#clear");
    await page.locator("#empty").waitFor();
    expect(await page.evaluate(() => localStorage.getItem("latentd.history"))).toBe("[]");
  });

  it("shows no field but the prompt until it knows the models", async () => {
    const held = Promise.withResolvers<void>();
    await page.route("**/v1/models", async (route) => {
      await held.promise;
      await route.continue();
    });
    await page.reload();
    const fields = page.locator("[data-field]:visible");
    const shown = () => fields.evaluateAll((all) => all.map((each) => (each as HTMLElement).dataset["field"]));
    expect(await shown()).toEqual(["prompt"]);
    held.resolve();
    await page.locator("#task option").first().waitFor({ state: "attached" });
    expect((await shown()).slice(0, 3)).toEqual(["task", "model", "prompt"]);
  });

  it("cancels what runs and what waits, on the server, too", async () => {
    await open.fill({ steps: "400" });
    await open.begin();
    await open.begin();
    await open.card(1).locator("img.preview").waitFor();
    expect(await open.card(0).locator(".card-status").textContent()).toMatch(/^Waiting/);
    for (const place of [0, 1]) {
      await open.card(place).getByRole("button", { name: /^Cancel/ }).click();
      await open.card(place).getByText("Canceled").waitFor();
    }
    const { data } = await server.json("/v1/jobs");
    expect(data.slice(0, 2).map(({ state }: { state: string }) => state)).toEqual(["canceled", "canceled"]);
  });

  it("goes on with a job after the page was loaded again", async () => {
    await open.fill({ steps: "25" });
    await open.begin();
    await open.card().locator("img.preview").waitFor();
    await page.reload();
    await open.made();
  });

  it("makes several pictures, reuses their settings, and starts from one of them", async () => {
    await open.fill({ steps: "2", count: "2", seed: "3", guidance: "5" });
    await open.begin();
    await open.card().getByText("2 pictures from seed 3").waitFor();
    await open.card().locator(".picture").nth(1).click();
    await page.click("#viewer-seed");
    expect(await page.inputValue("#seed")).toBe("4");
    await page.click("#seed-clear");
    await page.fill("#guidance", "1");
    await open.card().getByRole("button", { name: /^Reuse/ }).click();
    expect([await page.inputValue("#seed"), await page.inputValue("#guidance")]).toEqual(["3", "5"]);
    await open.card().locator(".picture").first().click();
    await page.click("#viewer-input");
    await page.locator("#image-view").waitFor();
    expect(await page.inputValue("#task")).toBe("image-to-image");
    await page.fill("#count", "1");
    const { task, image } = await open.begin();
    expect([task, image.slice(0, 22)]).toEqual(["image-to-image", "data:image/png;base64,"]);
    await open.made();
  });

  it("paints a mask: what it leaves out stays byte for byte", async () => {
    await page.selectOption("#task", "inpainting");
    await page.setInputFiles("#image", MEDAL);
    await open.drag("#mask", [0.4, 0.5], [0.6, 0.5]);
    await open.fill({ steps: "4", seed: "1" });
    const body = await open.begin();
    const mask = decode(Uint8Array.fromBase64(body.mask.split(",")[1]));
    const maskAt = (x: number, y: number) =>
      mask.data[mask.channels * (Math.floor(y * mask.height) * mask.width + Math.floor(x * mask.width))];
    expect([maskAt(0.4, 0.5), maskAt(0.5, 0.5), maskAt(0.6, 0.5)]).toEqual([255, 255, 255]);
    expect([maskAt(0.1, 0.5), maskAt(0.5, 0.1)]).toEqual([0, 0]);

    await open.made();
    const { picture } = await open.download();
    const source = decode(await Deno.readFile(MEDAL));
    expect([picture.width, picture.height]).toEqual([source.width, source.height]);
    const counts = { kept: 0, changed: 0, spoilt: 0 };
    for (let pixel = 0; pixel < picture.width * picture.height; pixel++) {
      const isSame = [0, 1, 2].every((c) =>
        picture.data[picture.channels * pixel + c] === source.data[source.channels * pixel + c]
      );
      const isPainted = mask.data[mask.channels * pixel]! > 127;
      counts[isSame ? "kept" : isPainted ? "changed" : "spoilt"]++;
    }
    expect([counts.kept > 8000, counts.changed > 200, counts.spoilt]).toEqual([true, true, 0]);
  });

  it("draws boxes with a text each", async () => {
    await page.selectOption("#task", "layout-to-image");
    await open.drag("#boxes-area", [0.05, 0.2], [0.45, 0.8]);
    await page.keyboard.type("cat face");
    await open.drag("#boxes-area", [0.95, 0.8], [0.55, 0.2]);
    await page.keyboard.type("dog face");
    await open.fill({ steps: "2" });
    const { boxes } = await open.begin();
    expect(boxes.map(({ text }: { text: string }) => text)).toEqual(["cat face", "dog face"]);
    boxes[1].box.forEach((side: number, i: number) => expect(side).toBeCloseTo([0.55, 0.2, 0.95, 0.8][i]!, 1));
    await open.made();
    expect(await open.card().locator("p").last().textContent()).toBe("cat face, dog face");
  });

  it("shows what is wrong at its field, unfolds it and goes there", async () => {
    await open.fill({ steps: "0" });
    await page.locator("#more").evaluate((more) => (more as HTMLDetailsElement).open = false);
    await open.send();
    const told = page.locator("#steps-error");
    await told.waitFor();
    expect(await told.textContent()).toBe("steps is 0; it must be a whole number from 1 to 1000");
    expect(await page.locator("#steps").getAttribute("aria-invalid")).toBe("true");
    expect(await page.evaluate(() => document.activeElement?.id)).toBe("steps");
    await page.fill("#steps", "3");
    expect(await told.isVisible()).toBe(false);
    await page.fill("#prompt", "");
    await open.send();
    await page.locator("#prompt-error").getByText("prompt is missing").waitFor();
    expect(await page.locator(".card").count()).toBe(0);
  });

  it("asks for a key where one is missing, and sends it until the tab is closed", async () => {
    await page.route("**/v1/**", async (route) => {
      if (route.request().headers()["authorization"] === "Bearer latentd_secret") return await route.continue();
      const problem = { detail: "authorization is missing", errors: [] };
      await route.fulfill({ status: 401, contentType: "application/problem+json", body: JSON.stringify(problem) });
    });
    await page.reload();
    await page.locator("#key[open]").waitFor();
    await page.fill("#key-value", "latentd_secret");
    await page.keyboard.press("Enter");
    await page.locator("#task option").first().waitFor({ state: "attached" });
    await open.fill({ steps: "2" });
    await open.begin();
    await open.made();
    expect(await page.evaluate(() => JSON.stringify(localStorage))).not.toContain("latentd_secret");
  });
});
