import * as vscode from 'vscode';
import type { Services } from '../commands/services';
import { withJobProgress } from '../commands/progress';
import { statusDocument } from './statusDocument';

const SCHEME = 'attribution-lens-status';
const ADDRESS = vscode.Uri.from({ scheme: SCHEME, path: '/Engine Status.md' });

/** Shows the status of the engine as a Markdown preview, from which everything can be copied. */
export class StatusView implements vscode.TextDocumentContentProvider, vscode.Disposable {
  private readonly changed = new vscode.EventEmitter<vscode.Uri>();
  readonly onDidChange = this.changed.event;
  private text = '';
  private readonly registration = vscode.workspace.registerTextDocumentContentProvider(SCHEME, this);

  constructor(private readonly services: Services) {}

  provideTextDocumentContent(): string {
    return this.text;
  }

  async show(): Promise<void> {
    const { engine, endpoint, context } = this.services;
    const [status, python] = await withJobProgress('Asking the engine', (job) => Promise.all([engine.request('status', {}, job), endpoint.status()]));
    const { version } = context.extension.packageJSON as { version: string };
    this.text = statusDocument(status, python, { extension: version, vscode: vscode.version });
    this.changed.fire(ADDRESS);
    try {
      await vscode.commands.executeCommand('markdown.showPreview', ADDRESS);
    } catch {
      // The built-in Markdown extension is switched off: its source reads well too.
      await vscode.window.showTextDocument(ADDRESS, { preview: true });
    }
  }

  dispose(): void {
    this.registration.dispose();
    this.changed.dispose();
  }
}
