/**
 * A server of its own process on a fake generator, for tests that kill it: `jobs_server.ts <state folder>`. It tells where
 * it listens on stdout, and notes each run of a job in `runs.log`.
 *
 * @module
 */
import { join } from "node:path";
import type { Generate } from "../../pipeline/generation.ts";
import { openStateFolder } from "../../pipeline/jobs/store/state_folder.ts";
import { createApp } from "../../routes/app.ts";
import { createJobs } from "../../routes/jobs/create_jobs.ts";
import { FakeGenerators } from "./fake_generators.ts";
import { FakeGenerate } from "./fake_generate.ts";
import { MODEL } from "./models.ts";

if (import.meta.main) {
  const folder = Deno.args[0]!;
  const fake = new FakeGenerate();
  fake.stepTime = 2;
  const noted: Generate = async function* (request, options) {
    Deno.writeTextFileSync(join(folder, "runs.log"), `${request.seed}\n`, { append: true });
    yield* fake.generate(request, options);
  };
  const version = "latentd 9.9.9";
  const jobs = createJobs({ work: noted, store: openStateFolder(folder), models: [MODEL], version, limit: 16 });
  jobs.start();
  const app = createApp({
    jobs,
    models: [MODEL],
    pool: new FakeGenerators().pool({ models: [MODEL] }),
    version,
    state: () => "ready",
  });
  const onListen = ({ port }: Deno.NetAddr) => console.log(`http://127.0.0.1:${port}`);
  Deno.serve({ hostname: "127.0.0.1", port: 0, onListen }, app.fetch);
}
