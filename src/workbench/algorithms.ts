import * as vscode from 'vscode';
import type { AlgorithmFile, EngineRequests } from '../protocol/engine';
import type { AlgorithmRegistration } from '../protocol/extensionApi';

/** A process that is told of the algorithms. */
interface Process {
  /** Undefined while it does not run; it is told when it starts. */
  readonly pid: number | undefined;
  request(method: 'algorithms', params: EngineRequests['algorithms']['params']): Promise<EngineRequests['algorithms']['result']>;
}

/** The algorithms that other extensions have registered, and the processes that offer them. */
export class Algorithms implements vscode.Disposable {
  private readonly files = new Map<string, AlgorithmFile>();
  private readonly processes = new Set<Process>();
  private readonly trust: vscode.Disposable;

  constructor(private readonly log: vscode.LogOutputChannel) {
    this.trust = vscode.workspace.onDidGrantWorkspaceTrust(() => this.tellAll());
  }

  /** @throws Error when the name is taken, or is no name of a class, or the module is no file. */
  register({ name, description, module }: AlgorithmRegistration): vscode.Disposable {
    if (!/^[A-Za-z_$][\w$]*$/.test(name)) throw new Error(`Algorithm '${name}': its name must be that of a class`);
    if (this.files.has(name)) throw new Error(`Algorithm '${name}' is registered already`);
    if (module.scheme !== 'file') throw new Error(`Algorithm '${name}': its module must be a file, got the scheme '${module.scheme}'`);
    this.files.set(name, { name, description, file: module.fsPath });
    this.tellAll();
    return new vscode.Disposable(() => {
      if (this.files.delete(name)) this.tellAll();
    });
  }

  /** What a process is asked first when it starts; undefined where there is nothing to say, or nothing may run. */
  readonly introduction = (): { method: 'algorithms'; params: EngineRequests['algorithms']['params'] } | undefined =>
    this.files.size > 0 && vscode.workspace.isTrusted ? { method: 'algorithms', params: this.params } : undefined;

  /** Tells a process of every change until what it returns is disposed. */
  attach(process: Process): vscode.Disposable {
    this.processes.add(process);
    return new vscode.Disposable(() => this.processes.delete(process));
  }

  dispose(): void {
    this.trust.dispose();
    this.processes.clear();
  }

  private get params(): EngineRequests['algorithms']['params'] {
    return { algorithms: [...this.files.values()] };
  }

  private tellAll(): void {
    if (!vscode.workspace.isTrusted) return;
    for (const process of this.processes) if (process.pid !== undefined) void this.tell(process);
  }

  private async tell(process: Process): Promise<void> {
    try {
      for (const { name, problem } of await process.request('algorithms', this.params)) this.log.error(`Algorithm '${name}' cannot be used: ${problem}`);
    } catch (error) {
      this.log.error(error instanceof Error ? error : String(error));
    }
  }
}
