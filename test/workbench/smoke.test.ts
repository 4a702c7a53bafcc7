import assert from 'node:assert/strict';
import * as vscode from 'vscode';

describe('the extension', () => {
  const extension = () => {
    const found = vscode.extensions.getExtension('attribution-lens.attribution-lens');
    assert.ok(found, 'VS Code does not know the extension');
    return found;
  };

  it('activates', async () => {
    await extension().activate();
    assert.equal(extension().isActive, true);
  });

  it('registers every command of its manifest', async () => {
    await extension().activate();
    const registered = new Set(await vscode.commands.getCommands(true));
    const declared: { command: string }[] = extension().packageJSON.contributes.commands;
    assert.ok(declared.length > 0);
    assert.deepEqual(declared.map(({ command }) => command).filter((command) => !registered.has(command)), []);
  });
});
