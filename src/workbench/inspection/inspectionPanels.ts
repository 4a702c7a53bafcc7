import * as vscode from 'vscode';
import type { ModelInspection } from '../../protocol/engine';
import { post, receive } from '../../protocol/messages';
import { panelPage, resourceRoots } from '../panel/panelPage';
import { newNotebook } from '../kernel/newNotebook';
import { modelNotebook } from './modelNotebook';
import { STYLE } from './style';
import type { HostToInspection, InspectionToHost } from './protocol';

interface Shown {
  readonly panel: vscode.WebviewPanel;
  found: ModelInspection;
}

/** The pages of Inspect Model, one for each file. */
export class InspectionPanels implements vscode.Disposable {
  private readonly panels = new Map<string, Shown>();

  constructor(private readonly extension: vscode.Uri) {}

  /** Shows what was found in a file; a page that it has already is drawn anew. */
  show(uri: vscode.Uri, found: ModelInspection): void {
    const key = uri.toString();
    const open = this.panels.get(key);
    if (open) {
      open.found = found;
      open.panel.reveal();
      this.post(open);
      return;
    }
    const panel = vscode.window.createWebviewPanel('attributionLens.inspection', `Model: ${found.name}`, vscode.ViewColumn.Active, { enableScripts: true, localResourceRoots: resourceRoots(this.extension), retainContextWhenHidden: true });
    const shown: Shown = { panel, found };
    this.panels.set(key, shown);
    panel.iconPath = vscode.Uri.joinPath(this.extension, 'media/icon.png');
    panel.webview.onDidReceiveMessage((message: unknown) =>
      receive<InspectionToHost>(message, {
        ready: () => this.post(shown),
        openNotebook: () => void newNotebook(modelNotebook(uri.fsPath, shown.found)),
        copy: ({ text }) => void vscode.env.clipboard.writeText(text),
      }),
    );
    panel.onDidDispose(() => this.panels.delete(key));
    panel.webview.html = panelPage(panel.webview, this.extension, PAGE);
  }

  /** What is shown of a file at present. */
  content(uri: vscode.Uri): ModelInspection | undefined {
    return this.panels.get(uri.toString())?.found;
  }

  dispose(): void {
    for (const { panel } of [...this.panels.values()]) panel.dispose();
  }

  private post({ panel, found }: Shown): void {
    post<HostToInspection, 'show'>((message) => panel.webview.postMessage(message), 'show', found);
  }
}

/** The page loads its script and nothing else. */
const PAGE = { title: 'Model', script: 'inspection.js', style: STYLE, body: '<main id="inspection"></main>\n<div id="said" class="said" role="status"></div>' };
