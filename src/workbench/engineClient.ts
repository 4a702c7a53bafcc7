import { fork, type ChildProcess } from 'node:child_process';
import { createInterface } from 'node:readline';
import { Writable } from 'node:stream';
import type { HostToProcess, ProcessToHost } from '../protocol/engine';
import { fromErrorPayload, LensError } from '../protocol/errors';
import { post, receive, type Message, type RequestMap } from '../protocol/messages';
import type { JobProgress } from '../protocol/renderer';

export interface EngineClientOptions {
  /** The script that the process runs, a file. */
  readonly script: string;
  /** As messages call the process: `engine`, `kernel`. */
  readonly name: string;
  /** Added to the environment of this process. */
  readonly env?: Readonly<Record<string, string>>;
  readonly cwd?: string;
  /** Arguments of Node itself, for example `--import tsx`. */
  readonly execArgv?: readonly string[];
  /** Gets each line that the process writes, and when it starts and ends. */
  readonly log?: (line: string) => void;
  /** Gets events of requests that were answered before. */
  readonly onLateEvent?: (event: unknown) => void;
  /** The process listens for {@link EngineClient.interrupt} on its file descriptor 4. */
  readonly interruptible?: boolean;
  /** What the process is asked before everything else, whenever it starts. */
  readonly introduction?: () => { method: string; params: unknown } | undefined;
  /** Called when the process ended by itself. */
  readonly onDidCrash?: (error: LensError) => void;
}

/** What a request may be told and told to do. */
export interface RequestOptions {
  onProgress?: (progress: JobProgress) => void;
  onEvent?: (event: unknown) => void;
  signal?: AbortSignal;
}

interface Pending extends RequestOptions {
  resolve(result: unknown): void;
  reject(error: Error): void;
}

/** Waits this long for a process to leave by itself before it is killed, in milliseconds. */
const GRACE = 5000;

/**
 * A forked process that answers typed requests. It starts with the first request, and again with the first one after it
 * ended; requests that were running when it ended are rejected with `engine-stopped`.
 */
export class EngineClient<R extends RequestMap<R>> {
  private child: ChildProcess | undefined;
  private started: Promise<ChildProcess> | undefined;
  private readonly pending = new Map<number, Pending>();
  private nextId = 1;
  private interruptsSent = 0;
  private disposed = false;

  constructor(private readonly options: EngineClientOptions) {}

  /** The process id while it runs. */
  get pid(): number | undefined {
    return this.child?.pid;
  }

  /** How often the process that runs was interrupted. */
  get interrupts(): number {
    return this.child ? this.interruptsSent : 0;
  }

  /**
   * Resolves with the result. Rejects with what the process threw, with `cancelled` as soon as the signal is aborted,
   * and with `engine-stopped` when the process ends before it answers.
   */
  async request<K extends keyof R>(method: K, params: R[K]['params'], options: RequestOptions = {}): Promise<R[K]['result']> {
    if (options.signal?.aborted) throw cancelled();
    return (await this.ask(await this.start(), method, params, options)) as R[K]['result'];
  }

  private async ask(child: ChildProcess, method: keyof R, params: unknown, options: RequestOptions): Promise<unknown> {
    const id = this.nextId++;
    const answered = new Promise<unknown>((resolve, reject) => {
      this.pending.set(id, { ...options, resolve, reject });
    });
    const cancel = (): void => {
      this.send(child, 'cancel', { id });
      this.settle(id)?.reject(cancelled());
    };
    try {
      if (options.signal?.aborted) throw cancelled();
      options.signal?.addEventListener('abort', cancel, { once: true });
      this.send(child, 'request', { id, method, params });
      return await answered;
    } finally {
      this.pending.delete(id);
      options.signal?.removeEventListener('abort', cancel);
    }
  }

  /** Starts the process if it does not run, and waits until it takes requests. */
  start(): Promise<ChildProcess> {
    if (this.disposed) return Promise.reject(new LensError('engine-stopped', `The ${this.options.name} process was closed`));
    return (this.started ??= this.launch());
  }

  /** Tells the process to interrupt what it does, over a stream of its own: its channel is not read in an endless loop. */
  interrupt(): void {
    const pipe = this.child?.stdio[4];
    if (!(pipe instanceof Writable)) return;
    this.interruptsSent++;
    pipe.write('i');
  }

