import { createRequire } from 'node:module';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import { LensError, fromErrorPayload } from '../../../protocol/errors';
import type { Hdf5Description, Hdf5Reply, Hdf5Request, Hdf5Results, Hdf5Weights } from './hdf5Messages';
import { requireWhole } from './superblock';

/** How long one request may take, and how much longer for what a file has. */
const MILLISECONDS = 30_000;
const MILLISECONDS_PER_MEBIBYTE = 100;

/** The JavaScript heap of the thread: texts and lists; tensors and the library's memory are not in it. */
const MAX_HEAP_MEBIBYTES = 1024;

/** A thread that read a file no larger than this is kept for a while, to save its start. */
const MAX_KEPT_BYTES = 8 * 2 ** 20;
const KEPT_MILLISECONDS = 10_000;

let kept: { worker: Worker; timer: NodeJS.Timeout } | undefined;

/**
 * Reads one HDF5 file in a thread of its own, with bounds on time and memory: on a damaged file the HDF5 library may
 * go on without end, and then its thread is ended. Arrays come without being copied.
 */
export class Hdf5Reader {
  private constructor(
    private readonly worker: Worker,
    private readonly bytes: number,
    private readonly limit: number,
    /** What Keras wrote about the model. */
    readonly description: Hdf5Description,
  ) {}

  /**
   * Opens a file.
   *
   * @param limit the milliseconds that each request may take; by default 30 s, and 0.1 s for each MiB of the file.
   * @throws LensError `invalid-model` when the bytes are not an HDF5 file, or take too long.
   */
  static async open(bytes: Uint8Array, limit = MILLISECONDS + Math.ceil((bytes.length / 2 ** 20) * MILLISECONDS_PER_MEBIBYTE)): Promise<Hdf5Reader> {
    requireWhole(bytes);
    const worker = take();
    try {
      return new Hdf5Reader(worker, bytes.length, limit, await ask(worker, { kind: 'open', bytes }, limit));
    } catch (error) {
      release(worker, bytes.length);
      throw error;
    }
  }

  /** The weights that groups list, as HDF5 models have them. */
  listed(groups: readonly string[]): Promise<Hdf5Weights> {
    return ask(this.worker, { kind: 'listed', groups }, this.limit);
  }

  /** The weights of all groups within one, as Keras 3 writes them. */
  nested(group: string): Promise<Hdf5Weights> {
    return ask(this.worker, { kind: 'nested', group }, this.limit);
  }

  /** Must be called once. */
  close(): void {
    release(this.worker, this.bytes);
  }
}

const ended = new WeakSet<Worker>();

function take(): Worker {
  const { worker: idle, timer } = kept ?? {};
  kept = undefined;
  clearTimeout(timer);
  if (idle && !ended.has(idle)) {
    idle.ref();
    return idle;
  }
  const options = { resourceLimits: { maxOldGenerationSizeMb: MAX_HEAP_MEBIBYTES } };
  const worker = __filename.endsWith('.ts') ? new Worker(fromSource(), { ...options, eval: true }) : new Worker(join(__dirname, 'hdf5Worker.js'), options);
  worker.on('error', () => ended.add(worker));
  worker.on('exit', () => ended.add(worker));
  return worker;
}

/** Loads the thread where TypeScript runs as it is: Node 20 does not take it as the file of a thread. */
function fromSource(): string {
  return [createRequire(__filename).resolve('tsx/cjs'), join(__dirname, 'hdf5Worker.ts')].map((file) => `require(${JSON.stringify(file)});`).join('\n');
}

function release(worker: Worker, bytes: number): void {
  if (ended.has(worker)) return;
  if (kept || bytes > MAX_KEPT_BYTES) return end(worker);
  worker.unref();
  kept = {
    worker,
    timer: setTimeout(() => {
      kept = undefined;
      end(worker);
    }, KEPT_MILLISECONDS).unref(),
  };
}

function end(worker: Worker): void {
  ended.add(worker);
  void worker.terminate();
}

/** Sends a request and waits for its reply. */
function ask<Kind extends Hdf5Request['kind']>(worker: Worker, request: Hdf5Request & { kind: Kind }, limit: number): Promise<Hdf5Results[Kind]> {
  return new Promise((resolve, reject) => {
    let settled = false;
    const settle = (action: () => void): void => {
      settled = true;
      clearTimeout(timer);
      worker.off('message', receive).off('error', fail).off('exit', fail);
      action();
    };
    const receive = (reply: Hdf5Reply<Kind>): void => settle(() => ('error' in reply ? reject(fromErrorPayload(reply.error)) : resolve(reply.result)));
    const fail = (reason: Error | number): void =>
      settle(() => reject(new LensError('invalid-model', `cannot be read as HDF5 (${typeof reason === 'number' ? 'the thread that reads it ended' : reason.message.slice(0, 200)})`)));
    const tooLong = (): void => {
      if (settled) return;
      settle(() => {
        end(worker);
        reject(new LensError('invalid-model', `cannot be read as HDF5 within ${Math.round(limit / 1000)} s: it is damaged, or the machine is too busy`, 'Save the model again: model.save(path).'));
      });
    };
    // a reply that came while this thread was busy is received first
    const timer = setTimeout(() => setImmediate(() => setImmediate(tooLong)), limit);
    worker.on('message', receive).on('error', fail).on('exit', fail);
    worker.postMessage(request);
  });
}
