/** Coefficients, the constant first, of the polynomial that is 1 at the k-th node and 0 at the others. */
export function lagrange(nodes: readonly number[], k: number): number[] {
  return nodes.reduce(
    (product, node, j) =>
      j === k
        ? product
        : [...product, 0].map((c, power) => ((product[power - 1] ?? 0) - node * c) / (nodes[k]! - node)),
    [1],
  );
}
