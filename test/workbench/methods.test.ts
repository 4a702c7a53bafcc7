import assert from 'node:assert/strict';
import * as vscode from 'vscode';
import { methodItems, problemOf, refuse } from '../../src/workbench/commands/methodPicker';
import type { MethodChoice } from '../../src/protocol/renderer';
import { lens, sample } from './lens';

const imageOf = (file: string) => {
  const { extensionUri } = vscode.extensions.getExtension('attribution-lens.attribution-lens')!;
  return { path: sample(file).fsPath, modelFolder: vscode.Uri.joinPath(extensionUri, 'media/models/efficientnet-lite0').fsPath };
};

describe('the method picker', () => {
  it('puts the default first, and those that do not fit last with the reason', async () => {
    const { methods, layers } = await (await lens()).engine.request('imageChoices', imageOf('photos/coffee.jpg'));
    const items = methodItems(methods);
    assert.match(`${items[0].label} ${items[0].description}`, /^Integrated Gradients default, 50 passes, /);
    const sections = items.filter(({ kind }) => kind === vscode.QuickPickItemKind.Separator).map(({ label }) => label);
    assert.deepEqual(sections, ['Layers', 'Neurons', 'Not for this model']);
    const unfit = items.slice(items.findIndex(({ label }) => label === 'Not for this model') + 1);
    assert.equal(unfit.find(({ label }) => label.endsWith(' LRP'))?.detail, 'needs a ReLU network: LRP has no rule for Clip');
    for (const name of ['Occlusion', 'Lime', 'GradientShap', 'LayerGradCam']) assert.equal(methods.find((method) => method.name === name)?.unavailable, undefined, name);
    assert.ok(layers!.some(({ shape }) => shape.length === 3), 'layers with positions');
  });

  it('attributes to the layer that was chosen, with noise around the method that was chosen', async () => {
    const { engine } = await lens();
    const { layers } = await engine.request('imageChoices', imageOf('photos/coffee.jpg'));
    const layer = layers!.findLast(({ shape }) => shape.length === 3)!.name;
    const cam = await engine.request('attributeImage', { ...imageOf('photos/coffee.jpg'), method: 'LayerGradCam', options: { layer } });
    assert.deepEqual([cam.output.method.options.layer, cam.output.inputs[0].name], [layer, layer]);
    const noisy = await engine.request('attributeImage', { ...imageOf('photos/coffee.jpg'), method: 'Saliency', options: { ntType: 'vargrad', ntSamples: 2 } });
    assert.equal(noisy.output.method.title, 'Saliency + VarGrad');
  });

  it('shows what an algorithm of your own took, once it has run', () => {
    const own = { name: 'Halved', title: 'Halved', description: '', isOwn: true };
    const shown = [own, { ...own, cost: { passes: 4, seconds: 2 } }].map((method) => methodItems([method]).find(({ label }) => label === 'Halved')?.description);
    assert.deepEqual(shown, ['cost known after its first run', '4 passes, about 2 s']);
  });

  it('says why a method does not fit, and lets others be chosen', () => {
    const methods = [{ name: 'LRP', title: 'LRP', description: '', unavailable: 'needs a ReLU network: LRP has no rule for Erf' }, { name: 'Saliency', title: 'Saliency', description: '' }];
    const told: string[] = [];
    assert.deepEqual(['LRP', 'Saliency'].map((name) => refuse(name, methods, (reason) => told.push(reason))), [true, false]);
    assert.deepEqual(told, ['LRP cannot be used here: needs a ReLU network: LRP has no rule for Erf.']);
  });

  it('checks the index of a neuron', () => {
    assert.equal(problemOf('3, 0, 6', [4, 7, 7]), undefined);
    assert.match(problemOf('3, 0', [4, 7, 7]) ?? '', /^3 whole numbers are needed/);
    assert.equal(problemOf('3, 7, 0', [4, 7, 7]), 'Index 2 must be a whole number from 0 to 6, got 7');
    assert.match(problemOf('one', [4]) ?? '', /got one$/);
  });
});

describe('the API for other extensions', () => {
  const folder = (): vscode.Uri => sample('algorithms');
  const offered = async (): Promise<MethodChoice | undefined> =>
    (await (await lens()).engine.request('imageChoices', imageOf('photos/coffee.jpg'))).methods.find(({ name }) => name === 'SquaredGradient');

  it('offers an algorithm until it is disposed, also after the engine restarted', async () => {
    const { registerAlgorithm, apiVersion, engine } = await lens();
    assert.equal(apiVersion, 1);
    const module = vscode.Uri.joinPath(folder(), 'squaredGradient.cjs');
    await vscode.workspace.fs.writeFile(module, Buffer.from(`module.exports = ({ Attribution, Saliency }) => class SquaredGradient extends Attribution {
      async attribute(inputs, { target }) { return (await new Saliency(this.model).attribute(inputs, { target, abs: false })).square(); }
    };`));
    const registration = registerAlgorithm({ name: 'SquaredGradient', description: 'The gradient, squared.', module });
    assert.deepEqual(await offered(), { name: 'SquaredGradient', title: 'Squared Gradient', description: 'The gradient, squared.', isOwn: true });
    const { output } = await engine.request('attributeImage', { ...imageOf('photos/coffee.jpg'), method: 'SquaredGradient', target: 967 });
    assert.deepEqual([output.method.name, output.examples[0].target?.label], ['SquaredGradient', 'espresso']);
    assert.throws(() => registerAlgorithm({ name: 'SquaredGradient', description: '', module }), /registered already/);
    await engine.restart();
    assert.ok(await offered(), 'after a restart');
    registration.dispose();
    assert.equal(await offered(), undefined);
  });

  it('refuses what is no class name or no file', async () => {
    const { registerAlgorithm } = await lens();
    assert.throws(() => registerAlgorithm({ name: 'not a name', description: '', module: vscode.Uri.file('/x.js') }), /must be that of a class/);
    assert.throws(() => registerAlgorithm({ name: 'Remote', description: '', module: vscode.Uri.parse('https://example.com/x.js') }), /must be a file/);
  });
});
