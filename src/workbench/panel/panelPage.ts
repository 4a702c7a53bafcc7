import { randomBytes } from 'node:crypto';
import * as vscode from 'vscode';

/** The folders that the page of a panel may load from. */
export function resourceRoots(extension: vscode.Uri): vscode.Uri[] {
  return [vscode.Uri.joinPath(extension, 'dist')];
}

/** What differs between the pages of panels. */
export interface PanelPage {
  title: string;
  /** File of the folder dist that draws what the host sends. */
  script: string;
  style: string;
  /** The elements that the script looks for. */
  body: string;
  /** What the page may load beside its script and style, as directives of a content security policy. */
  policy?: readonly string[];
}

/** The page of a panel: one script, which draws what the host sends; nothing else may be loaded or run. */
export function panelPage(webview: vscode.Webview, extension: vscode.Uri, { title, script, style, body, policy = [] }: PanelPage): string {
  const nonce = randomBytes(16).toString('base64');
  const source = webview.asWebviewUri(vscode.Uri.joinPath(extension, 'dist', script)).toString();
  const allowed = ["default-src 'none'", `script-src 'nonce-${nonce}'`, `style-src ${webview.cspSource} 'unsafe-inline'`, ...policy];
  return `<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${allowed.join('; ')}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${title}</title>
<style>${style}</style>
</head>
<body>
${body}
<script type="module" nonce="${nonce}" src="${source}"></script>
</body>
</html>`;
}
