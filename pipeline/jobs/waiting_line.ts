/** What the line needs to know of those who wait. */
export interface Waiting {
  readonly owner: string;
  /** Higher ones go first. */
  readonly priority: number;
}

/** Who waits, and who is next: the highest priority, and within it owners in turn, each in the order they came. */
export class WaitingLine<T extends Waiting> {
  readonly #waiting = new Set<T>();
  /** When each owner's last turn was; owners are the server's keys, so these are few. */
  readonly #turns = new Map<string, number>();
  #turn = 0;

  get size(): number {
    return this.#waiting.size;
  }

  add(one: T): void {
    this.#waiting.add(one);
  }

  /** Leaves without a turn; false if it did not wait. */
  remove(one: T): boolean {
    return this.#waiting.delete(one);
  }

  /** Who is next; it leaves the line. */
  take(): T | undefined {
    const [next] = this.order();
    if (next === undefined) return undefined;
    this.#waiting.delete(next);
    this.#turns.set(next.owner, ++this.#turn);
    return next;
  }

  /** All who wait in the order they would be taken if nobody else came. */
  order(): readonly T[] {
    const turns = new Map(this.#turns);
    let turn = this.#turn;
    const byPriority = Map.groupBy(this.#waiting, ({ priority }) => priority);
    return [...byPriority].sort(([a], [b]) => b - a).flatMap(([, some]) => {
      const owners = [...Map.groupBy(some, ({ owner }) => owner)]
        .sort(([a], [b]) => (turns.get(a) ?? 0) - (turns.get(b) ?? 0));
      const order: T[] = [];
      for (let round = 0; order.length < some.length; round++) {
        for (const [owner, own] of owners) {
          if (round >= own.length) continue;
          order.push(own[round]!);
          turns.set(owner, ++turn);
        }
      }
      return order;
    });
  }
}
