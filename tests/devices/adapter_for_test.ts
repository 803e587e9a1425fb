import { findAdapter } from "../../runtime/gpu/adapter.ts";

/**
 * Whether there is a WebGPU adapter, software included. Where there is none tests are skipped with a line that says so, except
 * in CI, where one must be there.
 *
 * @throws {Error} if there is none under CI=true
 */
export async function hasAdapter(): Promise<boolean> {
  if (await findAdapter()) return true;
  const missing = "no WebGPU adapter; apt-get install mesa-vulkan-drivers";
  if (Deno.env.get("CI") === "true") throw new Error(missing);
  console.log(`skipped: ${missing}`);
  return false;
}
