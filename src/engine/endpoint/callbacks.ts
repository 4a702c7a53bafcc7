import { AsyncLocalStorage, AsyncResource } from 'node:async_hooks';
import { LensError } from '../../protocol/errors';
import { currentJob } from '../attribution/job';

/** A function of the client raised an exception; the client knows which. */
export class CallbackError extends LensError {
  constructor(message: string) {
    super('invalid-argument', `A function of Python raised ${message}`);
  }
}

interface Pending {
  resolve(value: unknown): void;
  reject(error: Error): void;
  /** What the call belongs to: the model that it has the turn of, its job. */
  readonly context: AsyncResource;
}

const MOST_PENDING = 1000;
const calls = new AsyncLocalStorage<{ readonly owner: Callbacks; readonly call: number }>();

/** Calls of functions on the other side, and what they return. */
export class Callbacks {
  private readonly pending = new Map<number, Pending>();
  private next = 1;
  private ended = false;

  /** @param send Sends a call; `of` is the number of the client's call that it is a part of, which serves it while it waits. */
  constructor(private readonly send: (number: number, callback: number, values: readonly unknown[], of: number | null) => void) {}

  /** Runs what a call of the client does, so that functions are called as a part of it. */
  runCall<T>(call: number, action: () => Promise<T>): Promise<T> {
    return calls.run({ owner: this, call }, action);
  }

  /** @throws LensError with what the function raised, `cancelled` with the job, `engine-stopped` when the client is gone. */
  async invoke(callback: number, values: readonly unknown[]): Promise<unknown> {
    if (this.ended) throw gone();
    if (this.pending.size >= MOST_PENDING) throw new LensError('invalid-argument', `At most ${MOST_PENDING} functions of Python run at once`);
    const { signal } = currentJob();
    const current = calls.getStore();
    const number = this.next++;
    const cancel = (): void => this.pending.get(number)?.reject(new LensError('cancelled', 'The attribution was cancelled.'));
    try {
      return await new Promise<unknown>((resolve, reject) => {
        this.pending.set(number, { resolve, reject, context: new AsyncResource('PythonCallback') });
        signal?.addEventListener('abort', cancel, { once: true });
        if (signal?.aborted) cancel();
        else this.send(number, callback, values, current?.owner === this ? current.call : null);
      });
    } finally {
      this.pending.delete(number);
      signal?.removeEventListener('abort', cancel);
    }
  }

  /** Takes what a function returned; ignored when nobody waits for it any more. */
  returned(number: unknown, read: () => unknown): void {
    const waiting = typeof number === 'number' ? this.pending.get(number) : undefined;
    try {
      waiting?.resolve(read());
    } catch (error) {
      waiting?.reject(error instanceof Error ? error : new Error(String(error)));
    }
  }

  raised(number: unknown, message: unknown): void {
    if (typeof number === 'number') this.pending.get(number)?.reject(new CallbackError(typeof message === 'string' ? message.slice(0, 4000) : 'an exception'));
  }

  /** Runs an action as a part of what waits for a function: calls of the engine that the function makes. */
  within<T>(number: unknown, action: () => T): T {
    const waiting = typeof number === 'number' ? this.pending.get(number) : undefined;
    return waiting ? waiting.context.runInAsyncScope(action) : action();
  }

  /** Rejects everything that waits, now and from now on. */
  end(): void {
    this.ended = true;
    for (const { reject } of this.pending.values()) reject(gone());
  }
}

const gone = (): LensError => new LensError('engine-stopped', 'The Python process that holds this function has ended', 'Run the cell again.');
