import assert from 'node:assert/strict';
import * as vscode from 'vscode';
import { attributeSelection, buttons, closeAll, lens, messageOf, sample, until } from './lens';

const targetOf = async (uri: vscode.Uri) => (await lens()).commands.panels.content(uri.toString())?.output.examples[0].target;

describe('Attribute Selection on an image', () => {
  beforeEach(closeAll);
  after(closeAll);

  it('attributes the top class of a file of the explorer', async () => {
    const coffee = sample('photos/coffee.jpg');
    await attributeSelection(coffee);
    assert.equal((await targetOf(coffee))?.label, 'espresso');
    const { views, convergence } = (await lens()).commands.panels.content(coffee.toString())!.output.examples[0];
    assert.equal(views[0].kind, 'image');
    assert.ok(convergence, 'Integrated Gradients has a convergence delta');
  });

  it('attributes the image preview in front', async () => {
    const camera = sample('photos/camera.jpg');
    await vscode.commands.executeCommand('vscode.openWith', camera, 'imagePreview.previewEditor');
    await until('the image preview', () => vscode.window.tabGroups.activeTabGroup.activeTab?.input instanceof vscode.TabInputCustom);
    await attributeSelection();
    assert.equal((await targetOf(camera))?.label, 'tripod');
  });

  it('attributes the class that was chosen', async () => {
    const { engine } = await lens();
    const chelsea = sample('photos/chelsea.jpg');
    const { extensionUri } = vscode.extensions.getExtension('attribution-lens.attribution-lens')!;
    const image = { path: chelsea.fsPath, modelFolder: vscode.Uri.joinPath(extensionUri, 'media/models/efficientnet-lite0').fsPath };
    const { predictions } = await engine.request('imageChoices', image);
    assert.deepEqual(predictions.slice(0, 3).map(({ label }) => label), ['Egyptian cat', 'tiger cat', 'tabby']);
    const { output } = await engine.request('attributeImage', { ...image, target: predictions[1].index[0] });
    assert.equal(output.examples[0].target?.label, 'tiger cat');
  });

  it('offers to choose another file when the image cannot be read', async () => {
    const broken = sample('broken.png');
    await vscode.workspace.fs.writeFile(broken, Buffer.from('no image'));
    const message = await messageOf(() => attributeSelection(broken));
    assert.match(message.text, /broken\.png/);
    assert.deepEqual(buttons(message), ['Choose Another File…']);
  });

  it('offers to choose another file when the image is gone', async () => {
    const message = await messageOf(() => attributeSelection(sample('gone.jpg')));
    assert.match(message.text, /gone\.jpg/);
    assert.deepEqual(buttons(message), ['Choose Another File…']);
  });

  it('says what can be attributed where nothing is open', async () => {
    const message = await messageOf(() => attributeSelection());
    assert.match(message.text, /nothing to attribute here/);
    assert.deepEqual(buttons(message), ['Choose Image…']);
  });
});
