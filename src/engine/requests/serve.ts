import type { HostToProcess, ProcessToHost } from '../../protocol/engine';
import { LensError, toErrorPayload } from '../../protocol/errors';
import { post, receive, type Message, type RequestMap } from '../../protocol/messages';
import type { JobProgress } from '../../protocol/renderer';

/** What a handler gets besides the parameters of its request. */
export interface RequestContext {
  /** Aborted when the request is cancelled. */
  readonly signal: AbortSignal;
  /** Tells how far the request is; more than 20 reports a second are thinned out. */
  progress(progress: JobProgress): void;
  /** Sends something to be shown while the request still runs. */
  event(event: unknown): void;
}

/** One function for each request of a process. */
export type RequestHandlers<R extends RequestMap<R>> = {
  [K in keyof R]: (params: R[K]['params'], context: RequestContext) => R[K]['result'] | Promise<R[K]['result']>;
};

/** The parent's end of a forked process: `process` itself, or a stand-in for tests. */
export interface Channel {
  send?(message: unknown): unknown;
  on(event: 'message', listener: (message: unknown) => void): unknown;
  on(event: 'disconnect', listener: () => void): unknown;
  readonly pid: number;
}

const PROGRESS_INTERVAL = 50;

/**
 * Answers the requests that arrive over a channel, each as soon as its handler is done, and announces itself with
 * `ready`. What a handler throws becomes an error message; a message that is no request is logged and ignored.
 */
export function serve<R extends RequestMap<R>>(handlers: RequestHandlers<R>, channel: Channel = process): void {
  const running = new Map<number, AbortController>();
  const send = (message: Message<ProcessToHost>): void => {
    channel.send?.(message);
  };

  const answer = async ({ id, method, params }: HostToProcess<R>['request']): Promise<void> => {
    const controller = new AbortController();
    running.set(id, controller);
    let last = 0;
    try {
      if (typeof method !== 'string' || !Object.hasOwn(handlers, method)) throw new LensError('invalid-argument', `There is no request '${String(method)}'`);
      const result = await handlers[method](params as R[typeof method]['params'], {
        signal: controller.signal,
        progress: (progress) => {
          const now = performance.now();
          if (now - last < PROGRESS_INTERVAL && progress.fraction < 1) return;
          last = now;
          post<ProcessToHost, 'progress'>(send, 'progress', { id, progress });
        },
        event: (event) => post<ProcessToHost, 'event'>(send, 'event', { id, event }),
      });
      post<ProcessToHost, 'result'>(send, 'result', { id, result });
    } catch (error) {
      post<ProcessToHost, 'error'>(send, 'error', { id, error: toErrorPayload(error) });
    } finally {
      running.delete(id);
    }
  };

  channel.on('message', (message) => {
    const known = receive<HostToProcess<R>>(message, {
      request: (request) => {
        if (!isRequest(request) || running.has(request.id)) return logIgnored(message);
        void answer(request);
      },
      cancel: (payload) => running.get(payload?.id)?.abort(),
    });
    if (!known) logIgnored(message);
  });
  channel.on('disconnect', () => process.exit());
  post<ProcessToHost, 'ready'>(send, 'ready', { pid: channel.pid });
}

function isRequest(value: unknown): boolean {
  return typeof value === 'object' && value !== null && 'id' in value && Number.isInteger(value.id) && 'method' in value;
}

function logIgnored(message: unknown): void {
  console.error(`Ignored a message that is no request: ${JSON.stringify(message)?.slice(0, 200)}`);
}
