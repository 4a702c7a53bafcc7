import assert from 'node:assert/strict';
import * as vscode from 'vscode';
import type { Exports } from '../../src/extension';
import type { RequestMap } from '../../src/protocol/messages';
import type { ShownMessage } from '../../src/workbench/commands/messages';
import type { EngineClient } from '../../src/workbench/engineClient';

/** Longer than a slow machine needs for what comes at all. */
const PATIENCE_MILLISECONDS = 240_000;

/** The running extension. */
export async function lens(): Promise<Exports> {
  const extension = vscode.extensions.getExtension<Exports>('attribution-lens.attribution-lens');
  assert.ok(extension, 'VS Code does not know the extension');
  return extension.activate();
}

/** A file of the workspace, which is a copy of the samples. */
export function sample(path: string): vscode.Uri {
  const folder = vscode.workspace.workspaceFolders?.[0];
  assert.ok(folder, 'no folder is open');
  return vscode.Uri.joinPath(folder.uri, path);
}

/** Runs Attribute Selection as a user who presses Enter at every question. */
export function attributeSelection(argument?: unknown): Promise<void> {
  return pressingEnter(() => vscode.commands.executeCommand('attributionLens.attributeSelection', argument));
}

/** Runs something as a user who presses Enter at every question. */
export async function pressingEnter(run: () => PromiseLike<unknown>): Promise<void> {
  let done = false;
  const running = Promise.resolve(run()).finally(() => (done = true));
  while (!done) {
    await vscode.commands.executeCommand('workbench.action.acceptSelectedQuickOpenItem');
    await delay(100);
  }
  await running;
}

/** The first message that the extension shows while something runs. */
export async function messageOf(run: () => Promise<unknown>): Promise<ShownMessage> {
  const { messages } = (await lens()).commands;
  const shown: ShownMessage[] = [];
  const listener = messages.onDidShow((message) => shown.push(message));
  try {
    await run();
    await until('a message', () => shown.length > 0);
    assert.equal(shown.length, 1, `one message, not ${JSON.stringify(shown.map(({ text }) => text))}`);
    return shown[0];
  } finally {
    listener.dispose();
  }
}

/** The texts of a message's buttons. */
export function buttons({ actions }: ShownMessage): string[] {
  return actions.map(({ label }) => label);
}

/** Opens an editor on a text, with everything between the marks `[[` and `]]` selected if there are any. */
export async function openText(content: string, language: string): Promise<vscode.TextEditor> {
  const start = content.indexOf('[[');
  const plain = content.replace('[[', '');
  const end = plain.indexOf(']]');
  const document = await vscode.workspace.openTextDocument({ content: plain.replace(']]', ''), language });
  const editor = await vscode.window.showTextDocument(document, vscode.ViewColumn.One);
  await until('the new editor', () => vscode.window.activeTextEditor?.document === document);
  if (start >= 0) await select(editor, new vscode.Selection(document.positionAt(start), document.positionAt(end)));
  return editor;
}

/** Waits until something is so. */
export async function until(what: string, holds: () => unknown): Promise<void> {
  const late = Date.now() + PATIENCE_MILLISECONDS;
  while (!(await holds())) {
    assert.ok(Date.now() < late, `${what} did not come within ${PATIENCE_MILLISECONDS / 1000} s`);
    await delay(30);
  }
}

/** Selects a part of an editor; a window that has just opened it can tell of another selection meanwhile. */
export async function select(editor: vscode.TextEditor, selection: vscode.Selection): Promise<void> {
  await until('the selection', async () => {
    editor.selection = selection;
    // There and back: what the window told before has come.
    await vscode.commands.executeCommand('setContext', 'attributionLens.selected', true);
    return editor.selection.isEqual(selection);
  });
}

/** Runs something that asks a process, which is killed as soon as it was asked. */
export async function killedWhenAsked<R extends RequestMap<R>>(client: EngineClient<R>, run: () => Promise<unknown>): Promise<void> {
  const { pid, request } = client;
  assert.ok(pid);
  client.request = (...asked: Parameters<typeof request>) => {
    client.request = request;
    const answer = client.request(...asked);
    process.kill(pid, 'SIGKILL');
    return answer as Promise<never>;
  };
  await run();
}

/** Closes all tabs, without saving, also those that a command has just opened. */
export async function closeAll(): Promise<void> {
  await vscode.commands.executeCommand('workbench.action.revertAndCloseActiveEditor');
  await until('the last tab to close', async () => {
    await vscode.window.tabGroups.close(tabs());
    return tabs().length === 0;
  });
}

const tabs = (): vscode.Tab[] => vscode.window.tabGroups.all.flatMap((group) => group.tabs);

export function delay(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}
