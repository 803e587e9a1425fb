/** Names of the outputs of a text encoder that are hidden states, the embedded tokens first and the last layer's last. */
export function hiddenStates(outputs: readonly { readonly name: string }[]): readonly string[] {
  const numbered = outputs.flatMap(({ name }) => {
    const [, number] = /^hidden_states\.(\d+)$/.exec(name) ?? [];
    return number === undefined ? [] : [{ name, number: Number(number) }];
  });
  return numbered.sort((a, b) => a.number - b.number).map(({ name }) => name);
}
