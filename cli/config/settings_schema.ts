/**
 * What can be set about the server: the one schema behind the flags of `serve`, the environment, the file and the docs.
 *
 * @module
 */
import { z } from "zod";
import { CHECK_SETTINGS } from "../../models/check/check_setting.ts";
import { TILE_SETTINGS } from "../../models/first_stage/tile_of.ts";
import { MEMORY_SETTINGS } from "../../models/memory/memory_plan.ts";
import { whole } from "../../pipeline/request/field_types.ts";
import { BUDGET } from "../../pipeline/request/read_request.ts";
import { DEVICE_NAMES } from "../../runtime/device.ts";
import { LOG_FORMATS, LOG_LEVELS } from "../log/log.ts";

/** What is known of a setting besides its type. */
export interface About {
  readonly description: string;
  /** What stands for the value in help texts; absent for switches. */
  readonly value?: string;
  /** One-letter form of the flag. */
  readonly short?: string;
  /** How a default that is not fixed is told. */
  readonly usual?: string;
  /** Never shown; no flag, for every user of the machine sees command lines. */
  readonly isSecret?: true;
  /** Names a file; one that stands in the settings file is relative to it. */
  readonly isPath?: true;
}

const text = () => z.string("must be text").min(1, "must not be empty");
const among = <const T extends readonly string[]>(names: T) => z.enum(names, `must be one of ${names.join(", ")}`);
const about = (about: About): About & Record<string, unknown> => ({ ...about });

const origin = z.string("must be text").refine(
  (value) => URL.canParse(value) && new URL(value).origin === value,
  "must be an origin as browsers send it, such as https://app.example; * is not taken",
);
const hostName = z.string("must be text").toLowerCase().regex(
  /^([a-z0-9_.-]+|\[[0-9a-f:.]+\])$/,
  "must be a host name without a port, such as box.example",
);

