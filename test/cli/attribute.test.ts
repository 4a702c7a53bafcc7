import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { copyFileSync, existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { after, describe, it } from 'node:test';
import { loadNpy } from '../../src/engine/images/loadNpy';
import { CONSTRUCTOR_OPTIONS } from '../../src/engine/attribution/catalogue/construction';
import { METHODS } from '../../src/engine/attribution/methods';
import type { Report } from '../../src/cli/report';
import { readArguments } from '../../src/cli/arguments';
import { methodHelp, optionsOfMethod, requireOptions } from '../../src/cli/methodOptions';
import { readSelector } from '../../src/cli/selector';

const root = path.resolve(import.meta.dirname, '../..');
const sample = (name: string): string => path.join(root, 'media/samples/models', name);
const NET = ['--model', sample('net.onnx'), '--input', sample('net-image.npy')];

const folder = mkdtempSync(path.join(os.tmpdir(), 'attribution-lens-cli-'));
after(() => rmSync(folder, { recursive: true, force: true }));

interface Outcome {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs the command as `npm run attribute` does. */
const run = (...args: string[]): Promise<Outcome> =>
  new Promise((resolve) => {
    execFile(process.execPath, ['--import', 'tsx', path.join(root, 'src/cli/attribute.ts'), ...args], { cwd: root }, (error, stdout, stderr) => resolve({ code: typeof error?.code === 'number' ? error.code : 0, stdout, stderr }));
  });

const reportsOf = ({ stdout }: Outcome): Report[] => stdout.trim().split('\n').map((line) => JSON.parse(line) as Report);

describe('npm run attribute', { concurrency: 2 }, () => {
  it('writes the attributions of a batch as .npy and .png, with the delta', async () => {
    const [array, picture] = [path.join(folder, 'out/net.npy'), path.join(folder, 'out/net.png')];
    const outcome = await run(...NET, '--method', 'IntegratedGradients', '--target', '1', '--n_steps', '20', '--baselines', sample('net-baseline.npy'), '--out', array, '--out', picture, '--json');
    assert.equal(outcome.code, 0, outcome.stderr);
    const [report] = reportsOf(outcome);
    assert.deepEqual([report.method, report.target, report.options.nSteps, report.attributions[0].shape, report.files], ['IntegratedGradients', [[1]], 20, [1, 1, 50, 50], [array, picture]]);
    assert.ok(Math.abs(report.convergenceDelta![0]) < 1e-3);
    const written = await loadNpy(array);
    assert.deepEqual([written.dtype, written.shape], ['float32', [1, 1, 50, 50]]);
    const sum = (written.data as Float32Array).reduce((total, value) => total + value, 0);
    assert.ok(Math.abs(sum - report.attributions[0].sum[0]) < 1e-6);
    assert.ok(existsSync(picture));
  });

  it('explains a neuron with noise on TensorFlow.js', async () => {
    const outcome = await run(...NET, '--method', 'NeuronGradient', '--layer', 'conv2', '--neuron', '3,::2,4', '--noise-tunnel', 'smoothgrad', '--nt-samples', '2', '--stdevs', '0.1', '--runtime', 'tfjs', '--json');
    assert.equal(outcome.code, 0, outcome.stderr + outcome.stdout);
    const [report] = reportsOf(outcome);
    assert.deepEqual([report.method, report.attributions[0].shape, report.options.ntSamples], ['NoiseTunnel', [1, 1, 50, 50], 2]);
    assert.match(report.runtime, /^tfjs/);
  });

  it('attributes a layer in place of the first output', async () => {
    const outcome = await run(...NET, '--method', 'Saliency', '--model-output', 'conv1', '--target', '1,2,3', '--json');
    assert.equal(outcome.code, 0, outcome.stderr + outcome.stdout);
    assert.deepEqual(reportsOf(outcome)[0].target, [[1, 2, 3]]);
    assert.equal(readArguments(['--model', 'm', '--input', 'i', '--method', 'Saliency', '--no-batch-axis']).batchAxis, false);
    assert.equal(readArguments(['--model', 'm', '--input', 'i', '--method', 'Saliency', '--batch-axis', '1']).batchAxis, 1);
  });

  it('attributes every file of a folder, and names the one that it cannot', async () => {
    const rows = path.join(folder, 'rows');
    mkdirSync(rows);
    writeFileSync(path.join(rows, 'a.json'), '[[39.1, 18.7, 181, 3750], [46.5, 17.9, 192, 3500]]');
    writeFileSync(path.join(rows, 'b.json'), '[[39.1, 18.7, 181]]');
    const outcome = await run('--model', sample('penguins.onnx'), '--input', rows, '--method', 'FeatureAblation', '--json', '--out', path.join(folder, 'ablated'));
    assert.equal(outcome.code, 1);
    const [first] = reportsOf(outcome);
    assert.deepEqual([first.attributions[0].shape, first.target?.length], [[2, 4], 2]);
    assert.ok(existsSync(path.join(folder, 'ablated/a.npy')) && existsSync(path.join(folder, 'ablated/a.png')));
    assert.match(outcome.stdout, /"code":"shape-mismatch"/);
  });

  it('attributes the language of a text', async () => {
    const file = path.join(folder, 'main.txt');
    writeFileSync(file, 'fn main() { println!("hello"); }');
    const outcome = await run('--model', 'language-detector', '--input', file, '--method', 'Saliency');
    assert.equal(outcome.code, 0, outcome.stderr);
    assert.match(outcome.stdout, /\(Rust\)/);
  });

  it('attributes a text to its tokens, with the tokenizer beside the model', async () => {
    const home = path.join(folder, 'classifier');
    mkdirSync(home);
    copyFileSync(path.join(root, 'test/golden/data/models/transformer/model.onnx'), path.join(home, 'model.onnx'));
    const vocab = Object.fromEntries(['[UNK]', 'a', 'great', 'movie'].map((word, id) => [word, id]));
    writeFileSync(path.join(home, 'tokenizer.json'), JSON.stringify({ version: '1.0', added_tokens: [], normalizer: null, pre_tokenizer: { type: 'Whitespace' }, post_processor: null, decoder: null, model: { type: 'WordLevel', vocab, unk_token: '[UNK]' } }));
    const [text, long] = ['a great movie', 'a '.repeat(9)].map((content, index) => {
      const file = path.join(home, `${index}.txt`);
      writeFileSync(file, content);
      return file;
    });
    const outcome = await run('--model', path.join(home, 'model.onnx'), '--input', text, '--input', long, '--method', 'LayerIntegratedGradients', '--layer', 'embedding', '--quadrature', 'riemann_middle', '--json');
    assert.equal(outcome.code, 1);
    const [{ attributions: [{ shape, sum, tokens = [] }], options }] = reportsOf(outcome);
    assert.deepEqual([shape, options.method, tokens.slice(0, 3).map((token) => token.text)], [[1, 8, 16], 'riemann_middle', ['a', 'great', 'movie']]);
    assert.ok(Math.abs(tokens.reduce((total, { attribution }) => total + attribution, 0) - sum[0]) < 1e-6);
    assert.match(outcome.stdout, /takes 8 tokens, the text has 9/);
  });

  it('says what is wrong with a command', async () => {
    const [missing, unknown, refused, layerless] = await Promise.all([
      run('--input', 'x.npy'),
      run('--model', 'no-such.onnx', '--input', sample('net-image.npy'), '--method', 'Saliency', '--json'),
      run(...NET, '--method', 'LRP', '--eps', '1e-3'),
      run(...NET, '--method', 'NeuronGradient', '--neuron', '3'),
    ]);
    assert.deepEqual([missing.code, unknown.code, refused.code, layerless.code], [2, 2, 2, 1]);
    assert.match(refused.stderr, /LRP has no option 'eps' \[invalid-argument\]/);
    assert.match(layerless.stderr, /NeuronGradient needs --layer.*\[invalid-argument\]\s+Layers of model 'net.onnx': conv1 \[32, 46, 46\], relu1/);
    assert.match(missing.stderr, /--model is missing \[invalid-argument\]/);
    assert.match(unknown.stdout, /"code":"not-found"/);
  });
});

describe('the command line', () => {
  const optionsFor = (method: string, given: readonly string[], noiseTunnel?: string): Promise<void> => requireOptions({ method, noiseTunnel, options: new Map(given.map((name) => [name, ['1']])) });

  it('knows the options of every method', async () => {
    for (const [name, { needs }] of Object.entries(METHODS)) {
      const known = (await optionsOfMethod(name)) ?? [];
      const of = (methods: RegExp): boolean => methods.test(name);
      assert.deepEqual(CONSTRUCTOR_OPTIONS.filter((option) => known.includes(option)), [
        ...(of(/IntegratedGradients|DeepLift|GradientShap|XActivation|NeuronConductance/) ? ['multiplyByInputs'] : []),
        ...(of(/DeepLift$/) ? ['eps'] : []),
        ...(of(/LRP/) ? ['rules'] : []),
        ...(needs ? ['layer'] : []),
      ], name);
      assert.ok(known.includes('additionalForwardArgs'), name);
    }
  });

  it('refuses options that a method does not have, and says which it has', async () => {
    for (const option of ['eps', 'rules', 'multiplyByInputs', 'layer', 'nope']) {
      await assert.rejects(optionsFor('Saliency', ['abs', option]), { code: 'invalid-argument', message: `Saliency has no option '${option}'`, nextStep: 'It has: target, additionalForwardArgs, abs.' });
    }
    await assert.rejects(optionsFor('NeuronGradient', ['target']), /NeuronGradient has no option 'target'/);
    await assert.rejects(optionsFor('Saliency', ['ntSamples']), { nextStep: /Give --noise-tunnel too/ });
    await assert.rejects(optionsFor('Nope', []), { code: 'not-found' });
    await optionsFor('Saliency', ['abs', 'ntSamples', 'stdevs'], 'smoothgrad');
    await optionsFor('LayerDeepLift', ['layer', 'eps', 'multiplyByInputs', 'baselines', 'attributeToLayerInput']);
  });

  it('tells the options of every method with their meaning', async () => {
    for (const name of Object.keys(METHODS)) {
      const help = await methodHelp(name);
      for (const option of (await optionsOfMethod(name)) ?? []) assert.match(help, new RegExp(`--${option === 'method' ? 'quadrature' : option} \\(.+\\)\\n +\\S`), name);
    }
    assert.match(await methodHelp('IntegratedGradients'), /--nSteps \(number\)\n.*Default: 50/);
    await assert.rejects(methodHelp('Nope'), { code: 'not-found' });
  });

  it('takes options in every spelling, repeated, and negative numbers', () => {
    const { options, inputs } = readArguments(['--model', 'm', '--input', 'a', '--input', 'b', '--method', 'M', '--n_steps=3', '--internal-batch-size', '4', '--multiplyByInputs', 'false', '--baselines', '-0.5', '--baselines', 'zero']);
    assert.deepEqual(inputs, ['a', 'b']);
    assert.deepEqual(Object.fromEntries(options), { nSteps: ['3'], internalBatchSize: ['4'], multiplyByInputs: ['false'], baselines: ['-0.5', 'zero'] });
  });

  it('reads neurons as Python writes them', () => {
    assert.equal(readSelector('4'), 4);
    assert.deepEqual(readSelector('0,-1:4,::2'), [0, { start: -1, stop: 4, step: undefined }, { start: null, stop: null, step: 2 }]);
    assert.throws(() => readSelector('0,a'), { code: 'invalid-argument' });
  });
});
