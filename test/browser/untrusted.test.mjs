// An untrusted workspace, in a real VS Code: nothing runs, and each command says so with the way to change it.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { ensureVSCode } from '../host/ensure.mjs';
import { extensionId } from '../host/paths.mjs';
import { startVSCode } from '../host/vscode.mjs';

const workspace = fs.mkdtempSync(path.join(os.tmpdir(), 'attribution-lens-untrusted-'));
let code;

before(async () => {
  fs.writeFileSync(path.join(workspace, 'main.rs'), 'fn main() {}\n');
  const settings = { 'security.workspace.trust.enabled': true, 'security.workspace.trust.startupPrompt': 'never' };
  code = await startVSCode({ vscode: await ensureVSCode(), workspace, settings });
});
after(async () => {
  await code?.close();
  fs.rmSync(workspace, { recursive: true, force: true });
});

for (const command of ['attributeSelection', 'showStatus', 'restartEngine', 'installTfjsNode']) {
  test(`${command} refuses and starts no process`, async () => {
    const { text, buttons, trusted, pid } = await code.evaluate(async (vscode, id, command, folder) => {
      await vscode.window.showTextDocument(vscode.Uri.file(`${folder}/main.rs`));
      const { commands, engine } = await vscode.extensions.getExtension(id).activate();
      const shown = new Promise((resolve) => { const listener = commands.messages.onDidShow((message) => { listener.dispose(); resolve(message); }); });
      await vscode.commands.executeCommand(`attributionLens.${command}`);
      const { text, actions } = await shown;
      return { text, buttons: actions.map(({ label }) => label), trusted: vscode.workspace.isTrusted, pid: engine.pid ?? null };
    }, extensionId, command, workspace);
    assert.equal(trusted, false);
    assert.match(text, /needs a trusted workspace/);
    assert.deepEqual(buttons, ['Manage Workspace Trust']);
    assert.equal(pid, null);
  });
}

test('the button opens the editor for workspace trust', async () => {
  await code.page.getByRole('button', { name: 'Manage Workspace Trust' }).first().click();
  await code.page.getByText('You are in Restricted Mode').waitFor();
});