  /** Ends the process and starts a fresh one. Running requests are rejected with `engine-stopped`. */
  async restart(): Promise<void> {
    await this.stop('was restarted');
    await this.start();
  }

  /** Ends the process. Running requests are rejected with `engine-stopped`. */
  async stop(reason = 'was stopped'): Promise<void> {
    const child = this.forget(new LensError('engine-stopped', `The ${this.options.name} process ${reason}`));
    if (child) await leave(child);
  }

  /** Ends the process for good. */
  dispose(): void {
    this.disposed = true;
    void this.stop('was closed');
  }

  private launch(): Promise<ChildProcess> {
    const { script, name, env, cwd, execArgv = [], log, interruptible, onLateEvent } = this.options;
    const child = fork(script, [], {
      serialization: 'advanced',
      stdio: ['ignore', 'pipe', 'pipe', 'ipc', ...(interruptible ? (['pipe'] as const) : [])],
      execArgv: [...execArgv],
      cwd,
      env: { ...process.env, ...env },
    });
    this.child = child;
    this.interruptsSent = 0;
    for (const stream of [child.stdout, child.stderr]) {
      if (stream) createInterface({ input: stream }).on('line', (line) => log?.(line));
    }
    child.stdio[4]?.on('error', () => {});
    return new Promise((resolve, reject) => {
      const ended = (how: string): void => {
        log?.(`The ${name} process ${how}`);
        const error = crashed(name, how);
        reject(error);
        if (this.child !== child) return;
        this.forget(error);
        this.options.onDidCrash?.(error);
      };
      child.on('message', (message) => {
        receive<ProcessToHost>(message, {
          ready: ({ pid }) => {
            log?.(`The ${name} process ${pid} is ready`);
            this.introduce(child);
            resolve(child);
          },
          result: ({ id, result }) => this.settle(id)?.resolve(result),
          error: ({ id, error }) => this.settle(id)?.reject(fromErrorPayload(error)),
          progress: ({ id, progress }) => this.pending.get(id)?.onProgress?.(progress),
          event: ({ id, event }) => {
            const pending = this.pending.get(id);
            if (pending) pending.onEvent?.(event);
            else onLateEvent?.(event);
          },
        });
      });
      child.on('error', (error) => ended(`failed: ${error.message}`));
      child.on('exit', (code, signal) => ended(signal ? `ended by ${signal}` : `ended with exit code ${code}`));
    });
  }

  private introduce(child: ChildProcess): void {
    const { introduction, log } = this.options;
    const first = introduction?.();
    if (first) this.ask(child, first.method as keyof R, first.params, {}).catch((error: unknown) => log?.(String(error)));
  }

  private send<K extends keyof HostToProcess<R>>(child: ChildProcess, type: K, payload: HostToProcess<R>[K]): void {
    // A failing send means that the process is going; its 'exit' event rejects what runs.
    const deliver = (message: Message<HostToProcess<R>>): unknown => child.connected && child.send(message, () => {});
    post<HostToProcess<R>, K>(deliver, type, payload);
  }

  private settle(id: number): Pending | undefined {
    const pending = this.pending.get(id);
    this.pending.delete(id);
    return pending;
  }

  /** Lets go of the process and rejects everything that waits for it. */
  private forget(error: LensError): ChildProcess | undefined {
    const { child } = this;
    this.child = undefined;
    this.started = undefined;
    for (const id of [...this.pending.keys()]) this.settle(id)?.reject(error);
    return child;
  }
}

const cancelled = (): LensError => new LensError('cancelled', 'The job was cancelled.');

function crashed(name: string, how: string): LensError {
  const memory = how.includes('SIGKILL') || how.includes('SIGABRT') || how.endsWith('code 134') || how.endsWith('code 137');
  return new LensError(
    'engine-stopped',
    `The ${name} process ${how}${memory ? ', as it does when memory runs out' : ''}`,
    memory ? 'Try again with a smaller internalBatchSize; a fresh process is started.' : 'Try again; a fresh process is started.',
  );
}

/** Closes the channel, at which a process exits by itself, and kills it when it does not. */
function leave(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null || child.pid === undefined) return Promise.resolve();
  return new Promise((resolve) => {
    const timer = setTimeout(() => child.kill('SIGKILL'), GRACE);
    child.once('exit', () => {
      clearTimeout(timer);
      resolve();
    });
    if (child.connected) child.disconnect();
    else child.kill('SIGKILL');
  });
}
