// @ts-check

/**
 * Reads server-sent events (HTML, section 9.2) from text that comes in pieces. EventSource would do, but sends no key.
 */
export class EventStream {
  #rest = "";

  /**
   * The events that this piece completes.
   *
   * @param {string} piece
   * @returns {{ id: number, type: string, data: any }[]}
   */
  push(piece) {
    const blocks = (this.#rest + piece).split("\n\n");
    this.#rest = blocks.pop() ?? "";
    return blocks.flatMap((block) => {
      const fields = new Map(
        block.split("\n").map((line) => {
          const end = line.indexOf(":");
          return [line.slice(0, end), line.slice(end + 1).replace(/^ /, "")];
        }),
      );
      const data = fields.get("data");
      if (data === undefined) return []; // a sign of life
      return [{ id: Number(fields.get("id")), type: fields.get("event") ?? "message", data: JSON.parse(data) }];
    });
  }
}
