import { LensError, toErrorPayload } from '../../protocol/errors';
import type { EndpointClient } from '../../protocol/endpoint';
import type { JobProgress } from '../../protocol/renderer';
import type { Explanation } from '../attribution/explanation';
import { runJob, withWarnings } from '../attribution/job';
import { isModelSource } from '../models/modelOf';
import { forget } from '../requests/outputs';
import type { Tensor } from '../tensor';
import { CallbackError, Callbacks } from './callbacks';
import { calls, type CallScope } from './calls';
import type { Frame } from './frames';
import { Kept } from './kept';
import { readSafetensors, writeSafetensors } from './safetensors';
import { decodeValue, encodeValue } from './values';

/** Sends a frame to the client. `isWaiting` tells whether it takes less than it is sent. */
export interface Outbox {
  send(header: Readonly<Record<string, unknown>>, payload?: readonly Uint8Array[]): void;
  readonly isWaiting: boolean;
}

const MOST_RUNNING = 64;
const PROGRESS_INTERVAL = 50;

/** What one client that has shown the token may do: its calls, what is kept for it, and functions of its own that are called. */
export class Connection implements CallScope {
  readonly kept = new Kept();
  readonly shown = new Set<string>();
  readonly latest = new WeakMap<object, Explanation>();
  private readonly running = new Map<number, AbortController>();
  private readonly callbacks: Callbacks;

  constructor(
    private readonly outbox: Outbox,
    private readonly client: Pick<EndpointClient, 'description' | 'folder'>,
  ) {
    this.callbacks = new Callbacks((id, callback, values, of) => {
      const tensors: Tensor[] = [];
      const given = values.map((value) => this.encode(value, tensors).json);
      outbox.send({ type: 'callback', id, callback, of, arguments: given }, writeSafetensors(tensors));
    });
  }

  get status(): EndpointClient {
    return { ...this.client, running: this.running.size };
  }

  /** Takes a frame of the client; one that is not known is answered with an error or ignored. */
  receive(frame: Frame): void {
    const { header } = frame;
    switch (header.type) {
      case 'invoke':
        return this.callbacks.within(header.within, () => void this.invoke(frame));
      case 'cancel':
        return typeof header.id === 'number' ? this.running.get(header.id)?.abort() : undefined;
      case 'release':
        if (Array.isArray(header.handles)) for (const number of header.handles) this.kept.release(number as number);
        return;
      case 'returned':
        return this.callbacks.returned(header.id, () => this.decode(header.value, frame.payload));
      case 'raised':
        return this.callbacks.raised(header.id, header.message);
    }
  }

  /** A function of the client. */
  callback(number: number): (...values: unknown[]) => Promise<unknown> {
    return (...values) => this.callbacks.invoke(number, values);
  }

  /** Reads a value of a header. */
  read(value: unknown): unknown {
    return this.decode(value);
  }

  /** Cancels what runs and forgets what is kept: the client is gone. */
  end(): void {
    this.callbacks.end();
    for (const controller of this.running.values()) controller.abort();
    this.kept.clear();
    forget(this.shown);
  }

  private async invoke({ header, payload }: Frame): Promise<void> {
    const { id } = header;
    if (typeof id !== 'number' || this.running.has(id)) return this.fail(id, new LensError('invalid-argument', 'A call must have a number of its own'));
    if (this.running.size >= MOST_RUNNING) return this.fail(id, new LensError('invalid-argument', `At most ${MOST_RUNNING} calls run at once on a connection`));
    const controller = new AbortController();
    this.running.set(id, controller);
    try {
      const handler = typeof header.call === 'string' && Object.hasOwn(calls, header.call) ? calls[header.call] : undefined;
      if (!handler) throw new LensError('not-found', `The engine has no call ${JSON.stringify(header.call)?.slice(0, 80)}`);
      const isFile = header.call === 'loadModel';
      const values = this.decode(header.arguments ?? [], isFile ? undefined : payload);
      if (!Array.isArray(values)) throw new LensError('invalid-argument', 'The arguments of a call must be a list');
      const { job, warnings } = withWarnings({ signal: controller.signal, onProgress: this.reporter(id) });
      const answer = await this.callbacks.runCall(id, () => runJob(job, () => handler({ header, payload, values }, this)));
      if (controller.signal.aborted) throw new LensError('cancelled', 'The job was cancelled.');
      const { json, tensors } = this.encode(answer.value);
      this.outbox.send({ type: 'result', id, value: json, ...(answer.explanation === undefined ? {} : { explanation: answer.explanation }), ...(warnings.length > 0 ? { warnings } : {}) }, writeSafetensors(tensors));
    } catch (error) {
      this.fail(id, error);
    } finally {
      this.running.delete(id);
    }
  }

  private fail(id: unknown, error: unknown): void {
    const { code, message, nextStep } = toErrorPayload(error);
    this.outbox.send({ type: 'error', id, code, message, ...(nextStep === undefined ? {} : { nextStep }), ...(error instanceof CallbackError ? { callback: true } : {}) });
  }

  private reporter(id: number): (progress: JobProgress) => void {
    let last = 0;
    return ({ fraction, message, secondsLeft }) => {
      const now = performance.now();
      if (this.outbox.isWaiting || (now - last < PROGRESS_INTERVAL && fraction < 1)) return;
      last = now;
      this.outbox.send({ type: 'progress', id, fraction, message, secondsLeft });
    };
  }

  private decode(value: unknown, payload?: Uint8Array): unknown {
    return decodeValue(value, {
      tensors: payload ? readSafetensors(payload) : new Map<string, Tensor>(),
      kept: (kind, number) => this.kept.get(kind, number),
      callback: (number) => this.callback(number),
    });
  }

  private encode(value: unknown, tensors: Tensor[] = []): ReturnType<typeof encodeValue> {
    const keep = (object: object): Record<string, number> => {
      const kind = isModelSource(object) && typeof object !== 'function' ? '$model' : '$object';
      return { [kind]: this.kept.add(kind, object) };
    };
    return encodeValue(value, keep, tensors);
  }
}
