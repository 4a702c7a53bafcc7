import * as vscode from 'vscode';
import { LensError } from '../../protocol/errors';
import type { PythonKernelFacts, PythonRequests } from '../../protocol/python';
import type { EndpointProcess } from './endpointProcess';
import { isDenied, JupyterKernels, type Kernel } from './jupyter';
import { KernelCode } from './kernelCode';
import { NewKernels } from './newKernels';

/** Where it is remembered that the user lets us run code in kernels. */
const ALLOWED = 'pythonKernels.allowed';

/** The type of the notebook that an interactive window is. */
export const INTERACTIVE_WINDOW = 'interactive';

/** The notebooks whose kernels Jupyter runs. */
export const PYTHON_NOTEBOOK_TYPES = ['jupyter-notebook', INTERACTIVE_WINDOW];

/** What a kernel is asked for a hover or a command. */
export interface PythonKernel {
  readonly status: Kernel['status'];
  readonly onDidChangeStatus: Kernel['onDidChangeStatus'];
  ask<K extends keyof PythonRequests>(method: K, params: PythonRequests[K]['params']): Promise<PythonRequests[K]['result']>;
}

/**
 * The Python kernels of notebooks. Code runs in them only after the user has allowed it: {@link connect} asks, by
 * Jupyter's own question; everything else does nothing before.
 */
export class PythonKernels implements vscode.Disposable {
  private readonly code: KernelCode;
  private readonly newKernels: NewKernels;
  private readonly packageFolder: string;
  /** The kernels that know the endpoint, by its file. */
  private readonly connected = new WeakMap<Kernel, string>();
  private readonly connecting = new WeakMap<Kernel, Promise<PythonKernelFacts>>();
  private readonly watched = new WeakSet<Kernel>();
  private readonly subscriptions: vscode.Disposable[] = [];
  private readonly connectedEmitter = new vscode.EventEmitter<vscode.NotebookDocument>();
  /** A kernel was connected without having been asked for. */
  readonly onDidConnect = this.connectedEmitter.event;

  constructor(
    private readonly context: vscode.ExtensionContext,
    private readonly endpoint: EndpointProcess,
    private readonly log: vscode.LogOutputChannel,
    readonly jupyter = new JupyterKernels(),
  ) {
    this.packageFolder = context.asAbsolutePath('media/python');
    this.code = new KernelCode(context.asAbsolutePath('media/python-editor'));
    this.newKernels = new NewKernels(this.packageFolder, endpoint);
    if (this.isAllowed) this.newKernels.findPackage();
    this.subscriptions.push(
      this.newKernels,
      this.connectedEmitter,
      endpoint.onDidMove(() => vscode.workspace.notebookDocuments.forEach((notebook) => void this.connectQuietly(notebook))),
      vscode.workspace.onDidOpenNotebookDocument((notebook) => this.prepare(notebook)),
      vscode.workspace.onDidChangeNotebookDocument(({ notebook, cellChanges }) => {
        if (!isPython(notebook) || !cellChanges.some(({ executionSummary }) => executionSummary)) return;
        this.prepare(notebook);
        void this.connectQuietly(notebook);
      }),
    );
    vscode.workspace.notebookDocuments.forEach((notebook) => this.prepare(notebook));
  }

  /** Whether the user has let us run code in kernels; nothing asks as long as not. */
  get isAllowed(): boolean {
    return vscode.workspace.isTrusted && this.context.globalState.get(ALLOWED) === true;
  }

  /** The kernel of a notebook for questions that must not ask the user; undefined when it is not allowed or has not started. */
  async allowedKernel(uri: vscode.Uri): Promise<PythonKernel | undefined> {
    if (!this.isAllowed) return undefined;
    const kernel = await this.jupyter.kernelOf(uri);
    if (kernel?.language !== 'python') return undefined;
    return {
      get status() {
        return kernel.status;
      },
      onDidChangeStatus: kernel.onDidChangeStatus,
      ask: (method, params) => this.allowing(() => this.code.ask(kernel, method, params)),
    };
  }

