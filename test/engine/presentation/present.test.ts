import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { PNG } from 'pngjs';
import { titleOf } from '../../../src/engine/presentation/titleOf';
import { withHints } from '../../../src/engine/presentation/hints';
import { present } from '../../../src/engine/presentation/present';
import { float32 } from '../../../src/engine/tensor';
import type { AttributionView, ImageView } from '../../../src/protocol/output';
import { bytesFromBase64, floatsFromBase64 } from '../../../src/visualization/base64';
import { readOutput } from '../../../renderers/validate';
import { tanhModel } from '../attribution/models';
import { explanationWith, ramp } from './explanations';

type Changes = Parameters<typeof explanationWith>[0];
const outputOf = (changes: Changes = {}) => present(explanationWith(changes), 'id').output;
const viewOf = (changes: Changes): AttributionView => outputOf(changes).examples[0].views[0];
const image = (view: AttributionView): ImageView => (view.kind === 'image' ? view : assert.fail(`a ${view.kind} view`));
const pixel = (view: ImageView, index: number): number[] => Array.from(PNG.sync.read(Buffer.from(bytesFromBase64(view.image ?? ''))).data.subarray(index * 4, index * 4 + 4));
const named = (changes: object) => Object.assign(Object.create(tanhModel()) as ReturnType<typeof tanhModel>, changes);

