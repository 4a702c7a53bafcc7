/** Runs a synchronous action while nothing reaches the console: TensorFlow.js advertises tfjs-node and warns when it is loaded twice. */
export function quietly<T>(action: () => T): T {
  const { log, info, warn } = console;
  const nothing = (): void => undefined;
  Object.assign(console, { log: nothing, info: nothing, warn: nothing });
  try {
    return action();
  } finally {
    Object.assign(console, { log, info, warn });
  }
}

const CRASHES = ['uncaughtException', 'unhandledRejection'] as const;

/**
 * Runs an action and takes back the listeners that it added for uncaught errors: Emscripten's, in TensorFlow.js's
 * WebAssembly backend, end the process at the first unhandled rejection, whoever caused it.
 */
export async function withoutCrashListeners<T>(action: () => Promise<T>): Promise<T> {
  const events: NodeJS.EventEmitter = process;
  const before = new Set(CRASHES.flatMap((event) => events.listeners(event)));
  try {
    return await action();
  } finally {
    for (const event of CRASHES) for (const listener of events.listeners(event)) if (!before.has(listener)) events.removeListener(event, listener as () => void);
  }
}
