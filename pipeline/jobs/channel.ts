/** Values on their way from one writer to one reader; none is lost when the writer ends in an error. */
export class Channel<T> implements AsyncIterable<T> {
  readonly #values: T[] = [];
  #end: { readonly error: unknown } | undefined;
  #news = Promise.withResolvers<void>();

  send(value: T): void {
    this.#values.push(value);
    this.#news.resolve();
  }

  /** Says that nothing more comes. @param error what the reader is thrown after the last value, if anything */
  end(error?: unknown): void {
    this.#end ??= { error };
    this.#news.resolve();
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<T> {
    while (true) {
      while (this.#values.length > 0) yield this.#values.shift()!;
      if (this.#end?.error !== undefined) throw this.#end.error;
      if (this.#end) return;
      this.#news = Promise.withResolvers();
      await this.#news.promise;
    }
  }
}
