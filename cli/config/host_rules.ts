import { shown } from "../../pipeline/request/request_error.ts";
import { UsageError } from "../usage_error.ts";
import type { Settings } from "./settings_schema.ts";

type HostSettings = Pick<Settings, "host" | "allowPublic" | "allowedHost">;

/**
 * Refuses to let everyone in without saying so.
 *
 * @param keys how many keys there are
 * @throws {UsageError} with the ways out
 */
export function checkHost({ host, allowPublic }: HostSettings, keys = 0): void {
  if (isLoopback(host) || allowPublic || keys > 0) return;
  throw new UsageError(
    `host is ${shown(host)}, which other machines may reach, and there is no key: everyone there could use this ` +
      "machine. Make a key by `keys add <name>`, or set LATENTD_API_KEY or --api-key-file, or listen on 127.0.0.1 " +
      "behind a proxy, or add --allow-public if that is meant",
  );
}

/** Names by which the server may be called; by which others reach a public address is not known, unless it is told. */
export function hostNames({ host, allowedHost }: HostSettings): { readonly hosts?: readonly string[] } {
  if (!isLoopback(host) && allowedHost.length === 0) return {};
  return { hosts: [...new Set(["localhost", "127.0.0.1", "[::1]", host, ...allowedHost])] };
}

/** Whether only this machine reaches an address. */
export function isLoopback(host: string): boolean {
  return host === "localhost" || host === "::1" || /^127(\.\d{1,3}){3}$/.test(host);
}
