/**
 * The folder layout that diffusers and optimum write: `model_index.json`, and one folder a part with its `config.json`
 * and `model.onnx`.
 *
 * @module
 */
import { join } from "node:path";
import type { GraphSource } from "../runtime/device.ts";
import { graphName } from "./graphs/graph_name.ts";
import { parsePythonJson } from "./json.ts";
import { openableExternalFiles } from "./store/graph/external_files.ts";

/** A parsed JSON file whose fields are read by name, so that a missing or wrong one is told with the file it belongs to. */
export class Config {
  readonly #path: string;
  readonly #fields: Readonly<Record<string, unknown>>;

  private constructor(path: string, fields: Readonly<Record<string, unknown>>) {
    this.#path = path;
    this.#fields = fields;
  }

  /**
   * Reads a JSON file that holds an object.
   *
   * @throws {SyntaxError} if it is not JSON, {TypeError} if it is no object
   */
  static async read(...path: string[]): Promise<Config> {
    const file = join(...path);
    const text = await Deno.readTextFile(file);
    let value: unknown;
    try {
      value = parsePythonJson(text);
    } catch (error) {
      throw new SyntaxError(`${file} is not JSON: ${(error as Error).message}`);
    }
    return Config.of(file, value);
  }

  /**
   * Fields that do not come from a file of their own.
   *
   * @param path what errors call them
   * @throws {TypeError} if the value is no object
   */
  static of(path: string, value: unknown): Config {
    if (typeof value !== "object" || value === null || Array.isArray(value)) {
      throw new TypeError(`${path} must hold a JSON object`);
    }
    return new Config(path, value as Record<string, unknown>);
  }

  /** All fields as they are. */
  get fields(): Readonly<Record<string, unknown>> {
    return this.#fields;
  }

  /** Whether the field is there and not null. */
  has(name: string): boolean {
    return this.#fields[name] !== undefined && this.#fields[name] !== null;
  }

  /** @throws {TypeError} if the field is no finite number */
  number(name: string): number {
    return this.#check(name, "a number", Number.isFinite) as number;
  }

  /** @throws {TypeError} if the field is no string */
  string(name: string): string {
    return this.#check(name, "a string", (value) => typeof value === "string") as string;
  }

  /** @throws {TypeError} if the field is no list of finite numbers */
  numbers(name: string): readonly number[] {
    const isNumbers = (value: unknown) => Array.isArray(value) && value.every(Number.isFinite);
    return this.#check(name, "a list of numbers", isNumbers) as readonly number[];
  }

  /** @throws {TypeError} if the field is no list of strings */
  strings(name: string): readonly string[] {
    const isStrings = (value: unknown) => Array.isArray(value) && value.every((each) => typeof each === "string");
    return this.#check(name, "a list of strings", isStrings) as readonly string[];
  }

  /** @throws {TypeError} if the field is no list of objects */
  objects(name: string): readonly Config[] {
    const list = this.#check(name, "a list of objects", Array.isArray) as readonly unknown[];
    return list.map((value, index) => Config.of(`${name}[${index}] in ${this.#path}`, value));
  }

  /** @throws {TypeError} if the field is no object */
  object(name: string): Config {
    return Config.of(`${name} in ${this.#path}`, this.#fields[name]);
  }

  #check(name: string, wish: string, holds: (value: unknown) => boolean): unknown {
    const value = this.#fields[name];
    if (!holds(value)) throw new TypeError(`${name} in ${this.#path} is ${JSON.stringify(value)}; it must be ${wish}`);
    return value;
  }
}

/**
 * The graph of one part of a model, with the files beside it that hold its weights.
 *
 * @param file its path inside the part's folder, for parts that come in several variants; found out if absent
 * @throws {RefusedError} with the path if a file is not there, is cut off, or lies outside the folder
 */
export async function graphOf(folder: string, part: string, file?: string): Promise<GraphSource> {
  const path = join(folder, part, file ?? await graphName(folder, part));
  return { path, external: await openableExternalFiles(folder, path) };
}
