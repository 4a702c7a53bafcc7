import * as vscode from 'vscode';

/**
 * Asks where a picture goes and writes it there.
 *
 * @param png base64 of a PNG file.
 */
export async function savePicture(png: string, suggestedName: string): Promise<void> {
  const folder = vscode.workspace.workspaceFolders?.[0]?.uri;
  const name = suggestedName.replace(/[^\w.-]+/g, '-');
  const chosen = await vscode.window.showSaveDialog({
    defaultUri: folder && vscode.Uri.joinPath(folder, name),
    filters: { 'PNG image': ['png'] },
    title: 'Export Picture',
  });
  if (chosen) await vscode.workspace.fs.writeFile(chosen, Buffer.from(png, 'base64'));
}
