import { dirname, join } from "node:path";

/** Where models come from and where they are kept. */
export interface StoreSettings {
  /** Address of the hub, without a slash at its end. */
  readonly endpoint: string;
  /** Goes to the endpoint and nowhere else. */
  readonly token: string | undefined;
  /** Whether the network may not be used. */
  readonly isOffline: boolean;
  /** The cache of the Hugging Face hub, which other tools share; undefined if there is no home directory. */
  readonly hubCache: string | undefined;
  /** Models that came from elsewhere, one folder each. */
  readonly ownCache: string | undefined;
}

/**
 * Reads the variables that huggingface_hub knows: `HF_ENDPOINT`, `HF_TOKEN` (or the file that `hf auth login` wrote),
 * `HF_HUB_OFFLINE`, `HF_HUB_CACHE`, `HF_HOME`, `XDG_CACHE_HOME`.
 *
 * @param env looks up a variable
 */
export function readSettings(env: (name: string) => string | undefined): StoreSettings {
  const get = (name: string) => env(name) || undefined;
  const home = get("HOME") ?? get("USERPROFILE");
  const caches = get("XDG_CACHE_HOME") ?? (home && join(home, ".cache"));
  const hubHome = get("HF_HOME") ?? (caches && join(caches, "huggingface"));
  return {
    endpoint: (get("HF_ENDPOINT") ?? "https://huggingface.co").replace(/\/+$/, ""),
    token: get("HF_TOKEN") ?? (hubHome && readToken(get("HF_TOKEN_PATH") ?? join(hubHome, "token"))),
    isOffline: /^(1|on|yes|true)$/i.test(get("HF_HUB_OFFLINE") ?? ""),
    hubCache: get("HF_HUB_CACHE") ?? (hubHome && join(hubHome, "hub")),
    ownCache: caches && join(caches, "latentd", "models"),
  };
}

/** The folder in which what `models verify --device` found is kept, beside the models; undefined if there is no place for it. */
export function verdictFolder({ ownCache }: StoreSettings): string | undefined {
  return ownCache && join(dirname(ownCache), "verdicts");
}

function readToken(path: string): string | undefined {
  try {
    return Deno.readTextFileSync(path).trim() || undefined;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw error;
  }
}
