/**
 * Lets waiting messages and timers in. Runs of a graph may never leave the thread, and an abort comes as a message.
 */
export function messagesIn(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, 0));
}