/** Everything that can be set, in the order of the help text. */
export const SettingsSchema = z.strictObject({
  host: text().default("127.0.0.1").meta(about({ description: "Address to listen on", value: "<address>" })),
  port: whole(0, 65535).default(8000).meta(about({ description: "0 for any that is free", value: "<number>" })),
  model: text().optional().meta(about({
    description: "Which model, by name (see `models`) or as a folder",
    value: "<name>",
    short: "-m",
    usual: "the first of `models`",
  })),
  device: among(["auto", ...DEVICE_NAMES]).default("auto").meta(
    about({
      description: "Where to compute: auto, webgpu, cpu or wasm; auto takes a GPU if there is one (see `doctor`)",
      value: "<name>",
      short: "-d",
    }),
  ),
  threads: whole(1, 256).optional().meta(
    about({ description: "Threads of wasm and cpu", value: "<number>", usual: "all cores" }),
  ),
  memory: among(MEMORY_SETTINGS).default("auto").meta(about({
    description: "auto holds a whole model where it fits; low one network at a time, loaded anew for each picture",
    value: "<how>",
  })),
  tiles: among(TILE_SETTINGS).default("auto").meta(about({
    description: "Whether pictures larger than the model's own are decoded in tiles: auto, where memory asks for it",
    value: "<when>",
  })),
  check: among(CHECK_SETTINGS).default("auto").meta(about({
    description: "auto compares a model on webgpu with another device before it is first used there; never does not",
    value: "<when>",
  })),
  concurrency: whole(1, 64).optional().meta(about({
    description: "How many requests run at once; those of one size share each step",
    value: "<number>",
    usual: "4 on webgpu and cpu, 1 on wasm",
  })),
  offeredModel: z.array(text(), "must be a list of names").default([]).meta(about({
    description: "Model that clients may ask for, beside the default; may be repeated",
    value: "<name>",
    usual: "all of `models`",
  })),
  modelMemory: whole(1, 10_000_000).optional().meta(about({
    description: "Most memory that all loaded models may take; what was not used for longest makes room",
    value: "<megabytes>",
    usual: "half of the machine's memory",
  })),
  idleUnload: whole(0, 604_800).default(0).meta(
    about({ description: "Give a model up that nobody has used for so long; 0 for never", value: "<seconds>" }),
  ),
  queue: whole(0, 10_000).default(32).meta(about({ description: "How many requests may wait", value: "<number>" })),
  jobTimeout: whole(1, 86_400).default(3600).meta(
    about({ description: "Longest that a job may take, waiting included", value: "<seconds>" }),
  ),
  state: text().default(".latentd").meta(about({
    description: "Folder for jobs that outlive the call that began them, and their pictures",
    value: "<folder>",
    isPath: true,
  })),
  keepHours: whole(1, 8760).default(24).meta(
    about({ description: "How long jobs are kept there after their end", value: "<hours>" }),
  ),
  keepMegabytes: whole(1, 1_000_000).default(2000).meta(
    about({ description: "Most room they take there; the oldest go first", value: "<megabytes>" }),
  ),
  drain: whole(0, 3600).default(30).meta(
    about({ description: "Time for jobs to finish at the end", value: "<seconds>" }),
  ),
  allowedHost: z.array(hostName, "must be a list of host names").default([]).meta(about({
    description: "Further name by which the server may be called; may be repeated",
    value: "<name>",
    usual: "none",
  })),
  allowedOrigin: z.array(origin, "must be a list of origins").default([]).meta(about({
    description: "Web site whose pages may call the server, such as https://app.example; may be repeated",
    value: "<origin>",
    usual: "none",
  })),
  allowPublic: z.boolean("must be true or false").default(false).meta(
    about({ description: "Listen on an address that other machines can reach, without any key" }),
  ),
  keysFile: text().optional().meta(about({
    description: "Keys of the clients and their limits, written by `keys`",
    value: "<file>",
    usual: "`latentd/keys.json` in the user's configuration folder, if it is there",
    isPath: true,
  })),
  apiKey: z.string("must be text").regex(/^[!-~]{16,1000}$/, "must have 16 to 1000 characters, none of them a space")
    .optional().meta(about({
      description: "One key for every client, where limits of their own are not needed",
      value: "<key>",
      usual: "none",
      isSecret: true,
    })),
  apiKeyFile: text().optional().meta(about({
    description: "File that holds such a key and nothing else",
    value: "<file>",
    usual: "none",
    isPath: true,
  })),
  maxWork: whole(1, BUDGET).default(BUDGET).meta(
    about({ description: "Most width x height x steps x count of one request", value: "<number>" }),
  ),
  bodyLimit: whole(1000, 1_000_000_000).default(32_000_000).meta(
    about({ description: "Largest body of a request", value: "<bytes>" }),
  ),
  bodyDeadline: whole(1, 600).default(30).meta(
    about({ description: "Time for a body to arrive", value: "<seconds>" }),
  ),
  writeStall: whole(1, 3600).default(60).meta(
    about({
      description: "How long a client may read nothing of its answer before it counts as gone",
      value: "<seconds>",
    }),
  ),
  metricsPublic: z.boolean("must be true or false").default(false).meta(
    about({ description: "Let everyone read /metrics, without a key" }),
  ),
  logLevel: among(LOG_LEVELS).default("info").meta(
    about({
      description: "How much the log tells: error, warn, info or debug, which has probes, too",
      value: "<level>",
    }),
  ),
  logFormat: among(LOG_FORMATS).default("auto").meta(
    about({ description: "How the log looks: text, json, or auto: text on a terminal", value: "<name>" }),
  ),
  logPrompts: z.boolean("must be true or false").default(false).meta(
    about({ description: "Tell the prompts of jobs in the log" }),
  ),
}).meta({ id: "Settings" });

/** All settings of a server. */
export type Settings = z.infer<typeof SettingsSchema>;
