import * as os from 'node:os';
import * as path from 'node:path';
import * as vscode from 'vscode';
import type { AttributionBundle } from '../../protocol/output';
import type { JobProgress } from '../../protocol/renderer';
import type { Algorithms } from '../algorithms';
import type { KernelAccess } from '../commands/services';
import { processEnvironment } from '../processEnvironment';
import { KernelSession, type KernelState } from './kernelSession';
import { CONTROLLER_ID, isOurs, LANGUAGES, markAsOurs, NOTEBOOK_TYPE } from './kernelSpec';
import { attributionItems, attributionOutput, findOutput, outputIdOf } from './outputs';

/** The TypeScript kernel of notebooks: one process for each notebook whose cells have run. */
export class NotebookKernels implements KernelAccess, vscode.Disposable {
  private readonly controller: vscode.NotebookController;
  private readonly sessions = new Map<vscode.NotebookDocument, KernelSession>();
  private readonly selected = new Set<vscode.NotebookDocument>();
  private readonly subscriptions: vscode.Disposable[] = [];
  private readonly changed = new vscode.EventEmitter<vscode.NotebookDocument>();
  /** A session began, ended, or became busy or idle. */
  readonly onDidChange = this.changed.event;

  constructor(
    private readonly context: vscode.ExtensionContext,
    private readonly log: vscode.LogOutputChannel,
    private readonly algorithms: Algorithms,
  ) {
    this.controller = vscode.notebooks.createNotebookController(CONTROLLER_ID, NOTEBOOK_TYPE, 'TypeScript (Attribution Lens)');
    this.controller.supportedLanguages = LANGUAGES;
    this.controller.supportsExecutionOrder = true;
    this.controller.detail = 'TypeScript and JavaScript with tf and the attribution API in scope';
    this.controller.executeHandler = (cells, notebook) => this.execute(notebook, cells);
    this.controller.interruptHandler = (notebook) => this.sessions.get(notebook)?.interrupt();
    this.subscriptions.push(
      this.controller,
      this.changed,
      this.controller.onDidChangeSelectedNotebooks(({ notebook, selected }) => {
        if (selected) this.selected.add(notebook);
        else this.selected.delete(notebook);
        if (!selected) this.close(notebook);
        this.changed.fire(notebook);
      }),
      vscode.workspace.onDidOpenNotebookDocument((notebook) => this.claim(notebook)),
      vscode.workspace.onDidCloseNotebookDocument((notebook) => this.close(notebook)),
    );
    for (const notebook of vscode.workspace.notebookDocuments) this.claim(notebook);
  }

  /** Whether our kernel is the one chosen for a notebook. */
  isSelected(notebook: vscode.NotebookDocument): boolean {
    return this.selected.has(notebook);
  }

  cellOf(document: vscode.TextDocument): vscode.NotebookCell | undefined {
    for (const notebook of this.selected) {
      const cell = notebook.getCells().find((candidate) => candidate.document === document);
      if (cell) return cell;
    }
    return undefined;
  }

  /** The ids of the attributions that a notebook shows. */
  outputIds(notebook: vscode.NotebookDocument): string[] {
    return notebook.getCells().flatMap(({ outputs }) => outputs.map(outputIdOf).filter((id) => id !== undefined));
  }

  progress(notebook: vscode.NotebookDocument): JobProgress | undefined {
    return this.sessions.get(notebook)?.progress;
  }

  state(notebook: vscode.NotebookDocument): KernelState {
    return this.sessions.get(notebook)?.state ?? 'not started';
  }

  session(notebook: vscode.NotebookDocument): KernelSession['client'] | undefined {
    const session = this.sessions.get(notebook);
    return session?.isLive ? session.client : undefined;
  }

  async appendOutput(cell: vscode.NotebookCell, bundle: AttributionBundle): Promise<void> {
    await this.start(cell.notebook).edit(cell, (execution) => execution.appendOutput(attributionOutput(bundle)));
  }

  /** Puts a newer result in place of the output with its id; false if the output is gone. */
  async replaceOutput(notebook: vscode.NotebookDocument, bundle: AttributionBundle): Promise<boolean> {
    const found = findOutput(notebook, bundle.output.id);
    if (!found) return false;
    await this.start(notebook).edit(found.cell, (execution) => execution.replaceOutputItems(attributionItems(bundle), found.output));
    return true;
  }

  async restart(notebook: vscode.NotebookDocument): Promise<void> {
    await this.sessions.get(notebook)?.restart();
  }

  dispose(): void {
    for (const session of this.sessions.values()) session.dispose();
    this.sessions.clear();
    for (const subscription of this.subscriptions) subscription.dispose();
  }

  private async execute(notebook: vscode.NotebookDocument, cells: vscode.NotebookCell[]): Promise<void> {
    await this.start(notebook).execute(cells);
    await markAsOurs(notebook);
  }

  private start(notebook: vscode.NotebookDocument): KernelSession {
    const known = this.sessions.get(notebook);
    if (known) return known;
    const folder = folderOf(notebook);
    const session = new KernelSession(notebook, this.controller, {
      script: this.context.asAbsolutePath('dist/kernelProcess.js'),
      cwd: folder,
      env: kernelEnvironment(this.context, folder),
      log: (line) => this.log.info(`${path.basename(notebook.uri.path)}: ${line}`),
      introduction: this.algorithms.introduction,
    });
    this.subscriptions.push(this.algorithms.attach(session.client), session.onDidChangeState(() => this.changed.fire(notebook)));
    this.sessions.set(notebook, session);
    return session;
  }

  private close(notebook: vscode.NotebookDocument): void {
    this.sessions.get(notebook)?.dispose();
    this.sessions.delete(notebook);
  }

  private claim(notebook: vscode.NotebookDocument): void {
    if (notebook.notebookType !== NOTEBOOK_TYPE) return;
    const affinity = isOurs(notebook) ? vscode.NotebookControllerAffinity.Preferred : vscode.NotebookControllerAffinity.Default;
    this.controller.updateNotebookAffinity(notebook, affinity);
  }
}

/** Where imports and file names of a notebook start: its folder, else the workspace, else the home folder. */
function folderOf({ uri }: vscode.NotebookDocument): string {
  if (uri.scheme === 'file') return path.dirname(uri.fsPath);
  return vscode.workspace.workspaceFolders?.find((folder) => folder.uri.scheme === 'file')?.uri.fsPath ?? os.homedir();
}

/** As of any process; native packages of TensorFlow.js are looked for in the notebook's folder first. */
function kernelEnvironment(context: vscode.ExtensionContext, folder: string): Readonly<Record<string, string>> {
  const shared = processEnvironment(context);
  const folders = [folder, shared.ATTRIBUTION_LENS_TFJS_FOLDERS].join(path.delimiter);
  // What is read when a process starts stays a getter.
  return Object.create(null, { ...Object.getOwnPropertyDescriptors(shared), ATTRIBUTION_LENS_TFJS_FOLDERS: { value: folders, enumerable: true } }) as Record<string, string>;
}
