import { fileURLToPath } from "node:url";
import { python } from "./clients/python_client.ts";

const FOLDER = fileURLToPath(new URL("../../training/", import.meta.url));

/** Names every package of training/requirements.txt that is not there. */
const MISSING = `
from importlib.metadata import PackageNotFoundError, version
def is_missing(name):
    try: version(name)
    except PackageNotFoundError: return True
names = [line.split("==")[0].strip() for line in open("requirements.txt")]
print(" ".join(name for name in names if name and is_missing(name)))
`;

/**
 * Runs Python in training/ and gives what it prints.
 *
 * @throws {Error} with the end of all that it said if it fails
 */
export async function runTraining(...args: readonly string[]): Promise<string> {
  const { success, stdout, stderr } = await new Deno.Command(python, { args: [...args], cwd: FOLDER }).output();
  const [said, complained] = [stdout, stderr].map((bytes) => new TextDecoder().decode(bytes));
  if (success) return said!;
  throw new Error(`${python} ${args.join(" ")}:\n${said!.slice(-3000)}\n${complained!.slice(-3000)}`);
}

/**
 * Whether packages of training/requirements.txt are not there, in which case it is told which.
 *
 * @throws {Error} in CI, where they must be there
 */
export async function isTrainingAbsent(): Promise<boolean> {
  const missing = (await runTraining("-c", MISSING)).trim();
  if (missing === "") return false;
  const reason = `${python} lacks ${missing}`;
  const wish = "pip install -r training/requirements.txt, or name a Python that has them in LATENTD_PYTHON";
  if (Deno.env.get("CI") === "true") throw new Error(`training/ is tested in CI: ${reason}; ${wish}`);
  console.warn(`Skipping training/: ${reason}; ${wish}`);
  return true;
}
