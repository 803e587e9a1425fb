import { Command, CommanderError } from "commander";
import { InvalidRequestError } from "../pipeline/request/request_error.ts";
import { configCommand } from "./commands/config.ts";
import { doctorCommand } from "./commands/doctor.ts";
import { decodeCommand, encodeCommand, reconstructCommand } from "./commands/first_stage.ts";
import { generateCommand } from "./commands/generate.ts";
import { keysCommand } from "./commands/keys.ts";
import { modelsCommand } from "./commands/models.ts";
import { pullCommand } from "./commands/pull.ts";
import { serveCommand } from "./commands/serve.ts";
import { meantFlag } from "./request_flags.ts";
import { UsageError } from "./usage_error.ts";
import type { World } from "./world.ts";

/** What the exit codes mean. */
export const EXIT = { ok: 0, failure: 1, usage: 2, interrupted: 130 } as const;

/**
 * Runs one command line.
 *
 * @param args without the program's name
 * @returns the exit code
 */
export async function run(args: readonly string[], world: World): Promise<number> {
  const said: string[] = [];
  const program = new Command("latentd")
    .description("Pictures from prompts, by latent diffusion")
    .version(world.version)
    .helpCommand(false)
    .showHelpAfterError("(--help tells more)");
  const commands = [
    generateCommand,
    serveCommand,
    pullCommand,
    modelsCommand,
    encodeCommand,
    decodeCommand,
    reconstructCommand,
    doctorCommand,
    configCommand,
    keysCommand,
  ];
  for (const command of commands) program.addCommand(command(world));
  for (const command of [program, ...program.commands.flatMap((each) => [each, ...each.commands])]) {
    command.exitOverride().configureOutput({
      writeOut: (text) => void said.push(text),
      writeErr: (text) => void said.push(text),
      getOutHasColors: () => false,
      getErrHasColors: () => false,
    });
  }
  try {
    await program.parseAsync([...args], { from: "user" });
    return EXIT.ok;
  } catch (error) {
    if (world.signal.aborted) return EXIT.interrupted;
    if (error instanceof CommanderError) {
      await (error.exitCode === 0 ? world.stdout : world.stderr).write(said.join("") + hintOf(error, args));
      return error.exitCode === 0 ? EXIT.ok : EXIT.usage;
    }
    const { message } = error as Error;
    await world.stderr.write(message.split("\n").map((line) => `error: ${line}\n`).join(""));
    return error instanceof InvalidRequestError || error instanceof UsageError ? EXIT.usage : EXIT.failure;
  }
}

/** What commander does not know of a wrong command line of `generate`: flags of other programs, and prompts without quotes. */
function hintOf({ code, message }: CommanderError, [command]: readonly string[]): string {
  if (command !== "generate") return "";
  if (code === "commander.excessArguments") return "(Put the prompt in quotes)\n";
  const [, unknown] = /unknown option '(--[\w-]+)'$/.exec(message) ?? [];
  const meant = unknown === undefined ? undefined : meantFlag(unknown);
  return meant === undefined ? "" : `(Did you mean ${meant}?)\n`;
}
