import { type ApiKey, digestOf } from "../../routes/auth/api_key.ts";
import { UsageError } from "../usage_error.ts";
import { readKeysFile, toApiKey } from "./keys_file.ts";
import type { LoadedSettings } from "./load_settings.ts";
import { isOpenTo } from "./settings_file.ts";
import { SettingsSchema } from "./settings_schema.ts";

/** Name of the one key that is given without a file of keys. */
const SIMPLE_NAME = "default";
const INTERVAL = 2000;

/** The keys of a running server; changes of their file are seen within two seconds. */
export class ServerKeys implements Disposable {
  readonly #simple: readonly ApiKey[];
  readonly #path: string | undefined;
  readonly #warn: (text: string) => void;
  #stored: readonly ApiKey[] = [];
  #seen = "";
  #complaint = "";
  #timer: ReturnType<typeof setTimeout> | undefined;
  #isOver = false;

  /**
   * Reads the keys that settings name, and keeps an eye on their file.
   *
   * @param warn takes sentences about what is dangerous or wrong with the file later
   * @throws {UsageError} if a file that was named is not there, or not what it must be
   */
  static async open(
    { settings, sources }: LoadedSettings,
    warn: (text: string) => void,
    interval: number = INTERVAL,
  ): Promise<ServerKeys> {
    const { apiKey, apiKeyFile, keysFile } = settings;
    const texts = [
      ...(apiKey === undefined ? [] : [apiKey]),
      ...(apiKeyFile === undefined ? [] : [await readKey(apiKeyFile, warn)]),
    ];
    const simple = texts.map((text) => ({ name: SIMPLE_NAME, sha256: digestOf(text), limits: {}, isAdmin: true }));
    const keys = new ServerKeys(simple, keysFile, warn);
    const isThere = await keys.#read();
    if (!isThere && keysFile !== undefined && sources.keysFile !== "default") {
      throw new UsageError(`keys-file is ${keysFile}, but there is no such file; \`keys add <name>\` makes it`);
    }
    keys.#wait(interval);
    return keys;
  }

  private constructor(simple: readonly ApiKey[], path: string | undefined, warn: (text: string) => void) {
    this.#simple = simple;
    this.#path = path;
    this.#warn = warn;
  }

  /** Those that are good now. */
  readonly current = (): readonly ApiKey[] => [...this.#simple, ...this.#stored];

  [Symbol.dispose](): void {
    this.#isOver = true;
    clearTimeout(this.#timer);
  }

  /** One look at a time, however long it takes. */
  #wait(interval: number): void {
    this.#timer = setTimeout(async () => {
      await this.#look();
      if (!this.#isOver) this.#wait(interval);
    }, interval);
  }

  /** A file that went wrong while the server runs changes nothing, so that no slip of the pen locks everyone out. */
  async #look(): Promise<void> {
    try {
      await this.#read();
      this.#complaint = "";
    } catch (error) {
      const { message } = error as Error;
      if (message !== this.#complaint) this.#warn(`${message}; the keys stay as they were`);
      this.#complaint = message;
    }
  }

  /** Reads the file unless it is as it was; false if it is not there. */
  async #read(): Promise<boolean> {
    if (this.#path === undefined) return false;
    try {
      const { mtime, size, ino, mode } = await Deno.stat(this.#path);
      const stamp = [mtime?.getTime(), size, ino, mode].join();
      if (stamp === this.#seen) return true;
      if (((mode ?? 0) & 0o002) !== 0) {
        throw new UsageError(`${this.#path} can be changed by every user of this machine; chmod 600 ${this.#path}`);
      }
      if (isOpenTo(mode)) this.#warn(openWarning(this.#path));
      this.#stored = (await readKeysFile(this.#path)).map(toApiKey);
      this.#seen = stamp;
      return true;
    } catch (error) {
      if (!(error instanceof Deno.errors.NotFound)) throw error;
      this.#stored = [];
      this.#seen = "";
      return false;
    }
  }
}

async function readKey(path: string, warn: (text: string) => void): Promise<string> {
  const { text, mode } = await read(path);
  if (isOpenTo(mode)) warn(openWarning(path));
  const parsed = SettingsSchema.shape.apiKey.safeParse(text.trim());
  if (parsed.success) return parsed.data!;
  throw new UsageError(`The key in ${path} ${parsed.error.issues[0]!.message}`);
}

async function read(path: string): Promise<{ readonly text: string; readonly mode: number | null }> {
  try {
    return { text: await Deno.readTextFile(path), mode: (await Deno.stat(path)).mode };
  } catch (error) {
    throw new UsageError(`api-key-file is ${path}, but it cannot be read: ${(error as Error).message}`);
  }
}

function openWarning(path: string): string {
  return `${path} can be read by every user of this machine; chmod 600 ${path}`;
}
