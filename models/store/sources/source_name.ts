import { basename } from "node:path";
import type { HubName } from "../hub_cache.ts";
import { MANIFEST } from "../manifest.ts";

/** What can be pulled, by kind. */
export type SourceName =
  | { readonly kind: "hub"; readonly name: HubName }
  | { readonly kind: "manifest"; readonly address: string; readonly name: string }
  | { readonly kind: "folder"; readonly path: string; readonly name: string };

/** What people may call a model; what requests take as `model`. */
export const MODEL_NAME = /^[A-Za-z0-9][\w.-]{0,63}$/;

/**
 * Reads `hf:owner/name[@revision]`, the address of a manifest or of its folder, or the path of a folder.
 *
 * @throws {SyntaxError} if it is none of them
 */
export function parseSource(text: string): SourceName {
  if (/^hf:/i.test(text)) return { kind: "hub", name: parseHubName(text.slice(3)) };
  if (!/^https?:\/\//i.test(text)) return { kind: "folder", path: text, name: checkedName(basename(text), text) };
  if (!URL.canParse(text)) throw new SyntaxError(`${JSON.stringify(text)} is no address`);
  const url = new URL(text);
  if (!url.pathname.endsWith(".json")) url.pathname = url.pathname.replace(/\/*$/, `/${MANIFEST}`);
  const folder = url.pathname.split("/").at(-2) ?? "";
  return { kind: "manifest", address: url.href, name: checkedName(folder, text) };
}

/** @throws {SyntaxError} if it is no name of a repository of the hub */
function parseHubName(text: string): HubName {
  const [id = "", revision = "main", ...more] = text.split("@");
  const isId = /^[A-Za-z0-9][\w.-]*\/[A-Za-z0-9][\w.-]*$/.test(id) && !/--|\.\./.test(id) && id.length <= 96;
  const isRevision = /^[\w][\w.-]*(\/[\w][\w.-]*)*$/.test(revision) && !revision.includes("..") &&
    revision.length <= 200;
  if (!isId || !isRevision || more.length > 0) {
    throw new SyntaxError(
      `source is ${JSON.stringify(`hf:${text}`)}; it must be hf:owner/name or hf:owner/name@revision`,
    );
  }
  return { id, revision };
}

function checkedName(name: string, source: string): string {
  if (MODEL_NAME.test(name)) return name;
  throw new SyntaxError(
    `source is ${
      JSON.stringify(source)
    }; its last folder must be a name of letters, digits, . _ - to call the model by`,
  );
}
