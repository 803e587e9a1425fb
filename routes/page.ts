import { createHash } from "node:crypto";

const STYLE = `
body { font: 16px/1.5 system-ui, sans-serif; max-width: 34rem; margin: 2rem auto; padding: 0 1rem; color-scheme: light dark; }
form { display: grid; grid-template-columns: 1fr 1fr 1fr; gap: .5rem; }
label { display: grid; font-size: .8rem; }
.wide { grid-column: 1 / -1; }
input, button { font: inherit; padding: .4rem; }
img { display: block; width: 100%; max-width: 24rem; margin: 1rem auto; image-rendering: pixelated; }
`;

const SCRIPT = `
const form = document.querySelector("form"), img = document.querySelector("img"), told = document.querySelector("output");
form.addEventListener("submit", (event) => {
  event.preventDefault();
  const query = new URLSearchParams([...new FormData(form)].filter(([, value]) => value !== ""));
  if (!query.has("seed")) query.set("seed", crypto.getRandomValues(new Uint32Array(1))[0]);
  query.set("previews", 9);
  told.textContent = "seed " + query.get("seed");
  img.alt = query.get("prompt");
  img.hidden = false;
  img.src = "v1/generate?" + query; // leaving the old address ends its work on the server
});
img.addEventListener("error", async () => {
  const stop = new AbortController();
  const answer = await fetch(img.src, { signal: stop.signal });
  if (!answer.ok) told.textContent = (await answer.json()).detail;
  stop.abort();
});
`;

/** A page with a prompt and the picture being made; it needs nothing from elsewhere. */
export const PAGE = `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>latentd</title>
<link rel="icon" href="data:,">
<style>${STYLE}</style>
<h1>latentd</h1>
<form>
  <label class="wide">Prompt <input name="prompt" required maxlength="4000" value="a red apple, fluent style" autofocus></label>
  <label class="wide">Negative prompt <input name="negative_prompt" maxlength="4000"></label>
  <label>Seed <input name="seed" type="number" min="0" placeholder="random"></label>
  <label>Steps <input name="steps" type="number" min="1" max="1000" placeholder="default"></label>
  <label>Guidance <input name="guidance" type="number" min="0" max="100" step="any" placeholder="default"></label>
  <button class="wide">Make it</button>
</form>
<img alt="" hidden>
<output></output>
<script>${SCRIPT}</script>
</html>
`;

/** Lets the page run its own style and script, load its pictures, and nothing else. */
export const PAGE_POLICY = [
  "default-src 'none'",
  "img-src 'self' data:",
  "connect-src 'self'",
  `style-src ${sourceHash(STYLE)}`,
  `script-src ${sourceHash(SCRIPT)}`,
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join("; ");

/** Content Security Policy, level 2, section 4.2.5. */
function sourceHash(source: string): string {
  return `'sha256-${createHash("sha256").update(source).digest("base64")}'`;
}
