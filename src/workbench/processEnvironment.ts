import * as path from 'node:path';
import * as vscode from 'vscode';
import { tfjsNodeFolder } from './status/installTfjsNode';

const RUNTIME_SETTING = 'attributionLens.runtime';

/** What engine and kernel processes are told through their environment; settings are read when a process starts. */
export function processEnvironment(context: vscode.ExtensionContext): Readonly<Record<string, string>> {
  return {
    /** The models that can be loaded by name. */
    ATTRIBUTION_LENS_MODELS: context.asAbsolutePath(path.join('media', 'models')),
    /** Where native packages of TensorFlow.js are looked for. */
    ATTRIBUTION_LENS_TFJS_FOLDERS: tfjsNodeFolder(context).fsPath,
    /** The runtime that is tried first. */
    get ATTRIBUTION_LENS_RUNTIME() {
      return vscode.workspace.getConfiguration().get(RUNTIME_SETTING, 'auto');
    },
  };
}

/** Calls back when a setting changed that processes read when they start. */
export function onDidChangeProcessSettings(callback: () => unknown): vscode.Disposable {
  return vscode.workspace.onDidChangeConfiguration((event) => {
    if (event.affectsConfiguration(RUNTIME_SETTING)) void callback();
  });
}
