/** Options of sessions and runs under which onnxruntime prints nothing: what goes wrong it throws, too. */
export const QUIET = { logSeverityLevel: 4 } as const;
