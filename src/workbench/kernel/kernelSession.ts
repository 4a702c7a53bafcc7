import * as vscode from 'vscode';
import { LensError, toErrorPayload } from '../../protocol/errors';
import type { CellEvent, ExecuteParams, KernelRequests } from '../../protocol/kernel';
import type { JobProgress } from '../../protocol/renderer';
import { EngineClient, type EngineClientOptions } from '../engineClient';
import { CellWriter } from './cellWriter';

export type KernelState = 'not started' | 'starting' | 'idle' | 'busy' | 'stopped';

/** The kernel of one notebook: its process, and the cells that it runs one after the other. */
export class KernelSession implements vscode.Disposable {
  readonly client: EngineClient<KernelRequests>;
  private currentState: KernelState = 'not started';
  private currentProgress: JobProgress | undefined;
  private lastCell: vscode.NotebookCell | undefined;
  private order = 0;
  private queue: Promise<unknown> = Promise.resolve();
  /** Grows with each interrupt and restart: cells that were waiting before it do not run. */
  private generation = 0;
  /** How cells ended; the cells themselves learn it a moment later. */
  private readonly summaries = new WeakMap<vscode.NotebookCell, vscode.NotebookCellExecutionSummary>();
  private readonly stateChanged = new vscode.EventEmitter<KernelState>();
  readonly onDidChangeState = this.stateChanged.event;

  constructor(
    readonly notebook: vscode.NotebookDocument,
    private readonly controller: vscode.NotebookController,
    options: Pick<EngineClientOptions, 'script' | 'cwd' | 'env' | 'log' | 'introduction'>,
  ) {
    this.client = new EngineClient<KernelRequests>({
      ...options,
      name: 'kernel',
      interruptible: true,
      onLateEvent: (event) => this.writeLate(event as CellEvent),
      onDidCrash: () => this.changeState('stopped'),
    });
  }

  get state(): KernelState {
    return this.currentState;
  }

  /** How far the attribution of the running cell is. */
  get progress(): JobProgress | undefined {
    return this.state === 'busy' ? this.currentProgress : undefined;
  }

  /** Whether there is a process with the variables of cells that ran. */
  get isLive(): boolean {
    return this.client.pid !== undefined && (this.state === 'idle' || this.state === 'busy');
  }

  /** Runs cells in order; those behind one that fails do not run. */
  async execute(cells: readonly vscode.NotebookCell[]): Promise<void> {
    const { generation } = this;
    let failed = false;
    await Promise.all(
      cells.map((cell) => {
        // Made at once, so that the cells show that they wait.
        const execution = this.controller.createNotebookCellExecution(cell);
        return this.enqueue(async () => {
          if (failed || generation !== this.generation) return skip(execution);
          failed = !(await this.run(cell, execution));
        });
      }),
    );
  }

  /** Changes the outputs of a cell that has run, as soon as no cell runs. */
  async edit(cell: vscode.NotebookCell, change: (execution: vscode.NotebookCellExecution) => Thenable<void>): Promise<void> {
    await this.enqueue(async () => {
      const { executionOrder, success, timing } = this.summaries.get(cell) ?? cell.executionSummary ?? {};
      const execution = this.controller.createNotebookCellExecution(cell);
      execution.executionOrder = executionOrder;
      execution.start(timing?.startTime);
      try {
        await change(execution);
      } finally {
        execution.end(success, timing?.endTime);
      }
    });
  }

  /** Ends the running cell with an error; waiting cells do not run. */
  interrupt(): void {
    this.generation++;
    this.client.interrupt();
  }

  /** Ends the process, and all variables with it, and starts a fresh one. */
  async restart(): Promise<void> {
    this.generation++;
    this.order = 0;
    this.lastCell = undefined;
    this.changeState('starting');
    try {
      await this.client.restart();
      this.changeState('idle');
    } catch (error) {
      this.changeState('stopped');
      throw error;
    }
  }

  dispose(): void {
    this.generation++;
    this.client.dispose();
    this.changeState('stopped');
    this.stateChanged.dispose();
  }

  private async run(cell: vscode.NotebookCell, execution: vscode.NotebookCellExecution): Promise<boolean> {
    const startTime = Date.now();
    execution.executionOrder = ++this.order;
    execution.start(startTime);
    const writer = new CellWriter(execution, true);
    this.lastCell = cell;
    // Those that come while the process starts are for this cell.
    const { interrupts } = this.client;
    let ok = false;
    try {
      if (!vscode.workspace.isTrusted) throw untrusted();
      if (this.client.pid === undefined) this.changeState('starting');
      await this.client.start();
      this.changeState('busy');
      const result = await this.client.request('execute', executeParams(cell, interrupts), {
        onEvent: (event) => writer.write(event as CellEvent),
        onProgress: (progress) => {
          this.currentProgress = progress;
          this.stateChanged.fire(this.state);
        },
      });
      ok = result.ok;
    } catch (error) {
      writer.writeError(failure(error), true);
    }
    this.currentProgress = undefined;
    if (this.client.pid !== undefined) this.changeState('idle');
    await writer.finish();
    const endTime = Date.now();
    this.summaries.set(cell, { executionOrder: this.order, success: ok, timing: { startTime, endTime } });
    execution.end(ok, endTime);
    return ok;
  }

  /** Something a cell left behind speaks after the cell ended: a timer, a promise. */
  private writeLate(event: CellEvent): void {
    const cell = this.lastCell;
    if (!cell || cell.index < 0) return;
    void this.edit(cell, async (execution) => {
      const writer = new CellWriter(execution, false);
      writer.write(event);
      await writer.finish();
    }).catch(() => {});
  }

  private enqueue<T>(job: () => Promise<T>): Promise<T> {
    const result = this.queue.then(job);
    this.queue = result.catch(() => {});
    return result;
  }

  private changeState(state: KernelState): void {
    if (state === this.currentState) return;
    this.currentState = state;
    this.stateChanged.fire(state);
  }
}

function skip(execution: vscode.NotebookCellExecution): void {
  execution.start();
  execution.end(undefined);
}

function executeParams(cell: vscode.NotebookCell, interrupts: number): ExecuteParams {
  const language = cell.document.languageId === 'javascript' ? 'javascript' : 'typescript';
  return { code: cell.document.getText(), language, cellName: `Cell ${cell.index + 1}`, interrupts };
}

const untrusted = (): LensError =>
  new LensError('untrusted-workspace', 'Cells run only in a trusted workspace', 'Run "Workspaces: Manage Workspace Trust" from the Command Palette, then run the cell again.');

/** What to show when the kernel could not run a cell to its end. */
function failure(error: unknown): { name: string; message: string; stack: string } {
  const { code, message, nextStep } = toErrorPayload(error);
  const stopped = code === 'engine-stopped';
  const text = `${message}. ${stopped ? 'Run the cell again to start a fresh kernel; the variables of all cells are gone, so run the cells before it first.' : (nextStep ?? '')}`;
  return { name: stopped ? 'KernelStopped' : 'Error', message: text.trim(), stack: text.trim() };
}
