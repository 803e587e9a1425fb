/** One printable character for each byte (Radford et al. 2019, GPT-2), so that merges can be written as text. */
export const BYTE_SYMBOLS: readonly string[] = byteSymbols();

function byteSymbols(): string[] {
  let next = 256;
  const printable = (byte: number) => (byte > 32 && byte < 127) || (byte > 160 && byte !== 173);
  return Array.from({ length: 256 }, (_, byte) => String.fromCharCode(printable(byte) ? byte : next++));
}

/**
 * Byte-pair encoding (Sennrich et al. 2016): builds a function that joins the symbols of a word, each time the leftmost of
 * the pairs that were learnt earliest.
 *
 * @param merges pairs "a b", the earliest learnt first
 */
export function bytePairs(merges: readonly string[]): (symbols: readonly string[]) => string[] {
  const order = new Map(merges.map((pair, rank) => [pair, rank]));
  return (symbols) => {
    const word = [...symbols];
    const rank = (i: number) => order.get(`${word[i]} ${word[i + 1]}`) ?? Infinity;
    // Kept from join to join: a prompt of thousands of letters without a space must not take seconds.
    const ranks = Array.from({ length: word.length - 1 }, (_, i) => rank(i));
    for (;;) {
      const i = leastOf(ranks);
      if (i === -1) return word;
      word.splice(i, 2, word[i]! + word[i + 1]!);
      ranks.splice(i, 1);
      if (i > 0) ranks[i - 1] = rank(i - 1);
      if (i < ranks.length) ranks[i] = rank(i);
    }
  };
}

function leastOf(ranks: readonly number[]): number {
  let index = -1;
  let least = Infinity;
  for (let i = 0; i < ranks.length; i++) {
    if (ranks[i]! < least) [index, least] = [i, ranks[i]!];
  }
  return index;
}
