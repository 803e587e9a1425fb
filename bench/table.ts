/** The middle of some numbers. */
export function median(numbers: readonly number[]): number {
  const sorted = numbers.toSorted((a, b) => a - b);
  const middle = sorted.length / 2;
  return (sorted[Math.floor(middle)]! + sorted[Math.ceil(middle) - 1]!) / 2;
}

/** The number that a share of all are not above, by rank. */
export function quantile(numbers: readonly number[], share: number): number {
  return numbers.toSorted((a, b) => a - b)[Math.ceil(share * numbers.length) - 1]!;
}

/** Median, with the range in brackets. */
export function milliseconds(numbers: readonly number[]): string {
  return spread(numbers, (number) => number.toFixed(number < 100 ? 1 : 0));
}

/** Median of ratios, with the range in brackets. */
export function ratio(numbers: readonly number[]): string {
  return spread(numbers, (number) => number.toFixed(2));
}

function spread(numbers: readonly number[], write: (number: number) => string): string {
  return `${write(median(numbers))} (${write(Math.min(...numbers))}-${write(Math.max(...numbers))})`;
}

/** A Markdown table. */
export function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  return [head, head.map(() => "---"), ...rows].map((cells) => `| ${cells.join(" | ")} |`).join("\n");
}
