/**
 * Exits with 0 if a server on this machine takes work, for container images without curl: `healthcheck.ts [port]`.
 *
 * @module
 */
if (import.meta.main) {
  const [port = "8000"] = Deno.args;
  const answer = await fetch(`http://127.0.0.1:${port}/readyz`, { signal: AbortSignal.timeout(4000) });
  await answer.body?.cancel();
  if (!answer.ok) throw new Error(`The server answers ${answer.status}; it takes no work`);
}
