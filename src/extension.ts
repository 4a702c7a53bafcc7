import * as vscode from 'vscode';

/** Wires the parts together; everything heavy is loaded when it is first used. */
export function activate(context: vscode.ExtensionContext): void {
  const log = vscode.window.createOutputChannel('Attribution Lens', { log: true });
  context.subscriptions.push(log);
}
