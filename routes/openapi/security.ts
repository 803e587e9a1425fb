/** Both ways to send a key, as OpenAPI 3.1 describes them (Security Scheme Object). */
export const SECURITY_SCHEMES = {
  bearer: { type: "http", scheme: "bearer", description: "A key of `latentd keys add`" },
  basic: { type: "http", scheme: "basic", description: "Any user name, with a key as the password" },
} as const;

/** What every request may come with; nothing is needed where the server has no keys. */
export const SECURITY: Record<string, string[]>[] = [
  {},
  { bearer: [] },
  { basic: [] },
];
