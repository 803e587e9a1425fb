/** Lets asynchronous work run one at a time, in the order it came. */
export class Turns {
  #last: Promise<unknown> = Promise.resolve();

  /** Runs the work when all earlier work has ended, well or not. */
  take<T>(work: () => Promise<T>): Promise<T> {
    const turn = this.#last.then(work);
    this.#last = turn.catch(() => {});
    return turn;
  }
}
