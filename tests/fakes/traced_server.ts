/**
 * `latentd serve` on a fake generator, as a process of its own whose environment turns OpenTelemetry on. It tells where it
 * listens on stdout.
 *
 * @module
 */
import { FakeWorld } from "./fake_world.ts";

if (import.meta.main) {
  const world = new FakeWorld();
  world.fake.stepTime = 5;
  void world.run("serve", "--port", "0");
  while (!world.stderr.text.includes("ready:")) await new Promise((resolve) => setTimeout(resolve, 5));
  console.log(/listens on (\S+);/.exec(world.stderr.text)![1]!);
  await new Promise(() => setTimeout(() => {}, 2 ** 31 - 1));
}
