import * as vscode from 'vscode';
import { ENDPOINT_VARIABLE, type EndpointRequests, type EndpointStatus } from '../../protocol/endpoint';
import { LensError } from '../../protocol/errors';
import { EngineClient, type RequestOptions } from '../engineClient';
import { processEnvironment } from '../processEnvironment';

/** A process that ends sooner after its start is not started again by itself, in milliseconds. */
const QUICK_END = 10_000;

/**
 * The engine process of this window that serves Python: kernels and scripts connect to it. It starts when it is first
 * needed, and again when it ended by itself; from then on new terminals know it by the environment variable
 * ATTRIBUTION_LENS_ENDPOINT.
 */
export class EndpointProcess implements vscode.Disposable {
  private readonly client: EngineClient<EndpointRequests>;
  private readonly variables: vscode.EnvironmentVariableCollection;
  private readonly folders: vscode.Disposable;
  private started = 0;
  private lastFile: string | undefined;
  private readonly moved = new vscode.EventEmitter<string>();
  /** It listens, and the endpoint file is another one than before. */
  readonly onDidMove = this.moved.event;

  constructor(
    context: vscode.ExtensionContext,
    private readonly log: vscode.LogOutputChannel,
  ) {
    this.variables = context.environmentVariableCollection;
    this.variables.persistent = false;
    this.variables.description = 'Lets Python use the attribution engine of this window';
    this.client = new EngineClient<EndpointRequests>({
      script: context.asAbsolutePath('dist/endpoint.js'),
      name: 'Python endpoint',
      env: processEnvironment(context),
      log: (line) => log.info(line),
      onDidCrash: () => this.crashed(),
    });
    this.folders = vscode.workspace.onDidChangeWorkspaceFolders(() => this.again());
  }

  /** The process id while it runs. */
  get pid(): number | undefined {
    return this.client.pid;
  }

  /** The endpoint file while it listens. */
  get file(): string | undefined {
    return this.pid === undefined ? undefined : this.lastFile;
  }

  /**
   * Starts the process when it does not run yet, and resolves with where it listens.
   *
   * @throws LensError `untrusted-workspace`; `engine-stopped` when it does not start.
   */
  async listen(): Promise<EndpointStatus> {
    if (!vscode.workspace.isTrusted) throw new LensError('untrusted-workspace', 'Python is served only in a trusted workspace');
    if (this.pid === undefined) this.started = Date.now();
    const workspaceFolders = (vscode.workspace.workspaceFolders ?? []).filter(({ uri }) => uri.scheme === 'file').map(({ uri }) => uri.fsPath);
    const status = await this.client.request('listen', { workspaceFolders });
    if (status.file) this.variables.replace(ENDPOINT_VARIABLE, status.file);
    if (status.file && status.file !== this.lastFile) {
      this.lastFile = status.file;
      this.moved.fire(status.file);
    }
    return status;
  }

  /** Where it listens and who is connected; undefined while it does not run. */
  async status(): Promise<EndpointStatus | undefined> {
    return this.pid === undefined ? undefined : this.client.request('endpointStatus', {});
  }

  /** Asks the process something; it must run. */
  async request<K extends keyof EndpointRequests>(method: K, params: EndpointRequests[K]['params'], options?: RequestOptions): Promise<EndpointRequests[K]['result']> {
    if (this.pid === undefined) throw new LensError('engine-stopped', 'The engine that serves Python is not running', 'Run the cell again.');
    return this.client.request(method, params, options);
  }

  /** Ends the process, if it runs, and starts a fresh one; Python connects anew with its next call. */
  async restart(): Promise<void> {
    if (this.pid === undefined) return;
    await this.client.stop('was restarted');
    this.variables.clear();
    await this.listen();
  }

  dispose(): void {
    this.folders.dispose();
    this.moved.dispose();
    this.variables.clear();
    this.client.dispose();
  }

  private crashed(): void {
    this.variables.clear();
    if (Date.now() - this.started > QUICK_END) this.again(true);
  }

  /** Listens again; nobody waits for it. */
  private again(force = this.pid !== undefined): void {
    if (force) void this.listen().catch((error: unknown) => this.log.error(error instanceof Error ? error.message : String(error)));
  }
}
