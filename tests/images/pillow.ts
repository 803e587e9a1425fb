/** What Pillow reads in one PNG. */
export interface PillowPicture {
  readonly size: readonly [width: number, height: number];
  readonly mode: string;
  /** Of the raw pixels. */
  readonly sha256: string;
  readonly text: Readonly<Record<string, string>>;
}

const python = Deno.env.get("LATENTD_PYTHON") ?? "python3";

const script = `
import hashlib, json, sys
from PIL import Image
for path in sys.argv[1:]:
    with Image.open(path) as image: image.verify()
    with Image.open(path) as image:
        image.load()
        sha256 = hashlib.sha256(image.tobytes()).hexdigest()
        print(json.dumps({"size": image.size, "mode": image.mode, "sha256": sha256, "text": image.text}))
`;

/** Why Pillow cannot be asked here, or false where it can. In CI (`CI=true`) its absence is an error. */
export const pillowIsAbsent: string | false = await findPillow();

async function findPillow(): Promise<string | false> {
  const reason = await run("import PIL").then(() => false as const, (error: Error) => error.message);
  if (reason === false) return false;
  const wish = "pip install pillow, or name a Python that has it in LATENTD_PYTHON";
  if (Deno.env.get("CI") === "true") throw new Error(`Pillow is needed in CI and absent: ${reason}; ${wish}`);
  console.warn(`Skipping the comparison with Pillow: ${reason}; ${wish}`);
  return reason;
}

/** Reads PNGs with Pillow, every checksum checked, in one Python process. */
export async function pillow(pngs: readonly Uint8Array[]): Promise<PillowPicture[]> {
  return await askPillow(script, pngs);
}

/** Gives files to a Python program, their paths as its arguments, and parses the line of JSON it prints for each. */
export async function askPillow<Answer>(program: string, files: readonly Uint8Array[]): Promise<Answer[]> {
  const folder = await Deno.makeTempDir();
  try {
    const paths = files.map((_, index) => `${folder}/${index}`);
    for (const [index, file] of files.entries()) await Deno.writeFile(paths[index]!, file);
    return (await run(program, ...paths)).trimEnd().split("\n").map((line) => JSON.parse(line));
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

/** Output of a Python program given as text. */
async function run(program: string, ...args: readonly string[]): Promise<string> {
  const { success, stdout, stderr } = await new Deno.Command(python, { args: ["-c", program, ...args] }).output();
  if (!success) throw new Error(`${python}: ${new TextDecoder().decode(stderr).trim().split("\n").at(-1)}`);
  return new TextDecoder().decode(stdout);
}
