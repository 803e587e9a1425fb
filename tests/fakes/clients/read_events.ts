/** A server-sent event. */
export interface Told {
  readonly id: number;
  readonly event: string;
  readonly data: Readonly<Record<string, unknown>>;
}

/** Reads a whole stream of server-sent events, comments aside. */
export function toldBy(text: string): readonly Told[] {
  return text.split("\n\n").filter((block) => block.startsWith("id: ")).map((block) => {
    const fields = Object.fromEntries(block.split("\n").map((line) => /^(\w+): (.*)$/.exec(line)!.slice(1)));
    return { id: Number(fields["id"]), event: fields["event"], data: JSON.parse(fields["data"]) };
  });
}