  /**
   * Makes the package importable in a kernel, and tells it where the engine of this window listens. Jupyter asks the user
   * the first time.
   *
   * @throws LensError when the engine does not start or the kernel does not answer; Jupyter's error when the user denies it.
   */
  async connect(kernel: Kernel): Promise<PythonKernelFacts> {
    const running = this.connecting.get(kernel);
    if (running) return running;
    const facts = this.connectNow(kernel).finally(() => this.connecting.delete(kernel));
    this.connecting.set(kernel, facts);
    return facts;
  }

  dispose(): void {
    for (const subscription of this.subscriptions) subscription.dispose();
  }

  private async connectNow(kernel: Kernel): Promise<PythonKernelFacts> {
    const { file } = await this.endpoint.listen();
    if (!file) throw new LensError('engine-stopped', 'The engine that serves Python does not listen', 'Run "Attribution Lens: Restart Engine".');
    const facts = await this.allowing(() => this.code.ask(kernel, 'connect', { folder: this.packageFolder, endpoint: file }));
    this.connected.set(kernel, file);
    this.newKernels.findPackage();
    this.watch(kernel);
    return facts;
  }

  /** Connects the kernel of a notebook if it has started, is not connected, and the user has allowed it. */
  private async connectQuietly(notebook: vscode.NotebookDocument): Promise<void> {
    if (!this.isAllowed || !isPython(notebook)) return;
    try {
      const kernel = await this.jupyter.kernelOf(notebook.uri);
      if (kernel?.language !== 'python' || (this.endpoint.file !== undefined && this.connected.get(kernel) === this.endpoint.file)) return;
      const { problem } = await this.connect(kernel);
      if (problem) this.log.warn(`The Python kernel of ${notebook.uri.path} is not connected: ${problem}`);
      else this.connectedEmitter.fire(notebook);
    } catch (error) {
      this.log.warn(`The Python kernel of ${notebook.uri.path} is not connected: ${error instanceof Error ? error.message : String(error)}`);
    }
  }

  /** Kernels that start again have forgotten what they were told. */
  private watch(kernel: Kernel): void {
    if (this.watched.has(kernel)) return;
    this.watched.add(kernel);
    kernel.onDidChangeStatus((status) => {
      if (['restarting', 'autorestarting', 'dead', 'terminating'].includes(status)) this.connected.delete(kernel);
      else if (status === 'idle' && !this.connected.has(kernel) && this.isAllowed) void this.connect(kernel).catch((error: unknown) => this.log.warn(String(error)));
    }, undefined, this.subscriptions);
  }

  /** Starts the engine before the first cell of a notebook that uses the package asks for it. */
  private prepare(notebook: vscode.NotebookDocument): void {
    if (!vscode.workspace.isTrusted || this.endpoint.pid !== undefined || !isPython(notebook)) return;
    const uses = notebook.getCells().some(({ document }) => document.languageId === 'python' && document.getText().includes('attribution_lens'));
    if (uses) void this.endpoint.listen().catch((error: unknown) => this.log.warn(String(error)));
  }

  /** Remembers whether the user let code run in a kernel. */
  private async allowing<T>(run: () => Promise<T>): Promise<T> {
    try {
      const result = await run();
      if (!this.isAllowed) await this.context.globalState.update(ALLOWED, true);
      return result;
    } catch (error) {
      if (isDenied(error)) await this.context.globalState.update(ALLOWED, undefined);
      throw error;
    }
  }
}

/** Whether a notebook has cells of Python. */
export function isPython(notebook: vscode.NotebookDocument): boolean {
  return PYTHON_NOTEBOOK_TYPES.includes(notebook.notebookType) && notebook.getCells().some(({ document }) => document.languageId === 'python');
}
