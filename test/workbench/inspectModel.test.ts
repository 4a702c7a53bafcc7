import assert from 'node:assert/strict';
import * as vscode from 'vscode';
import { modelNotebook } from '../../src/workbench/inspection/modelNotebook';
import { buttons, closeAll, lens, messageOf, sample, until } from './lens';

describe('Inspect Model', () => {
  after(closeAll);

  it('shows the ports, layers and operators of a file of the explorer', async () => {
    const net = sample('models/net.onnx');
    await vscode.commands.executeCommand('attributionLens.inspectModel', net);
    const found = (await lens()).commands.inspections.content(net);
    assert.deepEqual(found?.inputs.map(({ name, shape }) => [name, shape]), [['x', [-1, 1, 50, 50]]]);
    assert.deepEqual(found.layers[0], { name: 'conv1', op: 'Conv', shape: [1, 32, 46, 46] });
    assert.equal(found.operators.find(({ type }) => type === 'Conv')?.count, 3);
    assert.deepEqual(found.gradient.inputs, [{ name: 'x', differentiable: true }]);
    await until('its tab', () => vscode.window.tabGroups.all.some(({ tabs }) => tabs.some(({ label }) => label === 'Model: net.onnx')));
  });

  it('makes a notebook that loads the model and fits its input', async () => {
    for (const [name, ...wanted] of [
      ['net.onnx', /^const model = await loadModel\(".*net\.onnx"\)/, /loadImage\('picture\.jpg', \{ for: model \}\)/, /IntegratedGradients\(model\)\.attribute\(image, \{ target: classes\[0\]\.index\[0\] \}\)/],
      ['penguins.onnx', /penguins\.onnx/, /const input = tf\.zeros\(\[1, 4\]\);/, /attribute\(input, \{ target: 0 \}\)/],
    ] as const) {
      const file = sample(`models/${name}`);
      await vscode.commands.executeCommand('attributionLens.inspectModel', file);
      const cells = modelNotebook(file.fsPath, (await lens()).commands.inspections.content(file)!);
      assert.equal(cells.length, wanted.length);
      wanted.forEach((pattern, index) => assert.match(cells[index], pattern));
    }
  });

  it('offers to choose another file when the file is no model', async () => {
    const broken = sample('broken.keras');
    await vscode.workspace.fs.writeFile(broken, Buffer.from('no model'));
    const message = await messageOf(async () => vscode.commands.executeCommand('attributionLens.inspectModel', broken));
    assert.match(message.text, /broken\.keras/);
    assert.ok(buttons(message).includes('Choose Another File…'));
  });
});
