/** The Python that has the clients. */
export const python = Deno.env.get("LATENTD_PYTHON") ?? "python3";

/** Runs Python without holding this thread, on which the server answers. */
export async function runPython(...args: readonly string[]): Promise<string> {
  const { success, stdout, stderr } = await new Deno.Command(python, { args: [...args] }).output();
  if (!success) {
    throw new Error(`${python}: ${new TextDecoder().decode(stderr).trim().split("\n").slice(-3).join("; ")}`);
  }
  return new TextDecoder().decode(stdout);
}

/**
 * Whether a client in Python is not there, in which case it is told why its tests are skipped.
 *
 * @throws {Error} in CI, where it must be there
 */
export async function isPythonClientAbsent(name: string, ...packages: readonly string[]): Promise<boolean> {
  try {
    await runPython("-c", `import ${[...packages, "PIL"].join(", ")}`);
    return false;
  } catch (error) {
    const wish = `pip install ${[...packages, "pillow"].join(" ")}, or name a Python that has them in LATENTD_PYTHON`;
    const { message } = error as Error;
    if (Deno.env.get("CI") === "true") throw new Error(`${name} is needed in CI: ${message}; ${wish}`);
    console.warn(`Skipping ${name}: ${message}; ${wish}`);
    return true;
  }
}
