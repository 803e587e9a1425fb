/**
 * Quantile of the symmetric beta distribution Beta(a, a), `scipy.stats.beta.ppf(p, a, a)`.
 *
 * @param p a probability, 0 … 1
 * @param a shape, above 0
 */
export function betaQuantile(p: number, a: number): number {
  if (p > 0.5) return 1 - betaQuantile(1 - p, a);
  const wanted = p * 2 * incompleteBeta(0.5, a);
  let [low, high] = [0, 0.5];
  for (let halving = 0; halving < 60; halving++) {
    const middle = (low + high) / 2;
    if (incompleteBeta(middle, a) < wanted) low = middle;
    else high = middle;
  }
  return (low + high) / 2;
}

/** ∫₀ˣ (t · (1 − t))^(a − 1) dt by its power series, which halves its terms at least for x ≤ ½. */
function incompleteBeta(x: number, a: number): number {
  let sum = 0;
  let term = 1;
  for (let n = 0; n < 60; n++) {
    sum += term / (a + n);
    term *= x * (n + 1 - a) / (n + 1);
  }
  return sum * x ** a;
}
