import { randomBytes } from 'node:crypto';
import * as vscode from 'vscode';

/** The folders that the page of a panel may load from. */
export function resourceRoots(extension: vscode.Uri): vscode.Uri[] {
  return [vscode.Uri.joinPath(extension, 'dist')];
}

/** The page of a panel: one script, which draws what the host sends; nothing else may be loaded or run. */
export function panelPage(webview: vscode.Webview, extension: vscode.Uri): string {
  const nonce = randomBytes(16).toString('base64');
  const script = webview.asWebviewUri(vscode.Uri.joinPath(extension, 'dist/panel.js'));
  const policy = [
    "default-src 'none'",
    `script-src 'nonce-${nonce}'`,
    `style-src ${webview.cspSource} 'unsafe-inline'`,
    `img-src ${webview.cspSource} data: blob:`,
    `font-src ${webview.cspSource} data:`,
  ].join('; ');
  return `<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Attribution</title>
<style>
body { padding: 12px 20px; }
.note { margin: 0 0 12px; color: var(--vscode-descriptionForeground); }
</style>
</head>
<body>
<main id="attribution"></main>
<script type="module" nonce="${nonce}" src="${script}"></script>
</body>
</html>`;
}
