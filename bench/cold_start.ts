import { fileURLToPath } from "node:url";
import type { DeviceName } from "../runtime/device.ts";
import { milliseconds, table } from "./table.ts";

const ROOT = fileURLToPath(new URL("..", import.meta.url));

/** Times whole processes of the command that a newcomer types, from nothing to the file, with packages cached. */
export async function timeColdStarts(devices: readonly DeviceName[], rounds: number, steps: number): Promise<string> {
  const times = devices.map((): number[] => []);
  // The first round only fills caches.
  for (let round = 0; round <= rounds; round++) {
    for (const [index, device] of devices.entries()) {
      const start = performance.now();
      await generate(device, steps);
      if (round > 0) times[index]!.push(performance.now() - start);
    }
  }
  const rows = devices.map((device, index) => [`generate --device ${device}`, milliseconds(times[index]!)]);
  return `\n${table(["cold, whole process", "ms"], rows)}`;
}

async function generate(device: DeviceName, steps: number): Promise<void> {
  const task = device === "cpu" ? ["native", "generate"] : ["generate"];
  const flags = ["--device", device, "--steps", String(steps), "--quiet", "-o", "-"];
  const { success, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["task", "--quiet", ...task, "a red apple, fluent style", ...flags],
    cwd: ROOT,
    stdout: "piped",
    stderr: "piped",
  }).output();
  if (!success) throw new Error(`generate --device ${device} failed: ${new TextDecoder().decode(stderr)}`);
}
