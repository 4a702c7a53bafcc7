import { Worker } from 'node:worker_threads';
import { INTERRUPTION_POINT } from '../cell/interruptionPoints';
import { Interrupted } from './interrupted';

/** Places in the memory that the main thread shares with the worker. `past` are the interrupts that were for earlier cells. */
export const FLAGS = { received: 0, past: 1, acknowledged: 2 } as const;

/** Whether what runs now is to stop. */
export const isInterrupted = (flags: Int32Array): boolean => flags[FLAGS.received]! > flags[FLAGS.past]!;

/** How long code that waits has to come to its next interruption point. */
const GRACE_MILLISECONDS = 250;

export interface InterruptWorkerData {
  flags: Int32Array;
  /** The pipe from the extension host; every byte on it is one interrupt. */
  fileDescriptor: number;
}

/**
 * Interrupts the running cell, even where the main thread is in an endless loop: a worker listens, since the main
 * thread cannot.
 */
export class Interruption {
  private readonly flags = new Int32Array(new SharedArrayBuffer(12));
  private readonly listeners = new Set<() => void>();

  constructor() {
    const { flags } = this;
    const check = () => {
      if (isInterrupted(flags)) throw new Interrupted();
    };
    Object.defineProperty(globalThis, INTERRUPTION_POINT, { value: check, configurable: true });
  }

  /** Starts to listen. */
  listen(workerFile: string, fileDescriptor: number): void {
    const workerData: InterruptWorkerData = { flags: this.flags, fileDescriptor };
    const worker = new Worker(workerFile, { workerData, stdout: false, stderr: false });
    worker.on('message', () => this.interrupt());
    worker.on('error', (error) => console.error(`Interrupting is not possible: ${error.message}`));
    worker.unref();
  }

  /**
   * Makes loops run again: a new cell or job begins.
   *
   * @param past how many interrupts were sent before it, whether they have arrived yet or not. Those after them are for
   * it, also when they overtook it on their stream.
   */
  reset(past: number = Atomics.load(this.flags, FLAGS.received)): void {
    Atomics.store(this.flags, FLAGS.past, past);
  }

  /**
   * A signal that is aborted when the user interrupts, and a promise that rejects with {@link Interrupted} a little
   * later: by then, what is in a loop has noticed. Both until disposed.
   */
  watch(): { signal: AbortSignal; interrupted: Promise<never>; dispose(): void } {
    const controller = new AbortController();
    let listener: () => void = () => {};
    const interrupted = new Promise<never>((_, reject) => {
      listener = () => {
        controller.abort(new Interrupted());
        setTimeout(() => reject(new Interrupted()), GRACE_MILLISECONDS);
      };
    });
    interrupted.catch(() => {});
    this.listeners.add(listener);
    if (isInterrupted(this.flags)) listener();
    return { signal: controller.signal, interrupted, dispose: () => this.listeners.delete(listener) };
  }

  private interrupt(): void {
    Atomics.store(this.flags, FLAGS.acknowledged, 1);
    if (isInterrupted(this.flags)) for (const listener of this.listeners) listener();
  }
}
