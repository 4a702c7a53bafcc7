import { randomBytes } from 'node:crypto';
import * as vscode from 'vscode';
import type { ModelInspection } from '../../protocol/engine';
import { post, receive } from '../../protocol/messages';
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
    const dist = vscode.Uri.joinPath(this.extension, 'dist');
    const panel = vscode.window.createWebviewPanel('attributionLens.inspection', `Model: ${found.name}`, vscode.ViewColumn.Active, { enableScripts: true, localResourceRoots: [dist], retainContextWhenHidden: true });
    const shown: Shown = { panel, found };
    this.panels.set(key, shown);
    panel.iconPath = vscode.Uri.joinPath(this.extension, 'media/icon.png');
    panel.webview.onDidReceiveMessage((message: unknown) =>
      receive<InspectionToHost>(message, {
        ready: () => this.post(shown),
        copy: ({ text }) => void vscode.env.clipboard.writeText(text),
      }),
    );
    panel.onDidDispose(() => this.panels.delete(key));
    panel.webview.html = page(panel.webview, vscode.Uri.joinPath(dist, 'inspection.js'));
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

/** One script, which draws what the host sends; nothing else may be loaded or run. */
function page(webview: vscode.Webview, script: vscode.Uri): string {
  const nonce = randomBytes(16).toString('base64');
  return `<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; script-src 'nonce-${nonce}'; style-src ${webview.cspSource} 'unsafe-inline'">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Model</title>
<style>${STYLE}</style>
</head>
<body>
<main id="inspection"></main>
<div id="said" class="said" role="status"></div>
<script type="module" nonce="${nonce}" src="${webview.asWebviewUri(script).toString()}"></script>
</body>
</html>`;
}
