import { textOf } from "../transfer/body.ts";
import { AccessError } from "../errors.ts";
import { HttpClient } from "../transfer/http.ts";
import { parseManifest } from "../manifest.ts";
import { type Patience, retrying } from "../transfer/retry.ts";
import type { Source } from "./source.ts";

/**
 * A model on any web server: a `manifest.json` as latentd writes it, with the files beside it.
 *
 * @param address of the manifest
 */
export async function openManifest(address: string, patience: Patience): Promise<Source> {
  const { protocol, hostname } = new URL(address);
  // The sums are only worth as much as the connection they came over.
  if (protocol !== "https:" && !/^(localhost|127\.0\.0\.1|\[::1\])$/.test(hostname)) {
    throw new AccessError(`${address} is not on https; it must be, since the manifest vouches for the files`);
  }
  const client = new HttpClient(address);
  const text = await retrying(
    async () => await textOf(await client.get(address, address, patience), patience.stall, patience.signal),
    patience,
  );
  return {
    origin: address,
    files: parseManifest(text, address),
    open({ path }, offset, patience) {
      const relative = path.split("/").map(encodeURIComponent).join("/");
      return client.open(new URL(relative, address).href, path, offset, patience);
    },
  };
}
