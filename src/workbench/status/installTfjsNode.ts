import * as vscode from 'vscode';
import type { Messages } from '../commands/messages';
import type { Services } from '../commands/services';
import { requireTrust } from '../trust/trust';

const TITLE = 'Install TensorFlow.js for Node (GPU)';
/** The package with its exact version, the newest; the pure packages of the same version are part of the extension. */
const PACKAGE = '@tensorflow/tfjs-node-gpu@4.22.0';
const DETAIL = [
  'npm will download @tensorflow/tfjs-node-gpu (302 MB) from its registry, and TensorFlow\'s own library from storage.googleapis.com, into this extension\'s storage folder.',
  'A GPU is used with CUDA 11.2 and cuDNN 8.1, on Linux or Windows x64; without them TensorFlow runs on the CPU.',
  'Nothing needs it: attributions run on ONNX Runtime, and TensorFlow.js models can be read without it.',
].join('\n\n');

/** Installs the native TensorFlow.js into the extension's storage, after asking, as a task whose output can be read. */
export async function installTfjsNode(services: Services, messages: Messages): Promise<void> {
  if (!requireTrust(TITLE, messages)) return;
  if (!(await messages.confirm('Install TensorFlow.js for Node with GPU support?', DETAIL, 'Install'))) return;
  const folder = tfjsNodeFolder(services.context);
  await vscode.workspace.fs.createDirectory(folder);
  const manifest = vscode.Uri.joinPath(folder, 'package.json');
  await vscode.workspace.fs.writeFile(manifest, Buffer.from('{"private":true}\n'));
  const code = await runNpmInstall(folder);
  if (code === undefined) return;
  const again = { label: 'Try Again', run: () => installTfjsNode(services, messages) };
  if (code !== 0) {
    messages.show('error', `npm could not install ${PACKAGE} (exit code ${code}). The terminal says why. npm must be on the PATH; its registry and storage.googleapis.com must be in reach.`, again);
    return;
  }
  await services.engine.restart();
  messages.show('information', 'TensorFlow.js for Node is installed, and the engine was restarted to look for it.', {
    label: 'Show Engine Status',
    run: () => vscode.commands.executeCommand('attributionLens.showStatus'),
  });
}

/** Where the native TensorFlow.js is installed; its `node_modules` may not exist. */
export function tfjsNodeFolder(context: vscode.ExtensionContext): vscode.Uri {
  return vscode.Uri.joinPath(context.globalStorageUri, 'tfjs-node');
}

/** Resolves with npm's exit code; undefined when the user ended it. */
async function runNpmInstall(folder: vscode.Uri): Promise<number | undefined> {
  const execution = new vscode.ShellExecution('npm', ['install', '--no-audit', '--no-fund', PACKAGE], { cwd: folder.fsPath });
  const task = new vscode.Task({ type: 'attributionLens' }, vscode.TaskScope.Workspace, TITLE, 'Attribution Lens', execution);
  task.presentationOptions = { reveal: vscode.TaskRevealKind.Always, clear: true };
  const running = await vscode.tasks.executeTask(task);
  return new Promise((resolve) => {
    const ended = vscode.tasks.onDidEndTaskProcess(({ execution: ending, exitCode }) => {
      if (ending !== running) return;
      ended.dispose();
      resolve(exitCode);
    });
  });
}
