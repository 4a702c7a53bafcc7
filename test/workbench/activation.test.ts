import assert from 'node:assert/strict';
import fs from 'node:fs';
import * as vscode from 'vscode';
import type { Exports } from '../../src/extension';

describe('activation', () => {
  it('takes a measured time and starts no process', async () => {
    const extension = vscode.extensions.getExtension<Exports>('attribution-lens.attribution-lens');
    assert.ok(extension, 'VS Code does not know the extension');
    assert.equal(extension.isActive, false, 'this test has to run before all others');
    const start = performance.now();
    const { engine } = await extension.activate();
    const milliseconds = performance.now() - start;
    assert.equal(engine.pid, undefined);
    const output = `  activation, loading included: ${milliseconds.toFixed(1)} ms\n`;
    fs.appendFileSync(process.env.ATTRIBUTION_LENS_RESULTS!, `${JSON.stringify({ output })}\n`);
  });
});
