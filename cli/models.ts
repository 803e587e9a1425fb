import { Command } from "commander";
import type { World } from "./world.ts";

/** `latentd models`: what there is to choose from. */
export function modelsCommand(world: World): Command {
  return new Command("models")
    .description("List the models, with the sizes they make and their defaults")
    .option("--json", "As JSON")
    .addHelpText("after", "\nA folder in the layout of diffusers can be used by its path, without being listed.")
    .action(async ({ json }: { readonly json?: true }) => {
      const models = await world.findModels();
      if (json) return await world.stdout.write(JSON.stringify(models, null, 2) + "\n");
      for (const { name, hash, size, sizeMultiple, defaults } of models) {
        const { width, height, steps, guidance } = defaults;
        await world.stdout.write(
          `${name}  ${hash}  sizes ${size.min} to ${size.max} by ${sizeMultiple}  ` +
            `defaults ${width}x${height}, ${steps} steps, guidance ${guidance}\n`,
        );
      }
    });
}
