/** An enum-keyed payload map: message type to payload. */
export type MessageMap = object;

/** A message of a payload map, as it crosses a channel. */
export type Message<M extends MessageMap> = { [K in keyof M]: { type: K; payload: M[K] } }[keyof M];

/** Posts one typed message through any `postMessage`-like function. */
export function post<M extends MessageMap, K extends keyof M>(send: (message: Message<M>) => unknown, type: K, payload: M[K]): void {
  send({ type, payload } as Message<M>);
}

/** Handlers for some or all messages of a map. */
export type Handlers<M extends MessageMap> = { [K in keyof M]?: (payload: M[K]) => void };

/** Hands a message of unknown origin to its handler; returns false when there is none. */
export function receive<M extends MessageMap>(message: unknown, handlers: Handlers<M>): boolean {
  if (typeof message !== 'object' || message === null || !('type' in message) || !('payload' in message)) return false;
  const { type, payload } = message as { type: keyof M; payload: M[keyof M] };
  if (typeof type !== 'string' || !Object.hasOwn(handlers, type)) return false;
  handlers[type]?.(payload as never);
  return true;
}

/** Requests by name, with what they take and return. */
export type RequestMap<R> = { [K in keyof R]: { params: unknown; result: unknown } };
