import { spawn, type ChildProcessWithoutNullStreams } from 'node:child_process';
import path from 'node:path';
import { createInterface, type Interface } from 'node:readline';

/** Who takes part: the engine in its own process, the engine behind the Python package, and Captum. */
export type Side = 'engine' | 'python' | 'captum';

export const SIDES: readonly Side[] = ['engine', 'python', 'captum'];

const root = path.resolve(__dirname, '../../..');

/** A process that computes for one side, one command at a time. */
export class Peer {
  private readonly child: ChildProcessWithoutNullStreams;
  private readonly answers: AsyncIterator<string>;
  private readonly lines: Interface;
  private said = '';

  /** @param threads Threads of an operator; undefined for each side's default. */
  constructor(
    readonly side: Side,
    python: string,
    threads?: number,
  ) {
    const [command, args] = side === 'engine' ? [process.execPath, ['--import', 'tsx', path.join(__dirname, 'peer.ts')]] : [python, [path.join(__dirname, 'peer.py'), side === 'python' ? 'attribution_lens.attr' : 'captum.attr']];
    this.child = spawn(command, args, { cwd: root, env: environment(threads) });
    this.child.stderr.on('data', (chunk: Buffer) => (this.said = (this.said + chunk.toString()).slice(-4000)));
    this.child.stdin.on('error', () => {});
    this.lines = createInterface(this.child.stdout);
    this.answers = this.lines[Symbol.asyncIterator]();
  }

  /** Sends a command and waits for its answer. Throws what the other side says went wrong. */
  async do<T extends object>(command: string, parameters: object = {}): Promise<T> {
    this.child.stdin.write(`${JSON.stringify({ do: command, ...parameters })}\n`);
    const { value, done } = await this.answers.next();
    if (done) throw new Error(`The side '${this.side}' ended: ${this.said.trim()}`);
    const answer = JSON.parse(value) as T & { error?: string };
    if (answer.error !== undefined) throw new Error(answer.error);
    return answer;
  }

  /** Ends the process, and waits until it is gone. */
  async end(): Promise<void> {
    const ended = this.child.exitCode !== null || new Promise((resolve) => this.child.once('exit', resolve));
    this.child.stdin.end();
    await ended;
    this.lines.close();
  }
}

function environment(threads: number | undefined): NodeJS.ProcessEnv {
  const { OMP_NUM_THREADS: _, ...env } = process.env;
  const engine = { ...env, ATTRIBUTION_LENS_ENGINE: path.join(root, 'dist/endpoint.js'), ATTRIBUTION_LENS_NODE: process.execPath };
  if (threads === undefined) return engine;
  return { ...engine, OMP_NUM_THREADS: String(threads), BENCH_THREADS: String(threads), NODE_OPTIONS: `${env.NODE_OPTIONS ?? ''} --require ${path.join(__dirname, 'threads.cjs')}` };
}
