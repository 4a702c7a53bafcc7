import assert from 'node:assert/strict';
import { test } from 'node:test';
import { engineOptions, type EngineOption } from '../../renderers/engineOptions';
import { readOutput } from '../../renderers/validate';
import type { MethodInfo } from '../../src/protocol/output';
import { imageOutput } from './fixtures';

const METHODS = [
  { name: 'IntegratedGradients', title: 'Integrated Gradients', description: '' },
  { name: 'Saliency', title: 'Saliency', description: '' },
];

function optionsOf(method: Partial<MethodInfo> = {}, methods = METHODS): Map<string, EngineOption> {
  const whole = imageOutput();
  const output = readOutput(JSON.parse(JSON.stringify({ ...whole, method: { ...whole.method, ...method } })));
  return new Map(engineOptions(output, output.examples[0], methods).map((option) => [option.label, option]));
}

test('Integrated Gradients can change everything', () => {
  const options = optionsOf();
  assert.deepEqual([...options.keys()], ['Method', 'Steps', 'Quadrature', 'Baseline', 'Target']);
  assert.deepEqual([...options.values()].map(({ value }) => value), ['IntegratedGradients', '50', 'gausslegendre', 'zero', '967']);
});

test('a method without steps, quadrature and baseline offers none', () => {
  assert.deepEqual([...optionsOf({ name: 'Saliency', title: 'Saliency', options: {}, baseline: undefined }).keys()], ['Method', 'Target']);
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
  assert.deepEqual(steps?.options.map(({ value }) => value), ['5', '20', '37', '50', '100', '200', '500']);
});

test('a baseline is found by its name in the output', () => {
  assert.equal(optionsOf({ baseline: 'blurred input' }).get('Baseline')?.value, 'blurred');
});

test('a given baseline stays among the choices', () => {
  const baseline = optionsOf({ baseline: 'given tensor' }).get('Baseline');
  assert.deepEqual(baseline?.options[0], { value: 'given tensor', label: 'Baseline: given tensor' });
});

test('without capabilities the current method is shown', () => {
  assert.deepEqual(optionsOf({}, []).get('Method')?.options, [{ value: 'IntegratedGradients', label: 'Integrated Gradients' }]);
});
