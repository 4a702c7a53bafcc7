import * as vscode from 'vscode';

/** The samples with what they show, in the order of the picker. */
const SAMPLES = [
  { file: 'photo.ipynb', label: 'A Photograph and an Image Classifier', detail: 'Which pixels say espresso: EfficientNet-Lite0 on a photograph' },
  { file: 'captum-talk.ipynb', label: 'The Models of the Captum Talk', detail: 'ToyModel and Net with their attributions and convergence deltas' },
  { file: 'captum-talk-python.ipynb', label: 'The Captum Talk in Python', detail: 'The talk\'s code with PyTorch: one import changed; needs the Jupyter extension' },
  { file: 'language-detector.ipynb', label: 'VS Code\'s Language Detection', detail: 'Which tokens make this Rust, and why it is not C' },
  { file: 'your-own-algorithm.ipynb', label: 'An Algorithm of Your Own', detail: 'A few lines by gradients or by perturbation, with noise, in every picker' },
];

/**
 * Opens a sample notebook from a copy in the extension's storage, so that it can be changed and saved.
 *
 * @param argument the file name of a sample; asked for when it is none.
 */
export async function openSample(context: vscode.ExtensionContext, argument: unknown): Promise<void> {
  const sample = SAMPLES.find(({ file }) => file === argument)
    ?? (await vscode.window.showQuickPick(SAMPLES, { title: 'Open Sample Notebook', placeHolder: 'Sample', matchOnDetail: true }));
  if (!sample) return;
  const version = (context.extension.packageJSON as { version: string }).version;
  const folder = vscode.Uri.joinPath(context.globalStorageUri, 'samples', version);
  const file = vscode.Uri.joinPath(folder, sample.file);
  if (!(await exists(file))) {
    await vscode.workspace.fs.createDirectory(vscode.Uri.joinPath(folder, '..'));
    await vscode.workspace.fs.copy(vscode.Uri.joinPath(context.extensionUri, 'media/samples'), folder, { overwrite: true });
  }
  await vscode.window.showNotebookDocument(await vscode.workspace.openNotebookDocument(file));
}

async function exists(uri: vscode.Uri): Promise<boolean> {
  try {
    await vscode.workspace.fs.stat(uri);
    return true;
  } catch {
    return false;
  }
}
