// Renders four emoji sets: npm install && node render.mjs OUT
// OUT/data.rgba is uint8 [N, 128, 128, 4] (straight alpha), OUT/meta.json says what each picture is.
import fs from "node:fs";
import { createRequire } from "node:module";
import path from "node:path";

// Not `import`: the packages belong to this folder's package.json, which the checks of the whole repository do not know.
const require = createRequire(import.meta.url);
const sharp = require("sharp");

const SIZE = 128;
const SETS = {
  noto: "noto",
  fluent: "fluent-emoji",
  flat: "fluent-emoji-flat",
  twemoji: "twemoji",
};
const MINIMUM_COVER = 0.03; // of the square; emptier pictures are spacing characters and the like

// Repetitions of one picture (skin tones, directions, couples) and flags would crowd out the other concepts.
const SKIP = [
  /skin-tone/,
  /^flag-/,
  /^(family|couple|kiss|keycap|regional-indicator)-/,
  /(red|curly|white)-hair|-bald|beard/,
  /^[0-9a-z]$/,
  /^(men|women|man|woman)-(?!$).*(facing|kneeling|walking|running|wearing|bouncing|wrestling|holding)/,
  /facing-right/,
];

/** The name that Iconify gives an emoji: its Unicode label in lower case with dashes. */
const slug = (label) =>
  label.toLowerCase().replace(/&/g, "and").replace(/[’'“”.!,():]/g, "").replace(
    /[^a-z0-9]+/g,
    "-",
  ).replace(/^-|-$/g, "");

const messages = require("emojibase-data/en/messages.json");
const subgroups = new Map(
  messages.subgroups.map(({ order, message }) => [order, message]),
);
const known = new Map(
  require("emojibase-data/en/data.json").map((
    emoji,
  ) => [slug(emoji.label), emoji]),
);

/** One icon of an Iconify set as straight RGBA bytes, fitted into the square. */
function rasterise(icon, set) {
  const side = (name, fallback) => icon[name] ?? set[name] ?? fallback;
  const [x, y, width, height] = [
    side("left", 0),
    side("top", 0),
    side("width", 16),
    side("height", 16),
  ];
  const svg =
    `<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" ` +
    `viewBox="${x} ${y} ${width} ${height}" width="${width}" height="${height}">${icon.body}</svg>`;
  return sharp(Buffer.from(svg), { density: 72 * SIZE / width })
    .resize(SIZE, SIZE, {
      fit: "contain",
      background: { r: 0, g: 0, b: 0, alpha: 0 },
    })
    .ensureAlpha().raw().toBuffer();
}

/** The share of pixels that are not transparent. */
function cover(rgba) {
  let count = 0;
  for (let i = 3; i < rgba.length; i += 4) count += rgba[i] > 8 ? 1 : 0;
  return count / (SIZE * SIZE);
}

const out = process.argv[2];
if (!out) throw new Error("No output folder given: node render.mjs OUT");
fs.mkdirSync(out, { recursive: true });
const data = fs.openSync(path.join(out, "data.rgba"), "w");
const meta = [];
for (const [style, name] of Object.entries(SETS)) {
  const set = require(`@iconify-json/${name}/icons.json`);
  const before = meta.length;
  for (const [id, icon] of Object.entries(set.icons)) {
    if (icon.hidden || SKIP.some((pattern) => pattern.test(id))) continue;
    const rgba = await rasterise(icon, set);
    if (cover(rgba) < MINIMUM_COVER) continue;
    fs.writeSync(data, rgba);
    const emoji = known.get(id);
    meta.push({
      style,
      name: id,
      sub: subgroups.get(emoji?.subgroup) ?? "",
      tags: emoji?.tags ?? [],
    });
  }
  console.log(`${style}: ${meta.length - before} pictures`);
}
fs.closeSync(data);
fs.writeFileSync(path.join(out, "meta.json"), JSON.stringify(meta));
