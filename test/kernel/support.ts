import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { after, before } from 'node:test';
import * as esbuild from 'esbuild';
import type { CellEvent, ExecuteParams, KernelRequests } from '../../src/protocol/kernel';
import { EngineClient } from '../../src/workbench/engineClient';

/** What a cell did. */
export interface Run {
  ok: boolean;
  events: CellEvent[];
  /** Everything written to standard output and standard error. */
  stdout: string;
  stderr: string;
  /** The plain text of what was displayed, in order. */
  shown: string[];
  errors: Extract<CellEvent, { kind: 'error' }>[];
}

const root = path.resolve(import.meta.dirname, '../..');

/** A real kernel process, built for this test file, in a notebook folder of its own. */
export class TestKernel {
  /** The folder of the notebook. */
  readonly folder = fs.mkdtempSync(path.join(os.tmpdir(), 'kernel-test-'));
  readonly late: CellEvent[] = [];
  client!: EngineClient<KernelRequests>;
  private readonly outdir = path.join(root, 'dist/test', `kernel-${process.pid}`);
  private cells = 0;

  /** Starts the kernel before the tests of a file, and removes it after them. */
  static forThisFile(): TestKernel {
    const kernel = new TestKernel();
    before(() => kernel.start());
    after(() => kernel.end());
    return kernel;
  }

  /** Runs a cell, as `Cell 1`, `Cell 2` and so on; `interrupt` tells when it is interrupted: at once, when it first shows something, or progress. */
  async run(code: string, options: Partial<ExecuteParams> & { interrupt?: 'at once' | 'shown' | 'progress' } = {}): Promise<Run> {
    const { interrupt, ...params } = options;
    const events: CellEvent[] = [];
    let isDue = interrupt !== undefined;
    const interruptAt = (moment: typeof interrupt): void => {
      if (!isDue || moment !== interrupt) return;
      isDue = false;
      this.client.interrupt();
    };
    const given: ExecuteParams = { code, language: 'typescript', cellName: `Cell ${++this.cells}`, interrupts: this.client.interrupts, ...params };
    const onEvent = (event: unknown): void => {
      events.push(event as CellEvent);
      interruptAt('shown');
    };
    const running = this.client.request('execute', given, { onEvent, onProgress: () => interruptAt('progress') });
    interruptAt('at once');
    const { ok } = await running;
    const text = (kind: 'stdout' | 'stderr') => events.map((event) => (event.kind === kind ? event.text : '')).join('');
    return {
      ok,
      events,
      stdout: text('stdout'),
      stderr: text('stderr'),
      shown: events.flatMap((event) => (event.kind === 'display' ? (event.items.find(({ mime }) => mime === 'text/plain')?.text ?? '') : [])),
      errors: events.filter((event) => event.kind === 'error'),
    };
  }

  /** The text that a cell shows as its value; fails when it shows an error. */
  async value(code: string, options?: Partial<ExecuteParams>): Promise<string | undefined> {
    const { shown, errors } = await this.run(code, options);
    if (errors[0]) throw new Error(errors[0].stack);
    return shown.at(-1);
  }

  /** The error that a cell shows. */
  async error(code: string, options?: Partial<ExecuteParams>): Promise<Extract<CellEvent, { kind: 'error' }>> {
    const { errors } = await this.run(code, options);
    if (!errors[0]) throw new Error(`no error: ${code}`);
    return errors[0];
  }

  /** Writes a file into the notebook's folder. */
  write(name: string, text: string): void {
    const file = path.join(this.folder, name);
    fs.mkdirSync(path.dirname(file), { recursive: true });
    fs.writeFileSync(file, text);
  }

  private async start(): Promise<void> {
    const { builds } = (await import(path.join(root, 'esbuild.mjs'))) as { builds: esbuild.BuildOptions[] };
    const options = builds[0]!;
    const entryPoints = Object.fromEntries(Object.entries(options.entryPoints as Record<string, string>).filter(([, file]) => file.startsWith('src/kernel/')));
    await esbuild.build({ ...options, absWorkingDir: root, entryPoints, outdir: this.outdir, sourcemap: false });
    this.client = new EngineClient<KernelRequests>({
      script: path.join(this.outdir, 'kernelProcess.js'),
      name: 'kernel',
      cwd: this.folder,
      interruptible: true,
      onLateEvent: (event) => this.late.push(event as CellEvent),
      log: process.env.KERNEL_LOG ? (line) => console.log(line) : undefined,
    });
    await this.client.start();
  }

  private async end(): Promise<void> {
    await this.client.stop();
    this.client.dispose();
    fs.rmSync(this.outdir, { recursive: true, force: true });
    fs.rmSync(this.folder, { recursive: true, force: true });
  }
}
