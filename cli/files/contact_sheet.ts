import type { GenerationEvent } from "../../pipeline/generation.ts";
import { contactSheet } from "../../pipeline/images/contact_sheet.ts";
import type { Pixels } from "../../pipeline/images/pixels.ts";
import { encodePng } from "../../pipeline/images/png/png_encode.ts";
import { PictureFiles, writeOutput } from "./picture_file.ts";
import { UsageError } from "../usage_error.ts";

/** All pictures of a request in one file, if it was asked for. */
export class ContactSheet {
  readonly #file: string | undefined;
  readonly #pictures: Pixels[] = [];

  /**
   * @param file what `--contact-sheet` names
   * @throws {UsageError} if no picture can be written there
   */
  static async at(file: string | undefined): Promise<ContactSheet> {
    if (file === "" || file === "-") {
      throw new UsageError(`contact-sheet is ${JSON.stringify(file)}; it must be a file`);
    }
    await PictureFiles.at(file, 1, "contact-sheet");
    return new ContactSheet(file);
  }

  private constructor(file: string | undefined) {
    this.#file = file;
  }

  /** Keeps a picture for the sheet. */
  add(event: GenerationEvent): void {
    if (event.type === "image" && this.#file !== undefined) this.#pictures[event.index] = event.image;
  }

  /** Writes the sheet of all that was added. @returns where; undefined if none was asked for */
  async write(text: Readonly<Record<string, string>>, signal: AbortSignal): Promise<string | undefined> {
    if (this.#file !== undefined) await writeOutput(this.#file, encodePng(contactSheet(this.#pictures), text), signal);
    return this.#file;
  }
}