describe('present', () => {
  it('makes what the renderer reads, and a PNG file', () => {
    const { output, png } = present(explanationWith(), 'some-id');
    assert.equal(readOutput(JSON.parse(JSON.stringify(output))).id, 'some-id');
    assert.ok(PNG.sync.read(Buffer.from(png)).width > 0);
    assert.deepEqual(output.method, { name: 'IntegratedGradients', title: 'Integrated Gradients', options: { nSteps: 50, method: 'gausslegendre', multiplyByInputs: true }, baseline: 'zero' });
    assert.deepEqual(output.inputs, [{ name: 'x', shape: [1, 3], dtype: 'float32', attributionsShape: [1, 3] }]);
  });

  it('says in one sentence what was computed and what came out', () => {
    assert.equal(outputOf().summary, 'Integrated Gradients of class 1 in model: convergence delta 0, 0\u00a0% of F(x) − F(baseline), converged.');
    assert.equal(outputOf({ model: named({ labels: ['dog', 'cat'], activation: 'softmax' }) }).summary.split(' in ')[0], 'Integrated Gradients of cat (class 1, p = 0.69)');
    assert.equal(outputOf({ method: 'Saliency', startValues: undefined, convergenceDelta: undefined }).summary, 'Saliency of class 1 in model.');
  });

  it('gives probabilities only where they are known', () => {
    const score = (changes: Changes) => outputOf(changes).examples[0].target?.probability;
    assert.equal(score({}), undefined);
    assert.equal(score({ output: float32([0.25, 0.75], [1, 2]) }), 0.75);
    assert.ok(Math.abs((score({ model: named({ activation: 'softmax' }) }) ?? 0) - 1 / (1 + Math.exp(-0.8))) < 1e-6);
    assert.ok(Math.abs((score({ model: named({ activation: 'sigmoid' }) }) ?? 0) - 1 / (1 + Math.exp(-1))) < 1e-6);
  });

  it('lists the five strongest classes, best first', () => {
    const predictions = outputOf({ output: float32([3, 1, 4, 1, 5, 9, 2], [1, 7]), targets: [[1]] }).examples[0].predictions;
    assert.deepEqual(predictions?.map(({ index }) => index[0]), [5, 4, 2, 0, 6]);
    assert.equal(outputOf({ output: float32([1], [1]), targets: undefined }).examples[0].predictions, undefined);
  });

  it('shows at most 16 examples and counts the others', () => {
    const twenty = { inputs: [ramp([20, 3])], attributions: [ramp([20, 3])], targets: Array.from({ length: 20 }, () => [0]), output: ramp([20, 2]), startValues: undefined, endValues: undefined, convergenceDelta: undefined };
    const output = outputOf(twenty);
    assert.deepEqual([output.examples.length, output.omittedExamples], [16, 4]);
    assert.equal(output.summary, 'Integrated Gradients for 20 examples in model.');
  });

  it('draws rows of features with names and values', () => {
    const inputs = [withHints(ramp([1, 3]), { name: 'penguin', features: ['beak', 'depth', 'mass'] })];
    assert.deepEqual(viewOf({ inputs }), { kind: 'tabular', name: 'penguin', features: ['beak', 'depth', 'mass'], values: [0, 1, 2], attributions: [0.5, -0.25, Math.fround(0.55)] });
    assert.deepEqual(viewOf({ inputs: [ramp([1, 2, 2])], attributions: [ramp([1, 2, 1])] }).kind, 'tabular');
  });

  it('draws the tokens of a text', () => {
    const tokens = { texts: ['fn', ' main'], attributionsOf: (parts: Float32Array) => [parts[0] + parts[1], parts[2]] };
    assert.deepEqual(viewOf({ inputs: [withHints(ramp([1, 3]), { tokens })] }), { kind: 'text', name: 'x', tokens: ['fn', ' main'], attributions: [0.25, Math.fround(0.55)] });
  });

  it('sums the channels of an image, in both layouts', () => {
    const planes = float32([1, 2, 3, 4, 10, 20, 30, 40, 100, 200, 300, 400], [1, 3, 2, 2]);
    const pixels = float32([1, 10, 100, 2, 20, 200, 3, 30, 300, 4, 40, 400], [1, 2, 2, 3]);
    for (const attributions of [planes, pixels]) {
      const view = image(viewOf({ inputs: [ramp(attributions.shape, 0.01)], attributions: [attributions] }));
      assert.deepEqual(Array.from(floatsFromBase64(view.attributions, 4)), [111, 222, 333, 444]);
      assert.deepEqual([view.width, view.height], [2, 2]);
    }
  });

  it('undoes a known normalisation for the picture', () => {
    const normalised = float32([-1, 0, 1, 1, -1, 0, 1, 1, -1, 0, 1, 1], [1, 3, 2, 2]);
    const hinted = withHints(normalised, { layout: 'NCHW', mean: [0.5, 0.5, 0.25], std: [0.5, 0.5, 0.25] });
    const view = image(viewOf({ inputs: [hinted], attributions: [ramp([1, 3, 2, 2])] }));
    assert.deepEqual([pixel(view, 0), pixel(view, 1), pixel(view, 2)], [[0, 0, 0, 255], [128, 128, 64, 255], [255, 255, 128, 255]]);
  });

  it('takes pixels in 0..1 and 0..255 as they are, and stretches others', () => {
    const first = (values: number[]): number[] => pixel(image(viewOf({ inputs: [float32(values, [1, 1, 2, 2])], attributions: [ramp([1, 1, 2, 2])] })), 1);
    assert.deepEqual(first([0, 0.2, 0, 0.4]), [51, 51, 51, 255]);
    assert.deepEqual(first([0, 100, 0, 200]), [100, 100, 100, 255]);
    assert.deepEqual(first([-2, 0, -2, 2]), [128, 128, 128, 255]);
  });

  it('draws a large image in blocks that keep the sum', () => {
    const view = image(viewOf({ inputs: [ramp([1, 1, 1030, 4], 0)], attributions: [float32(new Float32Array(1030 * 4).fill(1), [1, 1, 1030, 4])] }));
    assert.equal(floatsFromBase64(view.attributions, view.width * view.height).reduce((sum, value) => sum + value, 0), 4120);
    const large = image(viewOf({ inputs: [ramp([1, 1, 600, 600], 0)], attributions: [float32(new Float32Array(360000).fill(1), [1, 1, 600, 600])] }));
    assert.deepEqual([large.width, large.height], [300, 300]);
    assert.ok(floatsFromBase64(large.attributions, 90000).every((value) => value === 4));
  });
});

describe('format', () => {
  it('writes titles for people', () => {
    assert.deepEqual(['IntegratedGradients', 'InputXGradient', 'LRP', 'LayerGradCam', 'DeepLiftShap', 'LayerGradientXActivation'].map((name) => titleOf(name)), ['Integrated Gradients', 'Input × Gradient', 'LRP', 'Layer Grad-CAM', 'DeepLiftSHAP', 'Layer Gradient × Activation']);
  });
});
