import assert from 'node:assert/strict';
import { test } from 'node:test';
import { compareOption, engineOptions, type EngineChoices, type EngineOption } from '../../renderers/engineOptions';
import { readOutput } from '../../renderers/validate';
import type { MethodInfo } from '../../src/protocol/output';
import type { MethodChoice } from '../../src/protocol/renderer';
import { imageOutput } from './fixtures';

const METHODS = [
  { name: 'IntegratedGradients', title: 'Integrated Gradients', description: '' },
  { name: 'Saliency', title: 'Saliency', description: '' },
];

function optionsOf(method: Partial<MethodInfo> = {}, choices: EngineChoices = { methods: METHODS }): Map<string, EngineOption> {
  const whole = imageOutput();
  const output = readOutput(JSON.parse(JSON.stringify({ ...whole, method: { ...whole.method, ...method } })));
  return new Map(engineOptions(output, output.examples[0], choices).map((option) => [option.label, option]));
}

test('Integrated Gradients can change everything', () => {
  const options = optionsOf();
  assert.deepEqual([...options.keys()], ['Method', 'Steps', 'Quadrature', 'Baseline', 'Target', 'Smoothing']);
  assert.deepEqual([...options.values()].map(({ value }) => value), ['IntegratedGradients', '50', 'gausslegendre', 'zero', '967', 'none']);
});

test('a method without steps, quadrature and baseline offers none', () => {
  assert.deepEqual([...optionsOf({ name: 'Saliency', title: 'Saliency', options: {}, baseline: undefined }).keys()], ['Method', 'Target', 'Smoothing']);
});

test('choices become requests', () => {
  const options = optionsOf();
  const request = (label: string, value: string): unknown => options.get(label)?.request(value);
  assert.deepEqual(request('Method', 'Saliency'), { method: 'Saliency' });
  assert.deepEqual(request('Steps', '200'), { options: { nSteps: 200 } });
  assert.deepEqual(request('Quadrature', 'riemann_trapezoid'), { options: { method: 'riemann_trapezoid' } });
  assert.deepEqual(request('Baseline', 'blurred'), { baseline: 'blurred' });
  assert.deepEqual(request('Target', '504'), { target: [504] });
});

test('an unusual number of steps is among the choices', () => {
  const steps = optionsOf({ options: { nSteps: 37 } }).get('Steps');
  assert.deepEqual(steps?.options?.map(({ value }) => value), ['5', '20', '37', '50', '100', '200', '500']);
});

test('a baseline is found by its name in the output', () => {
  assert.equal(optionsOf({ baseline: 'blurred input' }).get('Baseline')?.value, 'blurred');
});

test('a given baseline stays among the choices', () => {
  const baseline = optionsOf({ baseline: 'given tensor' }).get('Baseline');
  assert.deepEqual(baseline?.options?.[0], { value: 'given tensor', label: 'Baseline: given tensor' });
});

test('without capabilities the current method is shown', () => {
  assert.deepEqual(optionsOf({}, { methods: [] }).get('Method')?.options, [{ value: 'IntegratedGradients', label: 'Integrated Gradients' }]);
});

const CATALOGUE: MethodChoice[] = [
  { name: 'IntegratedGradients', title: 'Integrated Gradients', description: '', cost: { passes: 50, seconds: 1.25 } },
  { name: 'LRP', title: 'LRP', description: '', unavailable: 'needs a ReLU network: LRP has no rule for Erf' },
  { name: 'NeuronGradient', title: 'Neuron Gradient', description: '', needs: 'neuron', cost: { passes: 1 } },
  { name: 'LayerGradCam', title: 'Layer Grad Cam', description: '', needs: 'layer' },
  { name: 'Halved', title: 'Halved', description: '', isOwn: true },
];

test('methods say what they cost, stand by what they need, and those that do not fit are greyed out with the reason', () => {
  const shown = optionsOf({}, { methods: CATALOGUE }).get('Method')?.options?.map(({ label, group, disabled }) => [label.replaceAll('\u00a0', ' '), group, disabled]);
  assert.deepEqual(shown, [
    ['Integrated Gradients · 50 passes, about 1.3 s', undefined, undefined],
    ['Halved · cost known after its first run', 'Your own', undefined],
    ['Layer Grad Cam', 'Layers', undefined],
    ['Neuron Gradient · 1 pass', 'Neurons', undefined],
    ['LRP: needs a ReLU network: LRP has no rule for Erf', 'Not for this model', true],
  ]);
});

test('a method with a layer and a neuron can change both', () => {
  const layers = [{ name: 'conv1', op: 'Conv', shape: [8, 4, 4] }, { name: 'fc', op: 'Gemm', shape: [10] }];
  const options = optionsOf({ name: 'NeuronGradient', title: '', options: { layer: 'conv1', neuronSelector: '0, 1, 2' } }, { methods: CATALOGUE, layers });
  assert.deepEqual(options.get('Layer')?.options?.map(({ label }) => label.replaceAll('\u00a0', ' ')), ['conv1 · Conv · 8 × 4 × 4', 'fc · Gemm · 10']);
  assert.deepEqual(options.get('Layer')?.request('fc'), { options: { layer: 'fc' } });
  assert.deepEqual([options.get('Neuron')?.value, options.get('Neuron')?.request('3, 0, 0')], ['0, 1, 2', { options: { neuronSelector: '3, 0, 0' } }]);
  assert.equal(optionsOf({ name: 'LayerGradCam', title: '', options: { layer: 'conv1' } }, { methods: CATALOGUE, layers }).get('Neuron'), undefined);
});

test('noise is added, shown around the method, and taken away', () => {
  assert.deepEqual(optionsOf().get('Smoothing')?.request('smoothgrad_sq'), { options: { ntType: 'smoothgrad_sq' } });
  const noisy = optionsOf({ name: 'NoiseTunnel', title: '', options: { ntType: 'vargrad', attributionMethod: 'Saliency' } });
  assert.deepEqual([noisy.get('Method')?.value, noisy.get('Smoothing')?.value], ['Saliency', 'vargrad']);
  assert.deepEqual(noisy.get('Smoothing')?.request('none'), { options: { ntType: 'none' } });
});

test('an output is compared with other methods, baselines and itself with noise', () => {
  const output = readOutput(JSON.parse(JSON.stringify(imageOutput())));
  const { options = [], request } = compareOption(output, { methods: METHODS });
  assert.deepEqual(options.map(({ label }) => label), ['Compare', 'Baseline: mean', 'Baseline: blurred input', 'Baseline: noise', '+ SmoothGrad', 'Saliency']);
  assert.deepEqual(options.slice(1).map(({ value }) => request(value).compare), [{ baseline: 'mean' }, { baseline: 'blurred' }, { baseline: 'noise' }, { options: { ntType: 'smoothgrad' } }, { method: 'Saliency' }]);
});
