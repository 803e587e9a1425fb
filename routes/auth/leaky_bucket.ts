/** A limit over time: it fills with what is taken, and leaks its whole capacity evenly in a period. */
export class LeakyBucket {
  readonly #period: number;
  readonly #now: () => number;
  #level = 0;
  #at: number;

  /**
   * @param period milliseconds
   * @param now clock in milliseconds
   */
  constructor(period: number, now: () => number) {
    this.#period = period;
    this.#now = now;
    this.#at = now();
  }

  /** Milliseconds until so much fits; 0 if it does now, Infinity if it never will. */
  wait(amount: number, capacity: number): number {
    if (amount > capacity) return Infinity;
    const excess = this.#leak(capacity) + amount - capacity;
    return Math.max(0, excess * this.#period / capacity);
  }

  /** Takes so much, or gives it back if it is negative. */
  take(amount: number, capacity: number): void {
    this.#level = Math.max(0, this.#leak(capacity) + amount);
  }

  /** How much fits now. */
  left(capacity: number): number {
    return Math.max(0, capacity - this.#leak(capacity));
  }

  #leak(capacity: number): number {
    const now = this.#now();
    this.#level = Math.max(0, this.#level - capacity * (now - this.#at) / this.#period);
    this.#at = now;
    return this.#level;
  }
}
